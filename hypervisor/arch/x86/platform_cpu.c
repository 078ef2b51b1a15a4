/* SPDX-License-Identifier: GPL-2.0-only */
/* platform_cpu.c: platform operations on memory types, microcode, CPUs and memory that come and go, and
 * model-specific registers. No locks. */
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <hv/pool.h>
#include <asm/x86.h>
#include "platform.h"

/* --- memory types ------------------------------------------------------------------------------------ */

#define MSR_MTRR_CAP        0xfe
#define MSR_MTRR_BASE(n)    (0x200 + 2 * (n))
#define MSR_MTRR_MASK(n)    (0x201 + 2 * (n))
#define MTRR_CAP_COUNT      0xff
#define MTRR_MASK_VALID     0x800
#define MTRR_TYPES          7

static unsigned int mtrr_count(void)
{
	uint64_t cap;

	return !rdmsr_safe(MSR_MTRR_CAP, &cap) ? cap & MTRR_CAP_COUNT : 0;
}

/* The registers are the firmware's: what there is can be read, none is free to be added. */
long platform_read_memtype(struct xen_platform_op *op, bool *copyback)
{
	struct xenpf_read_memtype *m = &op->u.read_memtype;
	uint64_t base, mask;

	if (m->reg >= mtrr_count() || rdmsr_safe(MSR_MTRR_BASE(m->reg), &base) ||
	    rdmsr_safe(MSR_MTRR_MASK(m->reg), &mask))
		return -EINVAL;
	m->mfn = m->nr_mfns = m->type = 0;
	if (mask & MTRR_MASK_VALID) {
		mask &= PTE_ADDR_MASK;
		m->mfn = base >> PAGE_SHIFT;
		m->nr_mfns = (mask & -mask) >> PAGE_SHIFT;
		m->type = base & 0xff;
	}
	*copyback = true;
	return 0;
}

long platform_add_memtype(struct xen_platform_op *op, bool *copyback)
{
	const struct xenpf_add_memtype *m = &op->u.add_memtype;

	(void)copyback;
	if (m->type >= MTRR_TYPES || !m->nr_mfns || (m->mfn + m->nr_mfns) >> (52 - PAGE_SHIFT))
		return -EINVAL;
	if ((m->nr_mfns & (m->nr_mfns - 1)) || (m->mfn & (m->nr_mfns - 1)))
		return -EINVAL; /* a register is for a power of two, aligned */
	return -ENOSPC;
}

long platform_del_memtype(struct xen_platform_op *op, bool *copyback)
{
	(void)copyback;
	return op->u.del_memtype.handle || op->u.del_memtype.reg >= mtrr_count() ? -EINVAL : 0;
}

/* --- what is accepted or not ------------------------------------------------------------------------- */

/* Microcode is the firmware's. */
long platform_microcode_update(struct xen_platform_op *op, bool *copyback)
{
	(void)op;
	(void)copyback;
	return -EINVAL;
}

long platform_quirk(struct xen_platform_op *op, bool *copyback)
{
	uint32_t id = op->u.platform_quirk.quirk_id;

	(void)copyback;
	return id >= QUIRK_NOIRQBALANCING && id <= QUIRK_IOAPIC_GOOD_REGSEL ? 0 : -EINVAL;
}

/* Frequencies and idle states stay with the firmware; what dom0 knows of them is taken note of. */
long platform_set_pminfo(struct xen_platform_op *op, bool *copyback)
{
	(void)copyback;
	return op->u.set_pminfo.type <= XEN_PM_PDC ? 0 : -EINVAL;
}

/* --- CPUs and memory that come and go ------------------------------------------------------------------ */

#define MAX_PXM 256

static bool cpu_is_present(uint32_t cpu)
{
	return cpu < nr_cpu_ids && cpumask_test(cpu, &cpu_present_map);
}

long platform_cpu_online(struct xen_platform_op *op, bool *copyback)
{
	uint32_t cpu = op->u.cpu_ol.cpuid;

	(void)copyback;
	if (!cpu_is_present(cpu))
		return -EINVAL;
	return cpumask_test(cpu, &cpu_online_map) ? 0 : cpu_bring_online(cpu);
}

long platform_cpu_offline(struct xen_platform_op *op, bool *copyback)
{
	uint32_t cpu = op->u.cpu_ol.cpuid;

	(void)copyback;
	if (!cpu)
		return -EOPNOTSUPP;
	if (!cpu_is_present(cpu))
		return -EINVAL;
	return cpumask_test(cpu, &cpu_online_map) ? cpu_take_offline(cpu) : 0;
}

long platform_cpu_hotadd(struct xen_platform_op *op, bool *copyback)
{
	const struct xenpf_cpu_hotadd *h = &op->u.cpu_add;
	unsigned int cpu;

	(void)copyback;
	if (h->apic_id > 0xff || h->acpi_id > 0xff || h->pxm >= MAX_PXM)
		return -EINVAL;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (cpumask_test(cpu, &cpu_present_map) && cpu_to_apicid[cpu] == h->apic_id)
			return -EEXIST;
	return -ENOSPC; /* room was made at boot for those there are */
}

long platform_mem_hotadd(struct xen_platform_op *op, bool *copyback)
{
	(void)op;
	(void)copyback;
	return -EINVAL;
}

long platform_core_parking(struct xen_platform_op *op, bool *copyback)
{
	struct xenpf_core_parking *p = &op->u.core_parking;

	if (p->type == XEN_CORE_PARKING_SET)
		return p->idle_nums ? -EINVAL : 0;
	if (p->type != XEN_CORE_PARKING_GET)
		return -EINVAL;
	p->idle_nums = 0;
	*copyback = true;
	return 0;
}

/* --- model-specific registers ---------------------------------------------------------------------------- */

#define MAX_ACCESSES 3

/* None of those that may be reached this way (cache monitoring) is there. Returns how many went well. */
long platform_resource_op(struct xen_platform_op *op, bool *copyback)
{
	const struct xenpf_resource_op *r = &op->u.resource_op;
	struct xenpf_resource_entry e;

	(void)copyback;
	if (!r->nr_entries)
		return 0;
	if (r->nr_entries > MAX_ACCESSES || r->cpu >= nr_cpu_ids ||
	    !cpumask_test(r->cpu, &cpu_online_map))
		return -EINVAL;
	if (copy_from_guest(&e, r->entries, 1))
		return -EFAULT;
	e.u.ret = e.rsvd ? -EINVAL : -EPERM;
	return copy_to_guest(r->entries, &e, 1) ? -EFAULT : 0;
}

/* --- symbols ------------------------------------------------------------------------------------------- */

/* One after the other for who asks with 0 and then with what came back; behind the last the name is
 * empty, and beyond that -ERANGE. */
long platform_get_symbol(struct xen_platform_op *op, bool *copyback)
{
	struct xenpf_symdata *s = &op->u.symdata;
	uint32_t room = s->namelen;
	unsigned long addr = 0;
	const char *name = "";
	size_t len;

	if (s->symnum > symbol_count())
		return -ERANGE;
	if (s->symnum < symbol_count()) {
		name = symbol_at(s->symnum, &addr);
		s->symnum++;
	}
	s->address = addr;
	s->type = addr ? 't' : 0;
	len = strlen(name) + 1;
	s->namelen = len;
	if (room && copy_to_guest_raw(s->name.p, name, min(len, (size_t)room)))
		return -EFAULT;
	*copyback = true;
	return 0;
}
