hv-y += $(addprefix hypervisor/drivers/,serial.o vga.o font.o pci.o)
