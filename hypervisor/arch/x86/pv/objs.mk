# Paravirtual guests: entering and leaving their kernels, emulation, the dom0 builder.
hv-y += $(addprefix hypervisor/arch/x86/pv/,inject.o iret.o callback.o misc.o emul_priv.o emul_invalid.o \
	insn.o cpuid.o policy.o feature.o feature_rows.o msr.o vtsc.o fpu.o fast_string.o dom0.o dom0_elf.o dom0_pt.o hypercall.o)
