/* SPDX-License-Identifier: GPL-2.0-only */
/* hvc.c: a domain's further consoles: their nodes, and their backend's half of the handshake.
 *
 * The frontend's nodes are the guest's to write: what it says there is looked at a few times in a second
 * at most, and a ring or port that it does not have closes this console, nothing else. */
#include "xend/hvc.h"
#include "util/log.h"
#include "xend/channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xenbus.h>

#define LOOK_MS	  100		/* between two looks at what a guest says */
#define COMPLAIN  4		/* times that one domain's console is complained about in the log */
#define FRONTEND  "/local/domain/%u/device/console/%u"
#define BACKEND	  "/local/domain/0/backend/console/%u/%u"

struct hvc {
	struct domain *d;
	unsigned int number;
	struct hvc_spec spec;
	struct console *con;
	struct channel *channel;	/* NULL: a console */
	struct store_watch *watch;
	struct event *timer;		/* pending: no look before it is over */
	bool store_busy, changed;
	bool orphan;			/* d does not know it any more; freed when the store is done with it */
	bool connected;
	uint32_t ref, port;		/* of the ring that is connected */
	int told;			/* the state that we wrote last */
	unsigned int complaints;
};

static void hvc_look(struct hvc *h);

static void hvc_free(struct hvc *h)
{
	if (!h)
		return;
	if (h->watch)
		h->d->core->ops->unwatch(h->d->core->be, h->watch);
	if (h->timer)
		event_free(h->timer);
	h->watch = NULL;
	console_free(h->con);		/* before the channel, which it knows */
	channel_close(h->channel);
	hvc_spec_clear(&h->spec);
	h->orphan = h->store_busy;
	if (!h->orphan)
		free(h);
}

void hvcs_free(struct domain *d)
{
	for (unsigned int i = 0; i < d->hvc_count; i++)
		hvc_free(d->hvcs[i]);
	d->hvc_count = 0;
}

/* "web#1": no domain's name has this character. */
static int hvc_name(const struct hvc *h, const char *domain, char *buf, size_t size)
{
	return snprintf(buf, size, "%s#%u", domain, h->number) < (int)size ? 0 : -ENAMETOOLONG;
}

int hvcs_rename(struct domain *d, const char *name)
{
	char whole[CONFIG_NAME_MAX + 8];
	int rc = 0;

	for (unsigned int i = 0; !rc && i < d->hvc_count; i++) {
		rc = hvc_name(d->hvcs[i], name, whole, sizeof(whole));
		if (!rc)
			rc = console_rename(d->hvcs[i]->con, whole);
	}
	return rc;
}

/* ---- the handshake ------------------------------------------------------------------------------- */

static void hvc_done(struct hvc *h)
{
	h->store_busy = false;
	if (h->orphan)
		free(h);
	else if (h->d->core->exiting)
		;
	else if (h->d->state == DOM_TEARDOWN)
		teardown_advance(h->d);
	else if (h->changed)
		hvc_look(h);
}

static void told(void *arg, int err, struct store_batch *b)
{
	if (err && err != -ECANCELED)
		log_warn("console", "%s: %s", store_batch_what(b), strerror(-err));
	store_batch_free(b);
	hvc_done(arg);
}

/* True: a batch is under way. */
static bool hvc_tell(struct hvc *h, int state)
{
	struct store_batch *b;
	char text[8];

	if (h->told == state)
		return false;
	b = store_batch_new(false, told, h);
	if (!b)
		return false;
	h->told = state;
	snprintf(text, sizeof(text), "%d", state);
	store_write(b, text, BACKEND "/state", h->d->domid, h->number);
	h->store_busy = true;
	h->d->core->ops->store(h->d->core->be, b);
	return true;
}

static void hvc_disconnect(struct hvc *h)
{
	console_disconnect(h->con);
	h->connected = false;
}

/* A number as the guest wrote it; -1: it is none. */
static int64_t number(const char *text)
{
	char *end = NULL;
	unsigned long n = text && *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : UINT64_MAX;

	return n <= UINT32_MAX && !*end ? (int64_t)n : -1;
}

static int hvc_connect(struct hvc *h, const char *ref_text, const char *port_text)
{
	int64_t ref = number(ref_text), port = number(port_text);
	int rc;

	if (ref < 0 || port < 0)
		rc = -EINVAL;
	else if (h->connected && h->ref == ref && h->port == port)
		return 0;
	else
		rc = console_connect_granted(h->con, h->d->domid, (uint32_t)ref, (uint32_t)port);
	h->connected = !rc;
	if (rc && h->complaints < COMPLAIN) {
		h->complaints++;
		log_warn("console", "%s (domain %u): console %u: the guest's ring (grant %lld, port %lld): %s",
			h->d->cfg.name, h->d->domid, h->number, (long long)ref, (long long)port,
			strerror(-rc));
	}
	h->ref = (uint32_t)ref;
	h->port = (uint32_t)port;
	return rc;
}

/* What the guest's end has come to; the state that ours has then. */
static int hvc_follow(struct hvc *h, const char *state, const char *ref, const char *port)
{
	switch (number(state)) {
	case XenbusStateInitialised:
	case XenbusStateConnected:
		if (!hvc_connect(h, ref, port))
			return XenbusStateConnected;
		break;
	case XenbusStateClosing:
	case XenbusStateClosed:
		break;
	default:
		hvc_disconnect(h);
		return XenbusStateInitWait;
	}
	hvc_disconnect(h);
	return XenbusStateClosed;
}

static void looked(void *arg, int err, struct store_batch *b)
{
	struct hvc *h = arg;
	int state;

	/* After an error the watch fires again, when the store is back. */
	if (!err && !h->orphan && h->watch && !h->d->core->exiting) {
		state = hvc_follow(h, b->ops[0].value, b->ops[1].value, b->ops[2].value);
		if (hvc_tell(h, state)) {
			store_batch_free(b);
			return;
		}
	}
	store_batch_free(b);
	hvc_done(h);
}

static void hvc_look(struct hvc *h)
{
	static const struct timeval pause = { 0, LOOK_MS * 1000 };
	struct store_batch *b;

	h->changed = true;
	if (h->store_busy || !h->watch || evtimer_pending(h->timer, NULL))
		return;
	b = store_batch_new(false, looked, h);
	if (!b)
		return;
	h->changed = false;
	store_read(b, FRONTEND "/state", h->d->domid, h->number)->optional = true;
	store_read(b, FRONTEND "/ring-ref", h->d->domid, h->number)->optional = true;
	store_read(b, FRONTEND "/port", h->d->domid, h->number)->optional = true;
	h->store_busy = true;
	evtimer_add(h->timer, &pause);
	h->d->core->ops->store(h->d->core->be, b);
}

static void look_again(evutil_socket_t fd, short what, void *arg)
{
	struct hvc *h = arg;

	if (h->changed)
		hvc_look(h);
}

static void frontend_changed(void *arg)
{
	hvc_look(arg);
}

int hvcs_start(struct domain *d)
{
	char path[96];
	int rc = 0;

	for (unsigned int i = 0; !rc && i < d->hvc_count; i++) {
		struct hvc *h = d->hvcs[i];

		h->told = d->state == DOM_CREATING ? XenbusStateInitWait : -1;
		h->complaints = 0;
		snprintf(path, sizeof(path), FRONTEND "/state", d->domid, h->number);
		if (!h->watch)
			rc = d->core->ops->watch(d->core->be, path, frontend_changed, h, &h->watch);
	}
	return rc;
}

int hvcs_stop(struct domain *d)
{
	int rc = 0;

	for (unsigned int i = 0; i < d->hvc_count; i++) {
		struct hvc *h = d->hvcs[i];

		if (h->watch)
			d->core->ops->unwatch(d->core->be, h->watch);
		h->watch = NULL;
		evtimer_del(h->timer);
		hvc_disconnect(h);
		if (h->store_busy)
			rc = -EINPROGRESS;
	}
	return rc;
}

/* ---- their nodes --------------------------------------------------------------------------------- */

static void hvc_nodes(struct store_batch *b, const struct hvc *h)
{
	uint32_t domid = h->d->domid;
	char back[96], front[96];

	snprintf(back, sizeof(back), BACKEND, domid, h->number);
	snprintf(front, sizeof(front), FRONTEND, domid, h->number);
	nodes_device(b, domid, back, front, XenbusStateInitWait);	/* we are there */
	store_write(b, "vt100", "%s/protocol", back);
	store_write(b, "vt100", "%s/protocol", front);
	store_write(b, "xend", "%s/type", front);	/* neither xenconsoled's nor QEMU's */
	store_write(b, h->spec.kind == HVC_SOCKET ? "socket" : "pty", "%s/output", front);
	store_write(b, h->spec.kind == HVC_PTY ? channel_path(h->channel) : "", "%s/tty", front);
	if (h->spec.kind == HVC_CONSOLE)
		return;
	store_write(b, h->spec.name, "%s/name", front);
	store_write(b, h->spec.name, "%s/name", back);
	store_write(b, hvc_kind_name(h->spec.kind), "%s/connection", back);
	if (h->spec.path)
		store_write(b, h->spec.path, "%s/path", back);
}

void hvcs_nodes(struct store_batch *b, const struct domain *d)
{
	store_rm(b, "/local/domain/0/backend/console/%u", d->domid);
	for (unsigned int i = 0; i < d->hvc_count; i++)
		hvc_nodes(b, d->hvcs[i]);
}

/* A new pseudo-terminal has a new name. */
static void pty_written(void *arg, int err, struct store_batch *b)
{
	store_batch_free(b);
}

static void pty_write(const struct hvc *h)
{
	struct store_batch *b = store_batch_new(false, pty_written, NULL);

	if (!b)
		return;
	store_write(b, channel_path(h->channel), FRONTEND "/tty", h->d->domid, h->number);
	h->d->core->ops->store(h->d->core->be, b);
}

/* ---- from and for others ------------------------------------------------------------------------- */

static int hvc_new(struct domain *d, const char *text, bool channel, bool adopt, char *why, size_t size)
{
	struct console_how how = { .adopt = adopt, .main = d->console };
	struct hvc *h = calloc(1, sizeof(*h));
	char name[CONFIG_NAME_MAX + 8];
	int rc;

	snprintf(why, size, "out of memory");
	if (!h)
		return -ENOMEM;
	h->d = d;
	h->number = d->hvc_count + 1;
	rc = channel ? channel_spec_parse(text, &h->spec, why, size) : serial_spec_parse(text, &h->spec, why, size);
	how.no_log = h->spec.kind != HVC_CONSOLE;
	h->timer = evtimer_new(d->core->base, look_again, h);
	if (!rc && !h->timer)
		rc = -ENOMEM;
	if (!rc)
		rc = hvc_name(h, d->cfg.name, name, sizeof(name));
	if (!rc)
		rc = console_new(d->core->consoles, name, &how, &h->con);
	if (!rc && channel)
		rc = channel_open(d->core->base, h->con, &h->spec, &h->channel, why, size);
	if (rc) {
		hvc_free(h);
		return rc;
	}
	d->hvcs[d->hvc_count++] = h;
	if (adopt && h->spec.kind == HVC_PTY && d->domid != DOMID_NONE)
		pty_write(h);
	return 0;
}

static int hvcs_new(struct domain *d, struct json_object *list, bool channel, bool adopt, char *why, size_t size)
{
	size_t count = list ? json_object_array_length(list) : 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < count && d->hvc_count < HVC_MAX; i++)
		rc = hvc_new(d, json_object_get_string(json_object_array_get_idx(list, i)), channel, adopt,
			why, size);
	return rc;
}

int hvcs_open(struct domain *d, bool adopt, char *why, size_t size)
{
	int rc;

	for (unsigned int i = 0; i < d->hvc_count; i++)
		console_begin(d->hvcs[i]->con);
	if (d->hvc_count)
		return 0;
	rc = hvcs_new(d, d->cfg.serial, false, adopt, why, size);
	return rc ? rc : hvcs_new(d, d->cfg.channel, true, adopt, why, size);
}

struct console *domain_console(struct domain *d, int64_t number)
{
	if (!number)
		return d->console;
	return number > 0 && number <= d->hvc_count ? d->hvcs[number - 1]->con : NULL;
}

static void add_string(struct json_object *o, const char *key, const char *value)
{
	if (value)
		json_object_object_add(o, key, json_object_new_string(value));
}

struct json_object *hvcs_describe(const struct domain *d)
{
	struct json_object *list = json_object_new_array(), *o = json_object_new_object();

	json_object_object_add(o, "number", json_object_new_int(0));
	add_string(o, "connection", "console");
	json_object_object_add(o, "connected", json_object_new_boolean(console_connected(d->console)));
	add_string(o, "log", console_log_path(d->console));
	json_object_array_add(list, o);
	for (unsigned int i = 0; i < d->hvc_count; i++) {
		const struct hvc *h = d->hvcs[i];

		o = json_object_new_object();
		json_object_object_add(o, "number", json_object_new_int((int)h->number));
		add_string(o, "connection", hvc_kind_name(h->spec.kind));
		json_object_object_add(o, "connected", json_object_new_boolean(h->connected));
		add_string(o, "name", h->spec.name);
		add_string(o, "path", h->channel ? channel_path(h->channel) : NULL);
		add_string(o, "log", console_log_path(h->con));
		json_object_array_add(list, o);
	}
	return list;
}
