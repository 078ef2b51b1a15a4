# The parts of arch/x86 that are in no subfolder.
hv-y += $(addprefix hypervisor/arch/x86/,entry.o traps.o switch.o domain.o domctl.o sysctl.o platform_op.o platform_cpu.o mca.o mca_bank.o mca_record.o mca_inject.o mca_cpu.o board_nmi.o info.o vcpu_op.o access.o domctl_io.o keys.o nmi.o prof.o prof_model.o build_config.o)
