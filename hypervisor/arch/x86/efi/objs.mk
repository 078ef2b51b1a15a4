# What UEFI firmware told the loader, and its runtime services.
hv-y += $(addprefix hypervisor/arch/x86/efi/,tables.o runtime.o)
