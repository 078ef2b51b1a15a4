/* SPDX-License-Identifier: GPL-2.0-only */
/* lock_order.h: lock levels. A CPU may take a lock only if its level is higher than that of every
 * lock it holds; debug builds check this. Two locks of one level: spin_lock_nested() with the
 * documented order (event channels and grants: lower domid first). */
#ifndef HV_LOCK_ORDER_H
#define HV_LOCK_ORDER_H

enum lock_level {
	LOCK_NONE,
	LOCK_SYSCTL,        /* one sysctl at a time */
	LOCK_DOMCTL,        /* one domctl at a time */
	LOCK_POOL,          /* the list of CPU pools */
	LOCK_PROF,          /* xenoprof: who takes part */
	LOCK_DOMLIST,       /* the list of domains */
	LOCK_HYPERCALL,     /* d->hypercall_lock: per-domain bookkeeping by domctl */
	LOCK_GRANT,         /* d->grant.lock */
	LOCK_PIRQ,          /* arch irq bookkeeping of one domain */
	LOCK_EVTCHN,        /* d->ev.lock; taken in interrupts: nothing under it allocates */
	LOCK_EVTCHN_FIFO,   /* v->fifo.lock; taken in interrupts; two of a domain: lower vcpu first */
	LOCK_IRQ_DESC,      /* arch: one interrupt line; taken in interrupts */
	LOCK_SHUTDOWN,      /* d->shutdown_lock */
	LOCK_PAGE_LIST,     /* d->page_lock: page lists and counts */
	LOCK_HV_MAP,        /* arch: the hypervisor's own page tables */
	LOCK_HEAP,          /* buddy allocator */
	LOCK_XMALLOC,       /* small allocations */
	LOCK_SCHED,         /* one run queue; taken in interrupts */
	LOCK_TIMER,         /* one CPU's timers; taken in interrupts */
	LOCK_LEAF,          /* nothing is taken below it but the console */
	LOCK_CONSOLE,
	LOCK_SERIAL,
	LOCK_TIME,          /* arch: platform counter; now() may be asked for under any lock */
};

#endif
