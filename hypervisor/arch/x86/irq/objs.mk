hv-y += $(addprefix hypervisor/arch/x86/irq/,irq.o apic.o ioapic.o)
