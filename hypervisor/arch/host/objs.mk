# The fake arch: common/ as a process.
hv-host-y += $(addprefix hypervisor/arch/host/,cpu.o memory.o domain.o machine.o hypercall.o testing.o prof.o)
