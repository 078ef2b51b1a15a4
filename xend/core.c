/* SPDX-License-Identifier: GPL-2.0-only */
/* core.c: the daemon's one instance: start and end, looking domains up. */
#include "xend/domain.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LIST_CHUNK 64
#define SCAN_PAUSE 5	/* seconds between looks while no store tells us of changes */

/* The constant members form a plain array of pointers: all must be there. */
bool backend_check(const struct backend_ops *ops)
{
	void *const *p = (void *const *)(const void *)ops;

	for (size_t i = 0; i < sizeof(*ops) / sizeof(*p); i++)
		if (!p[i])
			return false;
	return true;
}

int core_list(struct core *core, struct hv_dominfo **ret_list, unsigned int *ret_count)
{
	struct hv_dominfo *list = NULL, *grown;
	unsigned int count = 0;
	uint32_t first = 0;
	int n;

	do {
		grown = reallocarray(list, count + LIST_CHUNK, sizeof(*list));
		if (!grown) {
			free(list);
			return -ENOMEM;
		}
		list = grown;
		n = core->ops->list(core->be, first, list + count, LIST_CHUNK);
		if (n < 0) {
			free(list);
			return n;
		}
		count += (unsigned int)n;
		if (n)
			first = list[count - 1].domid + 1;
	} while (n == LIST_CHUNK);
	*ret_list = list;
	*ret_count = count;
	return 0;
}

int core_getinfo(struct core *core, uint32_t domid, struct hv_dominfo *ret_info)
{
	struct hv_dominfo info;
	int n = core->ops->list(core->be, domid, &info, 1);

	if (n < 0)
		return n;
	if (n == 0 || info.domid != domid)
		return -ESRCH;
	*ret_info = info;
	return 0;
}

struct domain *core_find_name(struct core *core, const char *name)
{
	struct domain *d;

	TAILQ_FOREACH(d, &core->domains, link)
		if (!strcmp(d->cfg.name, name) && (d->state != DOM_TEARDOWN || d->restart))
			return d;
	return NULL;
}

static struct domain *find_ours(struct core *core, const char *text, int64_t domid)
{
	struct domain *d, *dying = NULL;

	TAILQ_FOREACH(d, &core->domains, link) {
		if (domid >= 0 ? d->domid != (uint32_t)domid || domid >= DOMID_NONE
			       : strcmp(d->cfg.name, text) && strcmp(d->cfg.uuid, text))
			continue;
		if (d->state != DOM_TEARDOWN)
			return d;
		dying = d;
	}
	return dying;
}

static struct foreign *find_foreign(struct core *core, const char *text, int64_t domid)
{
	struct foreign *f;
	char uuid[UUID_TEXT];

	TAILQ_FOREACH(f, &core->foreigns, link) {
		uuid_format(f->uuid, uuid);
		if (domid >= 0 ? f->domid == (uint32_t)domid
			       : (f->name && !strcmp(f->name, text)) || !strcmp(uuid, text))
			return f;
	}
	return NULL;
}

static int64_t ref_domid(struct json_object *ref, const char *text)
{
	if (json_object_is_type(ref, json_type_int))
		return json_object_get_int64(ref) < 0 ? DOMID_NONE : json_object_get_int64(ref);
	if (*text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 10)
		return strtoll(text, NULL, 10);
	return -1;
}

static int found(struct core *core, struct domain_ref *r)
{
	uint32_t id = r->d ? r->d->domid : r->foreign->domid;

	r->live = id != DOMID_NONE && core_getinfo(core, id, &r->info) == 0;
	return 0;
}

int core_find_ours(struct core *core, struct json_object *ref, struct domain_ref *ret_ref)
{
	const char *text = json_object_get_string(ref);

	*ret_ref = (struct domain_ref){ .d = find_ours(core, text, ref_domid(ref, text)) };
	return ret_ref->d ? found(core, ret_ref) : -ENOENT;
}

int core_find(struct core *core, struct json_object *ref, struct domain_ref *ret_ref)
{
	const char *text = json_object_get_string(ref);

	if (core_find_ours(core, ref, ret_ref) == 0)
		return 0;
	life_scan(core);	/* domains of others come without notice */
	ret_ref->foreign = find_foreign(core, text, ref_domid(ref, text));
	return ret_ref->foreign ? found(core, ret_ref) : -ENOENT;
}

const char *ref_name(const struct domain_ref *ref)
{
	if (ref->d)
		return ref->d->cfg.name;
	return ref->foreign->name ? ref->foreign->name : "(unknown)";
}

static void dom0_written(void *arg, int err, struct store_batch *b)
{
	if (err && err != -ECANCELED)
		log_warn("store", "cannot write dom0's nodes: %s", strerror(-err));
	store_batch_free(b);
}

/* What other tools look for; a new store has nothing. */
static void dom0_nodes(struct core *core)
{
	struct store_batch *b = store_batch_new(true, dom0_written, NULL);

	if (!b)
		return;
	store_write(b, "0", "/local/domain/0/domid");
	store_write(b, "Domain-0", "/local/domain/0/name");
	store_write(b, "Pool-0", "/local/pool/0/name");
	core->ops->store(core->be, b);
}

static void core_scan(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval pause = { SCAN_PAUSE, 0 };
	struct core *core = arg;

	if (core->store_up && !core->dom0_written)
		dom0_nodes(core);
	core->dom0_written = core->store_up;
	life_scan(core);
	if (!core->store_up)
		event_add(core->scan_event, &pause);
}

static void core_event(void *arg, enum backend_event what)
{
	struct core *core = arg;

	if (what == BE_STORE_UP)
		log_info("store", "connected");
	if (what == BE_STORE_DOWN)
		log_warn("store", "the connection to xenstored is lost; waiting for it");
	if (what != BE_DOMAINS_CHANGED)
		core->store_up = what == BE_STORE_UP;
	if (core->scan_event)
		event_active(core->scan_event, EV_TIMEOUT, 0);
}

static int make_dirs(const struct core_options *opt, char *why, size_t size)
{
	const char *const dirs[][2] = {
		{ opt->state_dir, "" }, { opt->state_dir, "/running" },
		{ opt->state_dir, "/suspended" },
		{ opt->log_dir, "" }, { opt->log_dir, "/console" },
	};
	char path[4096];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", dirs[i][0], dirs[i][1]);
		if (mkdir(path, 0700) < 0 && errno != EEXIST) {
			snprintf(why, size, "cannot make %.3000s: %s", path, strerror(errno));
			return -errno;
		}
	}
	return 0;
}

static int core_open(struct core *core, char *why, size_t size)
{
	char path[4096];
	int rc;

	rc = make_dirs(&core->opt, why, size);
	if (rc)
		return rc;
	core->scan_event = event_new(core->base, -1, 0, core_scan, core);
	if (!core->scan_event)
		return -ENOMEM;
	rc = core->ops->open(core->base, core_event, core, &core->be, why, size);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%s/console", core->opt.log_dir);
	rc = console_service_new(core->base, core->ops, core->be, path, &core->opt.console,
		&core->consoles);
	if (rc) {
		snprintf(why, size, "console service: %s", strerror(-rc));
		return rc;
	}
	memory_init(core);
	rc = adopt_all(core);
	if (!rc)
		suspend_adopt(core);
	if (rc)
		snprintf(why, size, "cannot take up the running domains: %s", strerror(-rc));
	return rc;
}

static void core_conn_closed(void *arg, struct rpc_conn *conn)
{
	subscriber_closed(arg, conn);
}

static int core_listen(struct core *core, char *why, size_t size)
{
	struct rpc_server_config config = {
		.base = core->base, .path = core->opt.socket, .methods = api_methods, .arg = core,
		.check_owner = api_check_owner, .closed = core_conn_closed,
	};
	int rc = rpc_server_new(&config, &core->rpc);

	if (rc)
		snprintf(why, size, "cannot listen on %s: %s", core->opt.socket, strerror(-rc));
	return rc;
}

int core_new(struct event_base *base, const struct backend_ops *ops,
	const struct core_options *options, struct core **ret_core, char *why, size_t size)
{
	struct core *core = calloc(1, sizeof(*core));
	int rc;

	if (!core)
		return -ENOMEM;
	core->base = base;
	core->ops = ops;
	core->opt = *options;
	TAILQ_INIT(&core->domains);
	TAILQ_INIT(&core->foreigns);
	TAILQ_INIT(&core->subscribers);
	TAILQ_INIT(&core->image_ops);
	TAILQ_INIT(&core->incomings);
	rc = backend_check(ops) ? core_open(core, why, size) : -EINVAL;
	if (!rc)
		rc = core_listen(core, why, size);
	if (!rc)
		rc = migrate_listen(core, &core->listener, why, size);
	if (rc) {
		core_free(core);
		return rc;
	}
	image_ops_init(core);
	life_scan(core);
	core_network_start(core);
	*ret_core = core;
	return 0;
}

void core_reopen_logs(struct core *core)
{
	console_service_reopen(core->consoles);
}

void core_free(struct core *core)
{
	if (!core)
		return;
	core->exiting = true;
	if (core->be)
		core->ops->store_stop(core->be);
	migrate_listener_free(core->listener);
	receive_free_all(core);
	while (!TAILQ_EMPTY(&core->domains))
		domain_free(TAILQ_FIRST(&core->domains));
	console_service_free(core->consoles);
	core_network_stop(core);
	device_errors_stop(core);
	if (core->be)
		core->ops->close(core->be);
	image_ops_free(core);
	rpc_server_free(core->rpc);
	foreign_free_all(core);
	if (core->scan_event)
		event_free(core->scan_event);
	free(core);
}
