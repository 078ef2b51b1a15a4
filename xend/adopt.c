/* SPDX-License-Identifier: GPL-2.0-only */
/* adopt.c: at start, taking up what an earlier xend left: domains that run go on under our care,
 * half-built and half-destroyed ones are taken away. */
#include "xend/device.h"
#include "xend/hvc.h"
#include "util/log.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t state_int(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : 0;
}

static bool state_bool(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

static const char *state_string(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "";
}

/* The domain with this uuid, whatever its id is now known to be. */
static const struct hv_dominfo *info_find(const struct hv_dominfo *list, unsigned int count,
	const struct domain *d)
{
	for (unsigned int i = 0; i < count; i++)
		if (!memcmp(list[i].uuid, d->uuid, sizeof(d->uuid)))
			return &list[i];
	return NULL;
}

static bool domid_taken(const struct hv_dominfo *list, unsigned int count, int64_t domid)
{
	for (unsigned int i = 0; i < count; i++)
		if (list[i].domid == domid)
			return true;
	return false;
}

static void adopt_running(struct domain *d)
{
	char why[600];
	int rc;

	d->state = DOM_RUNNING;
	if (d->dump_paused) {	/* for a core dump whose writer is gone */
		d->dump_paused = false;
		if (!d->admin_paused)
			d->core->ops->unpause(d->core->be, d->domid);
		state_save(d, STATE_RUNNING);
	}
	if (d->taking) {	/* it arrived, and its host was about to be told so */
		d->taking = false;
		d->core->ops->unpause(d->core->be, d->domid);
		receive_remember(d->core, d->token);
		state_save(d, STATE_RUNNING);
	}
	rc = console_connect(d->console, d->domid, d->built.console_mfn, d->console_port);
	if (rc)
		log_error("adopt", "%s (domain %u): no console: %s", d->cfg.name, d->domid,
			strerror(-rc));
	rc = hvcs_open(d, true, why, sizeof(why));
	if (rc)
		log_error("adopt", "%s (domain %u): %s", d->cfg.name, d->domid, why);
	rc = hvcs_start(d);
	if (rc)
		log_error("adopt", "%s (domain %u): cannot watch its consoles: %s", d->cfg.name, d->domid,
			strerror(-rc));
	log_info("adopt", "%s: domain %u runs on", d->cfg.name, d->domid);
}

static void adopt_one(struct domain *d, struct json_object *state, const struct hv_dominfo *list,
	unsigned int count)
{
	const struct hv_dominfo *info = info_find(list, count, d);
	const char *status = state_string(state, "status");
	int64_t domid = state_int(state, "domid");
	struct json_object *devices, *migrating;
	bool running;

	d->console_port = (uint32_t)state_int(state, "console_port");
	d->built.console_mfn = (uint64_t)state_int(state, "console_mfn");
	d->start_time = state_int(state, "start_time");
	d->last_restart = state_int(state, "last_restart");
	d->restart_count = state_int(state, "restart_count");
	d->preserved = state_bool(state, "preserved");
	d->halting = state_bool(state, "halting");
	d->dump_paused = state_bool(state, "dump_paused");
	d->taking = state_bool(state, "taking");
	d->admin_paused = state_bool(state, "admin_paused");
	d->exists = info != NULL;
	d->nodes = true;
	if (info)
		d->domid = info->domid;
	else if (domid > 0 && !domid_taken(list, count, domid))
		d->domid = (uint32_t)domid;	/* for the store nodes that it left */
	running = info && !info->dying && !strcmp(status, "running");
	if (!json_object_object_get_ex(state, "devices", &devices))
		devices = NULL;
	devices_load(d, devices, running);
	snprintf(d->token, sizeof(d->token), "%s", state_string(state, "token"));
	if (json_object_object_get_ex(state, "migrating", &migrating) && running)
		migrate_load(d, migrating);
	if (json_object_object_get_ex(state, "saving", NULL)) {
		if (*state_string(state, "saving"))
			unlink(state_string(state, "saving"));
		d->unsuspend = true;
	}
	if (running) {
		adopt_running(d);
		return;
	}
	log_info("adopt", "%s: was %s when xend ended, and is %s: cleaning up", d->cfg.name, status,
		info ? "there" : "gone");
	teardown_start(d);
}

static int state_read(const char *path, struct json_object **ret_state)
{
	struct json_object *o = json_object_from_file(path);

	if (!o || !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return -EINVAL;
	}
	*ret_state = o;
	return 0;
}

/* A file that cannot be understood is moved aside, never deleted: somebody may want to see it. */
static void adopt_bad(const char *path, const char *why)
{
	char *aside;

	log_error("adopt", "%s: %s: moved aside", path, why);
	if (asprintf(&aside, "%s.bad", path) < 0)
		return;
	if (rename(path, aside) < 0)
		log_error("adopt", "%s: %s", aside, strerror(errno));
	free(aside);
}

static void adopt_file(struct core *core, const char *path, const struct hv_dominfo *list,
	unsigned int count)
{
	struct json_object *state = NULL, *json;
	struct dom_config config = { 0 };
	struct domain *d;
	char why[256] = "not a state file";
	int rc = state_read(path, &state);

	if (!rc && !json_object_object_get_ex(state, "config", &json))
		rc = -EINVAL;
	if (!rc)
		rc = config_from_json(json, &config, why, sizeof(why));
	if (!rc)
		rc = domain_new(core, &config, true, &d);
	if (rc)
		adopt_bad(path, why);
	else
		adopt_one(d, state, list, count);
	config_clear(&config);
	json_object_put(state);
}

int adopt_all(struct core *core)
{
	struct hv_dominfo *list;
	unsigned int count;
	char path[4096];
	struct dirent *e;
	DIR *dir;
	size_t len;
	int rc = core_list(core, &list, &count);

	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%s/running", core->opt.state_dir);
	dir = opendir(path);
	if (!dir) {
		rc = -errno;
		free(list);
		return rc;
	}
	while ((e = readdir(dir))) {
		len = strlen(e->d_name);
		snprintf(path, sizeof(path), "%s/running/%s", core->opt.state_dir, e->d_name);
		if (len > 5 && !strcmp(e->d_name + len - 5, ".json"))
			adopt_file(core, path, list, count);
		else if (len > 4 && !strcmp(e->d_name + len - 4, ".new"))
			unlink(path);	/* a write that kill -9 cut short */
	}
	closedir(dir);
	free(list);
	return 0;
}
