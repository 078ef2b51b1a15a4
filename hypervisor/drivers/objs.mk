hv-y += $(addprefix hypervisor/drivers/,serial.o pci.o)
