libxenctrl-y :=
libxenctrl-libs := -lz -llzma -lzstd -llz4
libxenctrl-soname := libxenctrl.so.4.17
