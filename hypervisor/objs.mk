# Objects of the hypervisor image (hv-y) and of common/ linked as a process (hv-host-y).
hv-y :=
hv-host-y :=
include $(wildcard hypervisor/common/objs.mk hypervisor/arch/x86/objs.mk hypervisor/arch/x86/*/objs.mk \
                   hypervisor/arch/host/objs.mk hypervisor/drivers/objs.mk)
