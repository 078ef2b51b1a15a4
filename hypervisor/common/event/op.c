/* SPDX-License-Identifier: GPL-2.0-only */
/* op.c: event_channel_op: one row for each operation but the most frequent one, send. No locks. */
#include "private.h"
#include <hv/arch.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>

union evtchn_args {
	struct evtchn_alloc_unbound alloc_unbound;
	struct evtchn_bind_interdomain bind_interdomain;
	struct evtchn_bind_virq bind_virq;
	struct evtchn_bind_ipi bind_ipi;
	struct evtchn_bind_pirq bind_pirq;
	struct evtchn_close close;
	struct evtchn_status status;
	struct evtchn_bind_vcpu bind_vcpu;
	struct evtchn_unmask unmask;
	struct evtchn_reset reset;
	struct evtchn_init_control init_control;
	struct evtchn_expand_array expand_array;
	struct evtchn_set_priority set_priority;
};

static long op_alloc_unbound(union evtchn_args *a)
{
	return evtchn_alloc_unbound(&a->alloc_unbound);
}

static long op_bind_interdomain(union evtchn_args *a)
{
	return evtchn_bind_interdomain(&a->bind_interdomain);
}

static long op_bind_virq(union evtchn_args *a)
{
	return evtchn_bind_virq(&a->bind_virq);
}

static long op_bind_ipi(union evtchn_args *a)
{
	return evtchn_bind_ipi(&a->bind_ipi);
}

static long op_bind_pirq(union evtchn_args *a)
{
	return evtchn_bind_pirq(&a->bind_pirq);
}

static long op_close(union evtchn_args *a)
{
	return evtchn_close(current->domain, a->close.port, true);
}

static long op_status(union evtchn_args *a)
{
	return evtchn_status(&a->status);
}

static long op_bind_vcpu(union evtchn_args *a)
{
	return evtchn_bind_vcpu(current->domain, a->bind_vcpu.port, a->bind_vcpu.vcpu);
}

static long op_unmask(union evtchn_args *a)
{
	struct domain *d = current->domain;
	struct evtchn *chn = evtchn_from_port(d, a->unmask.port);
	int rc = evtchn_unmask(d, a->unmask.port);

	if (!rc && READ_ONCE(chn->state) == ECS_PIRQ)
		arch_pirq_unmask(d, chn->u.pirq.pirq);
	return rc;
}

static long reset(union evtchn_args *a, bool resuming)
{
	struct domain *d;
	int rc = target_get_permitted(a->reset.dom, &d);

	if (rc)
		return rc;
	rc = evtchn_reset(d, resuming);
	domain_put(d);
	return rc;
}

static long op_reset(union evtchn_args *a)
{
	return reset(a, false);
}

static long op_reset_cont(union evtchn_args *a)
{
	return reset(a, true);
}

static long op_init_control(union evtchn_args *a)
{
	return evtchn_init_control(&a->init_control);
}

static long op_expand_array(union evtchn_args *a)
{
	return evtchn_expand_array(&a->expand_array);
}

static long op_set_priority(union evtchn_args *a)
{
	return evtchn_set_priority(&a->set_priority);
}

/* A reset that gave way is called again as this, which is not for guests to begin with. */
#define RESET_CONT (EVTCHNOP_set_priority + 1)

#define ROW(op, copy_back) \
	[EVTCHNOP_##op] = { op_##op, sizeof(struct evtchn_##op), copy_back }

static const struct {
	long (*fn)(union evtchn_args *a);
	uint8_t size;
	bool copyback;
} evtchn_rows[] = {
	ROW(bind_interdomain, true),
	ROW(bind_virq, true),
	ROW(bind_pirq, true),
	ROW(close, false),
	ROW(status, true),
	ROW(alloc_unbound, true),
	ROW(bind_ipi, true),
	ROW(bind_vcpu, false),
	ROW(unmask, false),
	ROW(reset, false),
	ROW(init_control, true),
	ROW(expand_array, false),
	ROW(set_priority, false),
	[RESET_CONT] = { op_reset_cont, sizeof(struct evtchn_reset), false },
};

static noinline long by_row(unsigned long arg[], uint32_t cmd)
{
	union evtchn_args a;
	long rc;

	if (cmd >= ARRAY_SIZE(evtchn_rows) || !evtchn_rows[cmd].fn)
		return -ENOSYS;
	if (copy_from_guest_raw(&a, (const void *)arg[1], evtchn_rows[cmd].size))
		return -EFAULT;
	rc = evtchn_rows[cmd].fn(&a);
	if (rc == -ERESTART)
		arg[0] = RESET_CONT;
	/* Too late to undo: the caller knows its ports by trying if it passed a bad pointer. */
	if (!rc && evtchn_rows[cmd].copyback &&
	    copy_to_guest_raw((void *)arg[1], &a, evtchn_rows[cmd].size))
		rc = -EFAULT;
	return rc;
}

/* arg: command, pointer to its structure. */
long __hot_call do_event_channel_op(unsigned long arg[])
{
	uint32_t cmd = arg[0];
	struct evtchn_send send;

	if (cmd != EVTCHNOP_send)
		return by_row(arg, cmd);
	if (copy_from_guest_raw(&send, (const void *)arg[1], sizeof(send)))
		return -EFAULT;
	return evtchn_send(current->domain, send.port);
}
