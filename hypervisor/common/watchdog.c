/* SPDX-License-Identifier: GPL-2.0-only */
/* watchdog.c: timers that shut a domain down unless it keeps putting them off.
 *
 * Locks: d->hypercall_lock guards which are in use. */
#include <hv/domain.h>
#include <hv/timer.h>
#include <asm/current.h>
#include <xen/sched.h>

#define NR_WATCHDOGS 2

struct domain_watchdogs {
	struct timer timer[NR_WATCHDOGS];
	bool in_use[NR_WATCHDOGS];
};

static void watchdog_expired(void *data)
{
	domain_shutdown(data, SHUTDOWN_watchdog);
}

/* Caller holds hypercall_lock from here on. A timeout of 0 is over at once. */
static int watchdog_new(struct domain_watchdogs *w, uint32_t timeout_s)
{
	unsigned int i;

	for (i = 0; i < NR_WATCHDOGS; i++) {
		if (!w->in_use[i]) {
			w->in_use[i] = true;
			timer_set(&w->timer[i], now() + SECONDS(timeout_s));
			return i + 1;
		}
	}
	return -ENOSPC;
}

static int watchdog_change(struct domain_watchdogs *w, unsigned int i, uint32_t timeout_s)
{
	if (!w->in_use[i])
		return -EINVAL;
	if (timeout_s == 0) {
		timer_stop(&w->timer[i]);
		w->in_use[i] = false;
	} else {
		timer_set(&w->timer[i], now() + SECONDS(timeout_s));
	}
	return 0;
}

/* The domain's watchdogs, made at the first use. */
static struct domain_watchdogs *watchdogs_get(struct domain *d)
{
	struct domain_watchdogs *w = READ_ONCE(d->watchdogs), *mine;
	unsigned int i;

	if (w)
		return w;
	mine = xzalloc(struct domain_watchdogs);
	if (!mine)
		return NULL;
	for (i = 0; i < NR_WATCHDOGS; i++)
		timer_init(&mine->timer[i], watchdog_expired, d, smp_processor_id());
	if (__atomic_compare_exchange_n(&d->watchdogs, &w, mine, false, __ATOMIC_SEQ_CST,
			__ATOMIC_SEQ_CST))
		return mine;
	for (i = 0; i < NR_WATCHDOGS; i++)
		timer_kill(&mine->timer[i]);
	xfree(mine);
	return w;
}

int domain_watchdog_set(struct domain *d, uint32_t id, uint32_t timeout_s)
{
	struct domain_watchdogs *w;
	int rc;

	if (id > NR_WATCHDOGS)
		return -EINVAL;
	w = watchdogs_get(d);
	if (!w)
		return -ENOMEM;
	spin_lock(&d->hypercall_lock);
	rc = id ? watchdog_change(w, id - 1, timeout_s) : watchdog_new(w, timeout_s);
	spin_unlock(&d->hypercall_lock);
	return rc;
}

void domain_watchdogs_destroy(struct domain *d)
{
	struct domain_watchdogs *w = d->watchdogs;
	unsigned int i;

	if (!w)
		return;
	d->watchdogs = NULL;
	for (i = 0; i < NR_WATCHDOGS; i++)
		timer_kill(&w->timer[i]);
	xfree(w);
}
