/* SPDX-License-Identifier: GPL-2.0-only */
/* mca.c: machine checks for dom0: what CPUs there are, records of errors, and errors injected to try that.
 *
 * A machine check of the CPU's own is fatal (traps.c). An injected one finds in the banks what was put
 * there before it: corrected errors become a record that dom0 is told of and fetches, others end the
 * machine. Values are put before the registers, not into them: few machines would let us.
 *
 * Locks: mca_lock (LOCK_LEAF, in interrupts) guards the values and the records. */
#include <hv/arch.h>
#include <hv/ctl_bitmap.h>
#include <hv/domain.h>
#include <hv/event.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <asm/x86.h>
#include <xen/arch-x86/xen-mca.h>
#include "mca.h"

#define MSR_MCG_CAP    0x179
#define MSR_MCG_STATUS 0x17a
#define MSR_BANK(bank) (0x400 + 4 * (bank)) /* control, status, address, misc */
#define STATUS_VALID   (1UL << 63)
#define STATUS_FATAL   (1UL << 61) /* uncorrected */
#define STATUS_MISC    (1UL << 59)
#define STATUS_ADDR    (1UL << 58)

#define MAX_VALUES  50
#define MAX_RECORDS 10

enum record_state { RECORD_FREE, RECORD_QUEUED, RECORD_FETCHED };

static DEFINE_SPINLOCK(mca_lock, LOCK_LEAF);
static struct { unsigned int cpu; uint64_t reg, value; } values[MAX_VALUES];
static unsigned int nr_values;
static struct {
	enum record_state state;
	uint64_t id; /* they grow */
	struct mc_info info;
} records[MAX_RECORDS];
static uint64_t last_id;

static unsigned int nr_banks(void)
{
	const uint32_t mce_mca = 1U << 7 | 1U << 14;
	uint64_t cap;

	return (cpuid(1, 0).d & mce_mca) != mce_mca || rdmsr_safe(MSR_MCG_CAP, &cap) ? 0 : cap & 0xff;
}

/* --- an injected machine check, on its CPU ------------------------------------------------------ */

/* Lock held. 0: nobody has put anything there. */
static uint64_t *find_value(unsigned int cpu, uint64_t reg)
{
	for (unsigned int i = 0; i < nr_values; i++)
		if (values[i].cpu == cpu && values[i].reg == reg)
			return &values[i].value;
	return NULL;
}

static uint64_t value_of(unsigned int cpu, uint64_t reg)
{
	const uint64_t *v = find_value(cpu, reg);

	return v ? *v : 0;
}

/* NULL: all are in use, and the error is lost. */
static struct mc_info *new_record(unsigned int cpu)
{
	const struct vcpu *v = current;
	struct mcinfo_global *g;
	unsigned int i;

	for (i = 0; i < MAX_RECORDS && records[i].state != RECORD_FREE; i++)
		;
	if (i == MAX_RECORDS)
		return NULL;
	memset(&records[i].info, 0, sizeof(records[i].info));
	records[i].state = RECORD_QUEUED;
	records[i].id = ++last_id;
	records[i].info.mi_nentries = 1;
	g = (struct mcinfo_global *)records[i].info.mi_data;
	*g = (struct mcinfo_global){
		.common = { MC_TYPE_GLOBAL, sizeof(*g) },
		.mc_domid = is_idle_vcpu(v) ? DOMID_INVALID : v->domain->domain_id,
		.mc_vcpuid = is_idle_vcpu(v) ? 0xffff : v->vcpu_id,
		.mc_socketid = arch_cpu_to_socket(cpu), .mc_coreid = arch_cpu_to_core(cpu),
		.mc_apicid = cpu_to_apicid[cpu], .mc_flags = MC_FLAG_MCE | MC_FLAG_CORRECTABLE,
		.mc_gstatus = value_of(cpu, MSR_MCG_STATUS),
	};
	return &records[i].info;
}

static void add_bank(struct mc_info *info, unsigned int cpu, unsigned int bank, uint64_t status)
{
	struct mcinfo_bank *b = (void *)((uint8_t *)info->mi_data + sizeof(struct mcinfo_global) +
		(info->mi_nentries - 1) * sizeof(*b));

	if ((uint8_t *)(b + 1) > (uint8_t *)(info + 1))
		return;
	*b = (struct mcinfo_bank){
		.common = { MC_TYPE_BANK, sizeof(*b) },
		.mc_bank = bank, .mc_domid = DOMID_INVALID, .mc_status = status, .mc_tsc = rdtsc(),
		.mc_addr = status & STATUS_ADDR ? value_of(cpu, MSR_BANK(bank) + 2) : 0,
		.mc_misc = status & STATUS_MISC ? value_of(cpu, MSR_BANK(bank) + 3) : 0,
	};
	info->mi_nentries++;
}

static void look_at_banks(void *unused)
{
	unsigned int cpu = smp_processor_id(), bank, n = nr_banks(), errors = 0;
	struct mc_info *info = NULL;
	unsigned long flags;
	bool fatal = false;
	uint64_t *status;

	spin_lock_irqsave(&mca_lock, flags);
	for (bank = 0; bank < n; bank++) {
		status = find_value(cpu, MSR_BANK(bank) + 1);
		if (!status || !(*status & STATUS_VALID))
			continue;
		printk(LOG_WARN "CPU%u: machine check, bank %u: %lx\n", cpu, bank, (unsigned long)*status);
		if (!errors++)
			info = new_record(cpu);
		if (info)
			add_bank(info, cpu, bank, *status);
		fatal |= *status & STATUS_FATAL;
		*status = 0;
	}
	spin_unlock_irqrestore(&mca_lock, flags);
	if (fatal)
		panic("machine check on CPU%u: an error that could not be corrected", cpu);
	if (errors)
		send_global_virq(VIRQ_MCA);
}

/* --- fetching ------------------------------------------------------------------------------------- */

static unsigned int oldest_record(void)
{
	unsigned int i, best = MAX_RECORDS;

	for (i = 0; i < MAX_RECORDS; i++)
		if (records[i].state == RECORD_QUEUED && (best == MAX_RECORDS || records[i].id < records[best].id))
			best = i;
	return best;
}

static void acknowledge(uint64_t id)
{
	unsigned long flags;

	spin_lock_irqsave(&mca_lock, flags);
	for (unsigned int i = 0; i < MAX_RECORDS; i++)
		if (records[i].state == RECORD_FETCHED && records[i].id == id)
			records[i].state = RECORD_FREE;
	spin_unlock_irqrestore(&mca_lock, flags);
}

/* All records are urgent ones: of machine checks. Those of polling would not be. */
static long mca_fetch(struct xen_mc *op, bool *copyback)
{
	struct xen_mc_fetch *f = &op->u.mc_fetch;
	uint32_t which = f->flags & (XEN_MC_URGENT | XEN_MC_NONURGENT);
	struct mc_info info;
	unsigned long flags;
	unsigned int i;

	if (which != XEN_MC_URGENT && which != XEN_MC_NONURGENT)
		return -EINVAL;
	if (f->flags & XEN_MC_ACK) {
		acknowledge(f->fetch_id);
		return 0;
	}
	if (guest_handle_is_null(f->data))
		return -EINVAL;
	*copyback = true;
	f->flags = XEN_MC_OK | XEN_MC_NODATA;
	f->fetch_id = 0;
	spin_lock_irqsave(&mca_lock, flags);
	i = which == XEN_MC_URGENT ? oldest_record() : MAX_RECORDS;
	if (i < MAX_RECORDS) {
		info = records[i].info;
		records[i].state = RECORD_FETCHED;
		f->flags = XEN_MC_OK;
		f->fetch_id = records[i].id;
	}
	spin_unlock_irqrestore(&mca_lock, flags);
	return i < MAX_RECORDS && copy_to_guest(f->data, &info, 1) ? -EFAULT : 0;
}

static long mca_notify(struct xen_mc *op, bool *copyback)
{
	return -EINVAL; /* 4.17 does not either */
}

/* --- processors ------------------------------------------------------------------------------------ */

static long mca_physcpuinfo(struct xen_mc *op, bool *copyback)
{
	struct xen_mc_physcpuinfo *p = &op->u.mc_physcpuinfo;
	unsigned int cpu, n = 0, most = cpumask_weight(&cpu_online_map);
	xen_mc_logical_cpu_t c;

	*copyback = true;
	if (guest_handle_is_null(p->info)) {
		p->ncpus = most;
		return 0;
	}
	if (!p->ncpus)
		return -EINVAL;
	if (p->ncpus > INT32_MAX)
		return -ENOMEM;
	most = min(most, p->ncpus);
	for_each_online_cpu(cpu) {
		if (n == most)
			break;
		mca_describe_cpu(cpu, &c);
		if (copy_to_guest_offset(p->info, n, &c, 1))
			return -EFAULT;
		n++;
	}
	p->ncpus = most;
	return 0;
}

/* --- injecting ------------------------------------------------------------------------------------- */

static bool cpu_is_online(uint32_t cpu)
{
	return cpu < nr_cpu_ids && cpumask_test(cpu, &cpu_online_map);
}

static bool may_put(const xen_mcinfo_msr_t *m)
{
	return m->reg == MSR_MCG_STATUS || (m->reg >= MSR_BANK(0) && m->reg < MSR_BANK(nr_banks()));
}

/* Lock held. */
static bool put_value(unsigned int cpu, const xen_mcinfo_msr_t *m)
{
	uint64_t *v = find_value(cpu, m->reg);

	if (!v && nr_values == MAX_VALUES)
		return false;
	if (!v) {
		values[nr_values].cpu = cpu;
		values[nr_values].reg = m->reg;
		v = &values[nr_values++].value;
	}
	*v = m->value;
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

static long mca_msrinject(struct xen_mc *op, bool *copyback)
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
	spin_lock_irqsave(&mca_lock, flags);
	for (unsigned int i = 0; i < m->mcinj_count; i++)
		if (!put_value(m->mcinj_cpunr, &m->mcinj_msr[i]))
			printk(LOG_WARN "machine check to be: too many values\n");
	spin_unlock_irqrestore(&mca_lock, flags);
	return 0;
}

static long mca_mceinject(struct xen_mc *op, bool *copyback)
{
	struct cpumask m;

	if (!cpu_is_online(op->u.mc_mceinject.mceinj_cpunr))
		return -EINVAL;
	cpumask_zero(&m);
	cpumask_set(op->u.mc_mceinject.mceinj_cpunr, &m);
	arch_on_cpus(&m, look_at_banks, NULL, true);
	return 0;
}

static long mca_inject_v2(struct xen_mc *op, bool *copyback)
{
	const struct xen_mc_inject_v2 *i = &op->u.mc_inject_v2;
	struct cpumask m = cpu_online_map;
	int rc = 0;

	if (!nr_banks())
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
	arch_on_cpus(&m, look_at_banks, NULL, true);
	return 0;
}

static long (*const mca_rows[])(struct xen_mc *op, bool *copyback) = {
	[XEN_MC_fetch] = mca_fetch,
	[XEN_MC_notifydomain] = mca_notify,
	[XEN_MC_physcpuinfo] = mca_physcpuinfo,
	[XEN_MC_msrinject] = mca_msrinject,
	[XEN_MC_mceinject] = mca_mceinject,
	[XEN_MC_inject_v2] = mca_inject_v2,
};

/* arg: operation. Only dom0 comes here. */
long do_mca(unsigned long arg[HYPERCALL_ARGS])
{
	struct xen_mc op;
	bool copyback = false;
	long rc;

	if (copy_from_guest_raw(&op, (const void *)arg[0], sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XEN_MCA_INTERFACE_VERSION)
		return -EACCES;
	if (op.cmd >= ARRAY_SIZE(mca_rows) || !mca_rows[op.cmd])
		return -EINVAL;
	rc = mca_rows[op.cmd](&op, &copyback);
	if (!rc && copyback && copy_to_guest_raw((void *)arg[0], &op, sizeof(op)))
		return -EFAULT;
	return rc;
}
