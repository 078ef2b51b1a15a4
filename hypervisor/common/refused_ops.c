/* SPDX-License-Identifier: GPL-2.0-only */
/* refused_ops.c: hypercalls for what no paravirtual domain has here, with 4.17's answers, and the older
 * forms of others. No locks. */
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/target.h>
#include <hv/trace.h>
#include <xen/domctl.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <asm/current.h>

/* No domain has a performance-monitoring unit. */
long do_xenpmu_op(unsigned long arg[])
{
	return -EOPNOTSUPP;
}

/* Of another domain that is none of hardware virtualisation: there are no others. */
static long not_hvm(domid_t domid)
{
	struct domain *d;
	long rc = target_get_permitted(domid, &d);

	if (rc)
		return rc;
	domain_put(d);
	return -EINVAL;
}

/* arg: domain, number of buffers, buffers (address and size each). */
long do_dm_op(unsigned long arg[])
{
	uint64_t bufs[2][2];
	domid_t domid = arg[0];

	if ((uint32_t)arg[1] > ARRAY_SIZE(bufs))
		return -E2BIG;
	if (copy_from_guest_raw(bufs, (const void *)arg[2], (uint32_t)arg[1] * sizeof(bufs[0])))
		return -EFAULT;
	if (domid == DOMID_SELF || domid == current->domain->domain_id)
		return -EPERM;
	return not_hvm(domid);
}

#define HVMOP_set_param      0
#define HVMOP_get_param      1
#define HVMOP_flush_tlbs     5
#define HVMOP_pagetable_dying 9
#define HVMOP_get_time       10
#define HVMOP_xentrace       11
#define HVMOP_get_mem_type   15
#define HVMOP_set_upcall     23
#define HVMOP_guest_request  24
#define HVMOP_altp2m         25
#define HVM_NR_PARAMS        39
#define TRACE_EVENTS_OF_HVM  0x0fff

/* A parameter of a domain: whether there is such a one comes first, who asks last. */
static long hvm_param(unsigned long guest)
{
	struct {
		domid_t domid;
		uint16_t pad;
		uint32_t index;
		uint64_t value;
	} p;
	struct domain *d;

	if (copy_from_guest_raw(&p, (const void *)guest, sizeof(p)))
		return -EFAULT;
	if (p.index >= HVM_NR_PARAMS)
		return -EINVAL;
	d = target_get(p.domid);
	if (!d)
		return -ESRCH;
	domain_put(d);
	return -EINVAL;
}

static long hvm_mem_type(unsigned long guest)
{
	struct {
		domid_t domid;
		uint16_t type, pad[2];
		uint64_t pfn;
	} m;

	return copy_from_guest_raw(&m, (const void *)guest, sizeof(m)) ? -EFAULT : not_hvm(m.domid);
}

/* Shadow tables of one's own, and of others, are not there. */
static long hvm_pagetable(unsigned long guest)
{
	struct {
		domid_t domid;
		uint16_t pad[3];
		uint64_t gpa;
	} p;
	struct domain *d;
	bool own;

	if (copy_from_guest_raw(&p, (const void *)guest, sizeof(p)))
		return -EFAULT;
	d = target_get(p.domid);
	if (!d)
		return -ESRCH;
	own = d == current->domain;
	domain_put(d);
	return own ? -EINVAL : -EOPNOTSUPP;
}

static long hvm_time(unsigned long guest)
{
	uint64_t t = now();

	return copy_to_guest_raw((void *)guest, &t, sizeof(t)) ? -EFAULT : 0;
}

/* A record of the guest's own. */
static long hvm_trace(unsigned long guest)
{
	struct {
		uint16_t event, extra_bytes;
		uint8_t extra[7 * sizeof(uint32_t)];
	} t;

	if (copy_from_guest_raw(&t, (const void *)guest, sizeof(t)))
		return -EFAULT;
	if (t.extra_bytes > sizeof(t.extra) || (t.event & ~TRACE_EVENTS_OF_HVM))
		return -EINVAL;
	if (unlikely(trace_on)) {
		uint32_t words[TRACE_EXTRA_MAX];

		memcpy(words, t.extra, sizeof(words));
		trace_words(t.event | TRC_GUEST, false, words, (t.extra_bytes + 3) / 4);
	}
	return 0;
}

static long hvm_not_for_pv(unsigned long guest)
{
	return -EINVAL;
}

static long hvm_no_views(unsigned long guest)
{
	return -EOPNOTSUPP;
}

/* arg: command, argument. What a paravirtual domain is told. */
long do_hvm_op(unsigned long arg[])
{
	static long (*const rows[])(unsigned long guest) = {
		[HVMOP_set_param] = hvm_param, [HVMOP_get_param] = hvm_param,
		[HVMOP_flush_tlbs] = hvm_not_for_pv, [HVMOP_pagetable_dying] = hvm_pagetable,
		[HVMOP_get_time] = hvm_time,
		[HVMOP_xentrace] = hvm_trace, [HVMOP_get_mem_type] = hvm_mem_type,
		[HVMOP_set_upcall] = hvm_not_for_pv, [HVMOP_guest_request] = hvm_not_for_pv,
		[HVMOP_altp2m] = hvm_no_views,
	};

	if (arg[0] >= ARRAY_SIZE(rows) || !rows[arg[0]])
		return -ENOSYS;
	return rows[arg[0]](arg[1]);
}

/* How 4.17 goes on with a long shadow operation; a guest has no business there. */
long do_paging_domctl_cont(unsigned long arg[])
{
	struct xen_domctl op;

	return copy_from_guest_raw(&op, (const void *)arg[0], sizeof(op)) ? -EFAULT : -EOPNOTSUPP;
}

/* --- older forms ------------------------------------------------------------------------------------------ */

/* arg: command, and for a shutdown the reason itself. */
long do_sched_op_compat(unsigned long arg[])
{
	switch ((uint32_t)arg[0]) {
	case SCHEDOP_yield:
	case SCHEDOP_block:
		return do_sched_op(arg);
	case SCHEDOP_shutdown:
		domain_shutdown(current->domain, (uint8_t)arg[1]);
		return 0;
	default:
		return -ENOSYS;
	}
}

/* arg: a command followed by its structure, in one of `size` bytes with the latter at `at`. */
static long split_op(unsigned long arg[], size_t size, size_t at, hypercall_fn *fn, unsigned int first,
	unsigned int last)
{
	unsigned long split[HYPERCALL_ARGS] = { 0 };
	uint32_t op[8];

	if (copy_from_guest_raw(op, (const void *)arg[0], size))
		return -EFAULT;
	if (op[0] < first || op[0] > last)
		return -ENOSYS;
	split[0] = op[0];
	split[1] = arg[0] + at;
	return fn(split);
}

long do_event_channel_op_compat(unsigned long arg[])
{
	return split_op(arg, 28, 4, do_event_channel_op, EVTCHNOP_bind_interdomain, EVTCHNOP_unmask);
}

long do_physdev_op_compat(unsigned long arg[])
{
	return split_op(arg, 24, 8, do_physdev_op, PHYSDEVOP_IRQ_UNMASK_NOTIFY,
		PHYSDEVOP_alloc_irq_vector);
}
