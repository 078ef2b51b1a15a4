/* SPDX-License-Identifier: GPL-2.0-only */
/* multicall.c: several hypercalls in one. No locks.
 *
 * An entry's result is written to the entry and its failure does not stop the others. An entry
 * that gives way (-ERESTART) has its changed arguments written back, so that the whole call can be
 * issued again from that entry on. */
#include <hv/hypercall.h>
#include <hv/guest_access.h>
#include <hv/softirq.h>
#include <hv/lib.h>
#include <hv/trace.h>
#include <xen/xen.h>

static_assert(sizeof(((struct multicall_entry *)0)->args) >=
		sizeof(unsigned long) * HYPERCALL_ARGS, "arguments fit an entry");

/* Runs one entry: 0, -EFAULT or -ERESTART. */
static int multicall_one(XEN_GUEST_HANDLE(multicall_entry_t) list, unsigned long i)
{
	struct multicall_entry e;
	unsigned long arg[HYPERCALL_ARGS];
	long rc;

	if (copy_from_guest_offset(&e, list, i, 1))
		return -EFAULT;
	/* iret loads the registers that this call still has to return in. */
	if (e.op == __HYPERVISOR_multicall || e.op == __HYPERVISOR_iret) {
		rc = -EINVAL;
	} else {
		__builtin_memcpy(arg, e.args, sizeof(arg));
		if (unlikely(trace_on))
			trace_hypercall(TRC_PV_HYPERCALL_SUBCALL, e.op, arg);
		rc = hypercall_dispatch(e.op, arg);
	}
	if (hypercall_gave_way(e.op, rc)) {
		memcpy(e.args, arg, sizeof(arg));
		return copy_to_guest_offset(list, i, &e, 1) ? -EFAULT : -ERESTART;
	}
	e.result = rc;
	/* Guests need not align: no member of theirs is named. */
	if (copy_to_guest_raw((char *)(list.p + i) + offsetof(struct multicall_entry, result),
			&e.result, sizeof(e.result)))
		return -EFAULT;
	return 0;
}

long do_multicall(unsigned long arg[])
{
	XEN_GUEST_HANDLE(multicall_entry_t) list =
		guest_handle_from_arg(arg[0], multicall_entry_t);
	unsigned long nr = (uint32_t)arg[1], i;
	int rc = guest_pointer_ok((const void *)arg[0]) ? 0 : -EFAULT;

	for (i = 0; i < nr && !rc; i++) {
		rc = i && hypercall_preempt_check() ? -ERESTART : multicall_one(list, i);
		if (rc)
			break;
	}
	if (rc == -ERESTART) {
		arg[0] += i * sizeof(struct multicall_entry);
		arg[1] = nr - i;
	}
	return rc;
}
