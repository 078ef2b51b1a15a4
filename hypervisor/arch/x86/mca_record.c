/* SPDX-License-Identifier: GPL-2.0-only */
/* mca_record.c: records of machine-check errors, kept until dom0 has fetched and acknowledged them.
 *
 * Locks: record_lock (LOCK_LEAF) guards the records. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <asm/x86.h>
#include "mca.h"

#define MAX_RECORDS 20
#define URGENT_RECORDS 10 /* places that errors found by polling leave free */

enum record_state { RECORD_FREE, RECORD_QUEUED, RECORD_FETCHED };

static DEFINE_SPINLOCK(record_lock, LOCK_LEAF);
static struct record {
	enum record_state state;
	bool urgent;
	uint64_t id; /* they grow */
	struct mc_info info;
} records[MAX_RECORDS];
static uint64_t last_id;

static bool is_urgent(uint32_t flags)
{
	return flags & MC_FLAG_MCE;
}

/* --- making ----------------------------------------------------------------------------------------- */

static void fill_record(struct mc_info *info, const struct mca_found *f, uint32_t flags)
{
	struct mcinfo_global *g = (struct mcinfo_global *)info->mi_data;
	struct mcinfo_bank *b = (struct mcinfo_bank *)(g + 1);
	const struct vcpu *v = current;
	bool idle = !v || is_idle_vcpu(v);

	static_assert(sizeof(*g) + MCA_MAX_ERRORS * sizeof(*b) <= sizeof(info->mi_data), "room in a record");
	memset(info, 0, sizeof(*info));
	*g = (struct mcinfo_global){
		.common = { MC_TYPE_GLOBAL, sizeof(*g) },
		.mc_domid = idle ? DOMID_INVALID : v->domain->domain_id,
		.mc_vcpuid = idle ? 0xffff : v->vcpu_id,
		.mc_socketid = arch_cpu_to_socket(f->cpu), .mc_coreid = arch_cpu_to_core(f->cpu),
		.mc_apicid = cpu_to_apicid[f->cpu], .mc_flags = flags, .mc_gstatus = f->global,
	};
	for (unsigned int i = 0; i < f->count; i++)
		b[i] = (struct mcinfo_bank){
			.common = { MC_TYPE_BANK, sizeof(*b) },
			.mc_bank = f->error[i].bank, .mc_domid = DOMID_INVALID,
			.mc_status = f->error[i].status, .mc_addr = f->error[i].addr,
			.mc_misc = f->error[i].misc, .mc_tsc = rdtsc(),
		};
	info->mi_nentries = 1 + f->count;
}

/* Lock held. NULL: all are in use, and the error is lost. */
static struct record *free_record(bool urgent)
{
	struct record *found = NULL;
	unsigned int i, n = 0;

	for (i = 0; i < MAX_RECORDS; i++)
		if (records[i].state == RECORD_FREE) {
			found = &records[i];
			n++;
		}
	return urgent || n > URGENT_RECORDS ? found : NULL;
}

void mca_record(const struct mca_found *f, uint32_t flags)
{
	unsigned long irq;
	struct record *r;

	spin_lock_irqsave(&record_lock, irq);
	r = free_record(is_urgent(flags));
	if (r) {
		r->state = RECORD_QUEUED;
		r->urgent = is_urgent(flags);
		r->id = ++last_id;
		fill_record(&r->info, f, flags);
	}
	spin_unlock_irqrestore(&record_lock, irq);
}

bool mca_records_wait(void)
{
	for (unsigned int i = 0; i < MAX_RECORDS; i++)
		if (READ_ONCE(records[i].state) == RECORD_QUEUED)
			return true;
	return false;
}

/* --- fetching ------------------------------------------------------------------------------------- */

/* Lock held. */
static struct record *oldest_record(bool urgent)
{
	struct record *best = NULL, *r;

	for (r = records; r < records + MAX_RECORDS; r++)
		if (r->state == RECORD_QUEUED && r->urgent == urgent && (!best || r->id < best->id))
			best = r;
	return best;
}

static void acknowledge(uint64_t id)
{
	unsigned long flags;

	spin_lock_irqsave(&record_lock, flags);
	for (unsigned int i = 0; i < MAX_RECORDS; i++)
		if (records[i].state == RECORD_FETCHED && records[i].id == id)
			records[i].state = RECORD_FREE;
	spin_unlock_irqrestore(&record_lock, flags);
}

long mca_fetch(struct xen_mc *op, bool *copyback)
{
	struct xen_mc_fetch *f = &op->u.mc_fetch;
	uint32_t which = f->flags & (XEN_MC_URGENT | XEN_MC_NONURGENT);
	struct mc_info info;
	unsigned long flags;
	struct record *r;

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
	spin_lock_irqsave(&record_lock, flags);
	r = oldest_record(which == XEN_MC_URGENT);
	if (r) {
		info = r->info;
		r->state = RECORD_FETCHED;
		f->flags = XEN_MC_OK;
		f->fetch_id = r->id;
	}
	spin_unlock_irqrestore(&record_lock, flags);
	return r && copy_to_guest(f->data, &info, 1) ? -EFAULT : 0;
}
