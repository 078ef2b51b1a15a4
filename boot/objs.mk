# Getting a machine to boot the hypervisor: the kernel unpacker; GRUB's and the kernel packages' scripts.
boot-tools := xen-unpack-kernel
client-names += $(boot-tools)
# It uses the loader inside libxenctrl, which the archive does not give away.
xen-unpack-kernel-y := boot/unpack_kernel.o $(addprefix libxenctrl/,image_file.o image_unpack.o image_elf.o)
xen-unpack-kernel-libs = $(libxenctrl-libs)
