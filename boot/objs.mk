# Getting a machine to boot the hypervisor: the kernel unpacker; GRUB's and the kernel packages' scripts.
boot-tools := xen-unpack-kernel
client-names += $(boot-tools)
xen-unpack-kernel-y := boot/unpack_kernel.o
xen-unpack-kernel-libs = $(libxenctrl-libs)
