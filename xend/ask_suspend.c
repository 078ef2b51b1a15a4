/* SPDX-License-Identifier: GPL-2.0-only */
/* ask_suspend.c: a guest is asked to suspend itself, for a save or a migration, and goes on afterwards or
 * when nobody wants it any more. life.c sees that it has. */
#include "xend/domain.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_S 60	/* for the guest to suspend itself */

static void told(void *arg, int err, struct store_batch *b)
{
	if (err)
		log_warn("save", "%s: %s", store_batch_what(b), strerror(-err));
	store_batch_free(b);
}

/* Nobody waits for an answer. */
static struct store_batch *tell_batch(void)
{
	return store_batch_new(true, told, NULL);
}

int suspend_go_on(struct domain *d, bool paused)
{
	struct store_batch *b;
	int rc = paused ? d->core->ops->pause(d->core->be, d->domid) : 0;

	if (!rc)
		rc = d->core->ops->resume(d->core->be, d->domid);
	if (rc) {
		log_error("save", "%s: domain %u cannot be resumed: %s", d->cfg.name, d->domid,
			strerror(-rc));
		return rc;
	}
	d->admin_paused |= paused;
	d->unsuspend = false;
	b = store_batch_new(false, told, NULL);
	if (b) {
		store_resume(b, d->domid);
		d->core->ops->store(d->core->be, b);
	}
	return 0;
}

bool suspend_unwanted(struct domain *d)
{
	if (!d->unsuspend)
		return false;
	log_info("save", "%s: suspended for nobody any more: resumed", d->cfg.name);
	return suspend_go_on(d, false) == 0;
}

void suspend_withdraw(struct domain *d)
{
	struct store_batch *b = tell_batch();

	if (b) {
		store_write(b, "", "/local/domain/%u/control/shutdown", d->domid);
		d->core->ops->store(d->core->be, b);
	}
	d->unsuspend = true;	/* if it does so after all */
}

void suspend_over(struct domain *d)
{
	if (d->asking.timer)
		event_free(d->asking.timer);
	d->asking.timer = NULL;
	d->asking.failed = NULL;
}

static void give_up(struct domain *d, int err, const char *text)
{
	void (*failed)(struct domain *, int, const char *) = d->asking.failed;

	suspend_over(d);
	if (failed)
		failed(d, err, text);
}

static void too_late(evutil_socket_t fd, short what, void *arg)
{
	char text[96];

	snprintf(text, sizeof(text), "the guest did not suspend itself within %d s", PATIENCE_S);
	suspend_withdraw(arg);
	give_up(arg, -ETIMEDOUT, text);
}

static void asked(void *arg, int err, struct store_batch *b)
{
	struct domain *d = arg;

	store_batch_free(b);
	d->store_busy = false;
	if (d->core->exiting)
		return;
	if (d->state == DOM_TEARDOWN)
		teardown_advance(d);
	else if (err)
		give_up(d, err, "cannot write control/shutdown");
}

int suspend_ask(struct domain *d, void (*failed)(struct domain *d, int err, const char *text))
{
	static const struct timeval patience = { PATIENCE_S, 0 };
	struct store_batch *b = d->store_busy ? NULL : store_batch_new(true, asked, d);

	suspend_over(d);
	d->asking.timer = b ? evtimer_new(d->core->base, too_late, d) : NULL;
	if (!d->asking.timer || evtimer_add(d->asking.timer, &patience)) {
		store_batch_free(b);
		suspend_over(d);
		return d->store_busy ? -EBUSY : -ENOMEM;
	}
	d->asking.failed = failed;
	d->unsuspend = false;
	store_write(b, "suspend", "/local/domain/%u/control/shutdown", d->domid);
	d->store_busy = true;
	d->core->ops->store(d->core->be, b);
	return 0;
}
