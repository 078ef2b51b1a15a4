# From the loader to the idle loop, and the platform's clocks and ways to stop.
hv-y += $(addprefix hypervisor/arch/x86/boot/,head.o trampoline.o setup.o multiboot.o video.o e820.o \
        early_mem.o paging.o desc.o smp.o acpi.o numa.o)
hv-y += $(addprefix hypervisor/arch/x86/,time.o shutdown.o)
