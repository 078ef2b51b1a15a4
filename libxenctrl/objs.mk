libxenctrl-y := core.o privcmd.o host.o domain.o vcpu.o memory.o evtchn.o gntdev.o
libxenctrl-libs := -lz -llzma -lzstd -llz4
libxenctrl-soname := libxenctrl.so.4.17
