libxenctrl-y := core.o privcmd.o host.o domain.o vcpu.o sched.o memory.o evtchn.o gntdev.o \
	image_file.o image_unpack.o image_elf.o dom_layout.o dom_memory.o dom_tables.o dom_start.o \
	dom_build.o dump.o dump_p2m.o sr_tables.o sr_p2m.o sr_save.o sr_save_pages.o sr_save_vcpu.o sr_live.o sr_restore.o \
	sr_restore_pages.o sr_restore_vcpu.o
libxenctrl-libs := -lz -llzma -lzstd -llz4
# Not Xen's own library: a name of its own, so that packaged tools never load ours.
libxenctrl-soname := libxenctrl.so.0
libxenctrl-prefix := xc_
# A machine for unit tests and fuzzers, behind the backend seam.
libxenctrl-fake := fake.o fake_memory.o fake_domctl.o fake_tables.o
