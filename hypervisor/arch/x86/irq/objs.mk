# Interrupts: controllers, lines, those of guests; and the ports, whose policy goes with them.
hv-y += $(addprefix hypervisor/arch/x86/irq/,irq.o apic.o ioapic.o msi.o msix_ro.o pirq.o physdev.o)
hv-y += hypervisor/arch/x86/pv/ports.o
