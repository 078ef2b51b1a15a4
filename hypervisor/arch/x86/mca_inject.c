/* SPDX-License-Identifier: GPL-2.0-only */
/* mca_inject.c: errors that dom0 pretends (XEN_MC_msrinject and its like; xen-mceinj), to try what becomes of them.
 * Values are put before the registers, not into them: few machines would let us.
 *
 * Locks: inject_lock (LOCK_LEAF) guards the values. */
#include <hv/arch.h>
#include <hv/ctl_bitmap.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <asm/x86.h>
#include "mca.h"

#define MAX_VALUES 50

static DEFINE_SPINLOCK(inject_lock, LOCK_LEAF);
static struct value { unsigned int cpu; uint64_t reg, value; } values[MAX_VALUES];
static unsigned int nr_values;

/* Lock held. NULL: nobody has put anything there. */
static struct value *find_value(unsigned int cpu, uint64_t reg)
{
	for (unsigned int i = 0; i < nr_values; i++)
		if (values[i].cpu == cpu && values[i].reg == reg)
			return &values[i];
	return NULL;
}

bool mca_injected(unsigned int cpu, uint32_t reg, uint64_t *ret_value)
{
	const struct value *v;
	unsigned long flags;

	spin_lock_irqsave(&inject_lock, flags);
	v = find_value(cpu, reg);
	if (v)
		*ret_value = v->value;
	spin_unlock_irqrestore(&inject_lock, flags);
	return v;
}

void mca_injected_taken(unsigned int cpu, uint32_t reg)
{
	unsigned long flags;
	struct value *v;

	spin_lock_irqsave(&inject_lock, flags);
	v = find_value(cpu, reg);
	if (v)
		v->value = 0;
	spin_unlock_irqrestore(&inject_lock, flags);
}

/* --- putting ---------------------------------------------------------------------------------------- */

static bool cpu_is_online(uint32_t cpu)
{
	return cpu < nr_cpu_ids && cpumask_test(cpu, &cpu_online_map);
}

static bool may_put(const xen_mcinfo_msr_t *m)
{
	return m->reg == MSR_MCG_STATUS || (m->reg >= MSR_BANK(0) && m->reg < MSR_BANK(mca_banks()));
}

/* Lock held. */
static bool put_value(unsigned int cpu, const xen_mcinfo_msr_t *m)
{
	struct value *v = find_value(cpu, m->reg);

	if (!v && nr_values == MAX_VALUES)
		return false;
	if (!v)
		v = &values[nr_values++];
	*v = (struct value){ cpu, m->reg, m->value };
	return true;
}

/* An address that is one of a domain's is a machine address, too. */
static int check_injection(const struct xen_mc_msrinject *m)
{
	struct domain *d;

	if (m->mcinj_count > MC_MSRINJ_MAXMSRS)
		return -EINVAL;
	if (m->mcinj_flags & MC_MSRINJ_F_GPADDR) {
		d = domain_get_by_id(m->mcinj_domid);
		if (!d)
			return -EINVAL;
		domain_put(d);
	}
	for (unsigned int i = 0; i < m->mcinj_count; i++)
		if (!may_put(&m->mcinj_msr[i]))
			return -EINVAL;
	return 0;
}

long mca_msrinject(struct xen_mc *op, bool *copyback)
{
	const struct xen_mc_msrinject *m = &op->u.mc_msrinject;
	unsigned long flags;
	long rc;

	if (!cpu_is_online(m->mcinj_cpunr))
		return -EINVAL;
	if (!m->mcinj_count)
		return 0;
	rc = check_injection(m);
	if (rc)
		return rc;
	spin_lock_irqsave(&inject_lock, flags);
	for (unsigned int i = 0; i < m->mcinj_count; i++)
		if (!put_value(m->mcinj_cpunr, &m->mcinj_msr[i]))
			printk(LOG_WARN "machine check to be: too many values\n");
	spin_unlock_irqrestore(&inject_lock, flags);
	return 0;
}

/* --- the machine check ------------------------------------------------------------------------------ */

long mca_mceinject(struct xen_mc *op, bool *copyback)
{
	struct cpumask m;

	if (!cpu_is_online(op->u.mc_mceinject.mceinj_cpunr))
		return -EINVAL;
	cpumask_zero(&m);
	cpumask_set(op->u.mc_mceinject.mceinj_cpunr, &m);
	arch_on_cpus(&m, mca_look_at_injected, NULL, true);
	return 0;
}

long mca_inject_v2(struct xen_mc *op, bool *copyback)
{
	const struct xen_mc_inject_v2 *i = &op->u.mc_inject_v2;
	struct cpumask m = cpu_online_map;
	int rc = 0;

	if (!mca_banks())
		return -ENODEV;
	if (!(i->flags & XEN_MC_INJECT_CPU_BROADCAST)) {
		rc = ctl_cpumask_get(&m, &i->cpumap);
		if (rc)
			return rc;
		cpumask_and(&m, &m, &cpu_online_map);
		if (!cpumask_weight(&m))
			return -EINVAL;
	}
	/* CMCI and LMCE are not used. */
	if ((i->flags & XEN_MC_INJECT_TYPE_MASK) != XEN_MC_INJECT_TYPE_MCE)
		return -EINVAL;
	arch_on_cpus(&m, mca_look_at_injected, NULL, true);
	return 0;
}
