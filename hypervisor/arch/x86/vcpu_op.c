/* SPDX-License-Identifier: GPL-2.0-only */
/* vcpu_op.c: the vcpu operations that are this architecture's. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <asm/x86.h>
#include <asm/time.h>

/* Registered even if v is not current: it is filled when v next runs. */
static long register_time_area(struct vcpu *v, unsigned long guest)
{
	struct vcpu_register_time_memory_area area;

	if (copy_from_guest_raw(&area, (const void *)guest, sizeof(area)))
		return -EFAULT;
	v->arch.time_info_guest = area.addr.h;
	v->arch.time_area_done = vcpu_time_area_refresh(v);
	return v == current && !v->arch.time_area_done ? -EFAULT : 0;
}

long arch_vcpu_op(unsigned int cmd, struct vcpu *v, unsigned long guest_arg)
{
	switch (cmd) {
	case VCPUOP_register_vcpu_time_memory_area:
		return register_time_area(v, guest_arg);
	case VCPUOP_get_physid: /* for vcpus that are pinned for life: ours never are */
		return -EINVAL;
	case VCPUOP_send_nmi:
		v->arch.nmi_pending = true;
		vcpu_wake(v);
		arch_vcpu_kick(v);
		return 0;
	default:
		return -ENOSYS;
	}
}
