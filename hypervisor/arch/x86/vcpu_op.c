/* SPDX-License-Identifier: GPL-2.0-only */
/* vcpu_op.c: the vcpu operations that are this architecture's. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <asm/x86.h>
#include <asm/time.h>

/* A bad address costs the guest its record only: it is checked at every write. */
static long register_time_area(struct vcpu *v, unsigned long guest)
{
	struct vcpu_register_time_memory_area area;

	if (copy_from_guest_raw(&area, (const void *)guest, sizeof(area)))
		return -EFAULT;
	if (!guest_pointer_ok((const void *)area.addr.p))
		return -EFAULT;
	v->arch.time_info_guest = area.addr.h;
	v->arch.time_area_done = vcpu_time_area_refresh(v);
	return 0;
}

/* For dom0's vcpus that are pinned: the CPU with the vcpu's number, as the firmware names it. */
static long get_physid(struct vcpu *v, unsigned long guest)
{
	struct vcpu_get_physid id;
	uint32_t apic = ~0U, acpi_id = ~0U;

	if (v->domain != hardware_domain || cpumask_weight(&v->hard_affinity) != 1)
		return -EINVAL;
	if (v->vcpu_id < NR_CPUS && cpumask_test(v->vcpu_id, &cpu_present_map)) {
		apic = cpu_to_apicid[v->vcpu_id];
		acpi_id = v->vcpu_id;
	}
	id.phys_id = apic | (uint64_t)acpi_id << 32;
	return copy_to_guest_raw((void *)guest, &id, sizeof(id)) ? -EFAULT : 0;
}

void vcpu_send_nmi(struct vcpu *v)
{
	WRITE_ONCE(v->arch.nmi_pending, true);
	smp_mb();
	vcpu_unblock(v);
	arch_vcpu_kick(v);
}

static long send_nmi(struct vcpu *v, unsigned long guest)
{
	if (guest)
		return -EINVAL;
	vcpu_send_nmi(v);
	return 0;
}

long arch_vcpu_op(unsigned int cmd, struct vcpu *v, unsigned long guest_arg)
{
	switch (cmd) {
	case VCPUOP_register_vcpu_time_memory_area:
		return register_time_area(v, guest_arg);
	case VCPUOP_get_physid:
		return get_physid(v, guest_arg);
	case VCPUOP_send_nmi:
		return send_nmi(v, guest_arg);
	default:
		return -ENOSYS;
	}
}
