/* SPDX-License-Identifier: GPL-2.0-only */
/* op.c: xenoprof_op: who profiles, which domains take part, and the steps from counters that are nobody's to
 * ones that run. A table says who may do what when.
 *
 * dom0 is the primary profiler from its init to its shutdown. It names the domains that are active, which read
 * their own samples (get_buffer) and say that they are ready (enable_virq), and those that are passive, whose
 * samples it reads itself. A domain on either list is kept until it is taken off.
 *
 * Locks:   lock guards all here, and buffers; LOCK_PROF, before domains are looked up.
 * Context: hypercalls. */
#include <hv/domain.h>
#include <hv/event.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <asm/current.h>
#include "private.h"

/* As bits: in which a row is allowed. */
enum state { IDLE = 1, INITIALISED = 2, RESERVED = 4, READY = 8, PROFILING = 16, ANY = 31 };

static DEFINE_SPINLOCK(lock, LOCK_PROF);
static enum state state = IDLE;
static struct domain *primary;
static struct domain *active[MAX_OPROF_DOMAINS];  /* NULL: gone again */
static bool active_ready[MAX_OPROF_DOMAINS];
static unsigned int x_active, x_ready;            /* the latter: how often one said so */
static struct domain *passive[MAX_OPROF_DOMAINS];
static unsigned int x_passive;

/* --- lists -------------------------------------------------------------------------------------------- */

static void leave_active(unsigned int i)
{
	struct domain *d = active[i];

	if (d && d->prof && active_ready[i])
		d->prof->kind = PROF_IGNORED;
	active[i] = NULL;
	active_ready[i] = false;
	if (d)
		domain_put(d);
}

static long reset_active(unsigned long guest)
{
	for (unsigned int i = 0; i < x_active; i++)
		leave_active(i);
	x_active = x_ready = 0;
	return 0;
}

static long reset_passive(unsigned long guest)
{
	for (unsigned int i = 0; i < x_passive; i++) {
		prof_buffers_unshare(passive[i]->prof);
		passive[i]->prof->kind = PROF_IGNORED;
		domain_put(passive[i]);
	}
	x_passive = 0;
	return 0;
}

static long set_active(unsigned long guest)
{
	domid_t domid;
	struct domain *d;

	if (copy_from_guest_raw(&domid, (const void *)guest, sizeof(domid)))
		return -EFAULT;
	if (x_active == MAX_OPROF_DOMAINS)
		return -E2BIG;
	d = domain_get_by_id(domid);
	if (!d)
		return -EINVAL;
	active_ready[x_active] = false;
	active[x_active++] = d;
	return 0;
}

/* d's buffers, shared with the caller. */
static long get_shared(struct domain *d, int32_t max_samples, struct prof_buffers **ret_b)
{
	long rc = prof_buffers_get(d, max_samples, ret_b);

	return rc ? rc : prof_buffers_share(*ret_b, current->domain);
}

/* d is referenced, and stays so only if all went well. */
static long add_passive(struct domain *d, struct xenoprof_passive *p, unsigned long guest)
{
	struct prof_buffers *b;
	long rc;

	rc = get_shared(d, p->max_samples, &b);
	if (rc)
		return rc == -EINVAL ? -ENOMEM : rc;
	p->nbuf = b->nbuf;
	p->bufsize = b->bufsize;
	p->buf_gmaddr = mfn_to_paddr(virt_to_mfn(b->pages));
	if (copy_to_guest_raw((void *)guest, p, sizeof(*p))) {
		prof_buffers_unshare(b);
		return -EFAULT;
	}
	b->kind = PROF_PASSIVE;
	passive[x_passive++] = d;
	return 0;
}

static long set_passive(unsigned long guest)
{
	struct xenoprof_passive p;
	struct domain *d;
	long rc;

	if (x_passive == MAX_OPROF_DOMAINS)
		return -E2BIG;
	if (copy_from_guest_raw(&p, (const void *)guest, sizeof(p)))
		return -EFAULT;
	d = domain_get_by_id(p.domain_id);
	if (!d)
		return -EINVAL;
	rc = add_passive(d, &p, guest);
	if (rc)
		domain_put(d);
	return rc;
}

/* --- what any domain may ------------------------------------------------------------------------------- */

static void counters_back(void)
{
	if (state == PROFILING)
		arch_prof_stop();
	arch_prof_listen(false);
	arch_prof_release();
}

static long init(unsigned long guest)
{
	struct domain *d = current->domain;
	struct xenoprof_init i;
	const char *name;
	int n;

	if (copy_from_guest_raw(&i, (const void *)guest, sizeof(i)))
		return -EFAULT;
	n = arch_prof_init(&name);
	if (n < 0)
		return n;
	i.num_events = n;
	strlcpy(i.cpu_type, name, sizeof(i.cpu_type));
	i.is_primary = d == hardware_domain;
	if (copy_to_guest_raw((void *)guest, &i, sizeof(i)))
		return -EFAULT;
	if (d == hardware_domain) {
		if (state & (RESERVED | READY | PROFILING))
			counters_back();
		primary = d;
		state = INITIALISED;
	}
	return 0;
}

static long get_buffer(unsigned long guest)
{
	struct domain *d = current->domain;
	struct xenoprof_get_buffer g;
	struct prof_buffers *b;
	long rc;

	if (copy_from_guest_raw(&g, (const void *)guest, sizeof(g)))
		return -EFAULT;
	rc = get_shared(d, g.max_samples, &b);
	if (rc)
		return rc;
	prof_buffers_reset(b);
	b->kind = PROF_IGNORED;
	g.nbuf = b->nbuf;
	g.bufsize = b->bufsize;
	g.buf_gmaddr = mfn_to_paddr(virt_to_mfn(b->pages));
	return copy_to_guest_raw((void *)guest, &g, sizeof(g)) ? -EFAULT : 0;
}

/* The caller's place among the active ones; -1: none, or without buffers. */
static int own_place(void)
{
	const struct domain *d = current->domain;

	for (unsigned int i = 0; d->prof && i < x_active; i++)
		if (active[i] == d)
			return i;
	return -1;
}

static long enable_virq(unsigned long guest)
{
	struct domain *d = current->domain;
	int i = own_place();

	if (d == primary) {
		if (state != READY)
			return -EPERM;
		arch_prof_listen(true);
		for (unsigned int p = 0; p < x_passive; p++)
			prof_buffers_reset(passive[p]->prof);
	}
	if (d->prof)
		prof_buffers_reset(d->prof);
	if (i < 0)
		return -EPERM;
	d->prof->kind = PROF_ACTIVE;
	active_ready[i] = true;
	x_ready++;
	return 0;
}

static long disable_virq(unsigned long guest)
{
	struct domain *d = current->domain;
	int i = own_place();

	if (i < 0 || (state == PROFILING && d->prof->kind == PROF_ACTIVE))
		return -EPERM;
	d->prof->kind = PROF_IGNORED;
	leave_active(i);
	if (x_ready)
		x_ready--;
	if (!x_ready)
		(void)reset_active(0);
	prof_buffers_unshare(d->prof);
	return 0;
}

/* --- counters ------------------------------------------------------------------------------------------ */

static long reserve_counters(unsigned long guest)
{
	int rc = arch_prof_reserve();

	if (!rc)
		state = RESERVED;
	return rc;
}

static long counter(unsigned long guest)
{
	struct xenoprof_counter c;

	if (!x_active)
		return -EPERM;
	if (copy_from_guest_raw(&c, (const void *)guest, sizeof(c)))
		return -EFAULT;
	if (c.ind >= PROF_MAX_COUNTERS)
		return -E2BIG;
	arch_prof_counter(&c);
	return 0;
}

static long setup_events(unsigned long guest)
{
	arch_prof_setup();
	state = READY;
	return 0;
}

static long start(unsigned long guest)
{
	if (x_ready != x_active)
		return -EPERM;
	arch_prof_start();
	state = PROFILING;
	return 0;
}

/* What is in the buffers is to be read. */
static long stop(unsigned long guest)
{
	struct vcpu *v;

	arch_prof_stop();
	for (unsigned int i = 0; i < x_active; i++)
		if (active_ready[i])
			for_each_vcpu (active[i], v)
				send_guest_vcpu_virq(v, VIRQ_XENOPROF);
	state = READY;
	return 0;
}

static long release_counters(unsigned long guest)
{
	counters_back();
	state = INITIALISED;
	return reset_passive(0);
}

static long shutdown(unsigned long guest)
{
	(void)reset_active(0);
	primary = NULL;
	WRITE_ONCE(prof_depth, 0);
	return 0;
}

static long set_backtrace(unsigned long guest)
{
	uint64_t depth;

	if (copy_from_guest_raw(&depth, (const void *)guest, sizeof(depth)))
		return -EFAULT;
	WRITE_ONCE(prof_depth, depth);
	return 0;
}

/* AMD's instruction-based sampling: 4.17 drives that of family 10h alone, and this hypervisor none. */
static long get_ibs_caps(unsigned long guest)
{
	return 0;
}

static long ibs_counter(unsigned long guest)
{
	struct xenoprof_ibs_counter c;

	if (!x_active)
		return -EPERM;
	return copy_from_guest_raw(&c, (const void *)guest, sizeof(c)) ? -EFAULT : 0;
}

/* --- the hypercall --------------------------------------------------------------------------------------- */

struct row {
	long (*fn)(unsigned long guest);
	uint8_t states;
	bool anyone; /* otherwise the primary profiler */
};

static const struct row rows[] = {
	[XENOPROF_init] = { init, ANY, true },
	[XENOPROF_reset_active_list] = { reset_active, ANY },
	[XENOPROF_reset_passive_list] = { reset_passive, ANY },
	[XENOPROF_set_active] = { set_active, INITIALISED },
	[XENOPROF_set_passive] = { set_passive, INITIALISED },
	[XENOPROF_reserve_counters] = { reserve_counters, INITIALISED },
	[XENOPROF_counter] = { counter, RESERVED },
	[XENOPROF_setup_events] = { setup_events, RESERVED },
	[XENOPROF_enable_virq] = { enable_virq, ANY, true },
	[XENOPROF_start] = { start, READY },
	[XENOPROF_stop] = { stop, PROFILING },
	[XENOPROF_disable_virq] = { disable_virq, ANY, true },
	[XENOPROF_release_counters] = { release_counters, RESERVED | READY },
	[XENOPROF_shutdown] = { shutdown, INITIALISED },
	[XENOPROF_get_buffer] = { get_buffer, ANY, true },
	[XENOPROF_set_backtrace] = { set_backtrace, ANY },
	[XENOPROF_get_ibs_caps] = { get_ibs_caps, ANY },
	[XENOPROF_ibs_counter] = { ibs_counter, RESERVED },
};

/* arg: operation, its structure. */
long do_xenoprof_op(unsigned long arg[])
{
	uint32_t op = arg[0];
	long rc = -EPERM;

	if (op >= ARRAY_SIZE(rows))
		return -EINVAL;
	spin_lock(&lock);
	prof_buffers_reap();
	if ((rows[op].anyone || current->domain == primary) && (rows[op].states & state))
		rc = rows[op].fn(arg[1]);
	spin_unlock(&lock);
	return rc;
}
