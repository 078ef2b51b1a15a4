/* SPDX-License-Identifier: GPL-2.0-only */
/* suspend.c: suspended domains: images that xend itself keeps, STATE_DIR/suspended/UUID.img.
 *
 * One that is being resumed is called UUID.resuming: removed when the domain runs, and an image again
 * if it does not come to that; by the next xend, too. So a guest that has run on is never resumed
 * from an older state. */
#include "xend/api.h"
#include "util/log.h"
#include "util/savefile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IMAGE	 ".img"
#define RESUMING ".resuming"
#define PART	 ".img.part"

static char *image_path(const struct core *core, const char *uuid, const char *suffix)
{
	char *path;

	return asprintf(&path, "%s/suspended/%s%s", core->opt.state_dir, uuid, suffix) < 0 ? NULL : path;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && !strcmp(name + len - n, suffix);
}

/* An image of the folder: its descriptor stands behind the configuration. */
struct suspended {
	char uuid[UUID_TEXT];
	int fd;
	struct json_object *config;
	struct stat st;
};

static void suspended_clear(struct suspended *s)
{
	json_object_put(s->config);
	if (s->fd >= 0)
		close(s->fd);
}

static int suspended_open(const struct core *core, const char *file, struct suspended *s)
{
	struct savefile im;
	char *path;
	int rc = -EINVAL;

	*s = (struct suspended){ .fd = -1 };
	if (snprintf(s->uuid, sizeof(s->uuid), "%.*s", (int)(strlen(file) - strlen(IMAGE)), file) !=
	    UUID_TEXT - 1)
		return -EINVAL;
	path = image_path(core, s->uuid, IMAGE);
	s->fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (s->fd >= 0 && fstat(s->fd, &s->st) == 0 && savefile_open(&im, s->fd) == 0) {
		s->config = json_tokener_parse(im.config);
		rc = json_object_is_type(s->config, json_type_object) ? 0 : -EINVAL;
		savefile_clear(&im);
	}
	if (rc) {
		log_error("suspend", "%s: not an image that can be read", path ? path : file);
		suspended_clear(s);
	}
	free(path);
	return rc;
}

/* Each image until one is taken (fn returns true: it keeps what is in it). */
static bool suspended_each(struct core *core, bool (*fn)(struct suspended *s, void *arg), void *arg)
{
	char *path = image_path(core, "", "");
	DIR *dir = path ? opendir(path) : NULL;
	struct suspended s;
	struct dirent *e;
	bool taken = false;

	free(path);
	while (dir && !taken && (e = readdir(dir))) {
		if (!ends_with(e->d_name, IMAGE) || suspended_open(core, e->d_name, &s))
			continue;
		taken = fn(&s, arg);
		if (!taken)
			suspended_clear(&s);
	}
	if (dir)
		closedir(dir);
	return taken;
}

static const char *config_name(struct json_object *config)
{
	struct json_object *v;

	return json_object_object_get_ex(config, "name", &v) ? json_object_get_string(v) : "";
}

struct find {
	const char *ref;
	struct suspended found;
};

static bool is_it(struct suspended *s, void *arg)
{
	struct find *f = arg;

	if (strcasecmp(f->ref, s->uuid) && strcmp(f->ref, config_name(s->config)))
		return false;
	f->found = *s;
	return true;
}

/* The image that the "domain" parameter names; on failure the call has been answered. */
static int find_image(struct rpc_call *call, struct json_object *params, struct suspended *ret)
{
	struct find f = { 0 };
	struct json_object *ref = NULL;

	json_object_object_get_ex(params, "domain", &ref);
	f.ref = json_object_get_string(ref);
	if (suspended_each(rpc_call_arg(call), is_it, &f)) {
		*ret = f.found;
		return 0;
	}
	rpc_error(call, RPC_NO_DOMAIN, ENOENT, f.ref, "no domain '%.255s' is suspended", f.ref);
	return -ENOENT;
}

/* ---- what happens to an image ------------------------------------------------------------------ */

static int image_rename(const struct core *core, const char *uuid, const char *from, const char *to)
{
	char *a = image_path(core, uuid, from), *b = image_path(core, uuid, to);
	int rc = !a || !b ? -ENOMEM : rename(a, b) < 0 ? -errno : 0;

	if (rc)
		log_error("suspend", "%s: %s", a ? a : uuid, strerror(-rc));
	free(a);
	free(b);
	return rc;
}

static void image_remove(const struct core *core, const char *uuid, const char *suffix)
{
	char *path = image_path(core, uuid, suffix);

	if (path && unlink(path) < 0 && errno != ENOENT)
		log_error("suspend", "%s: %s", path, strerror(errno));
	free(path);
}

void suspend_resumed(struct domain *d, bool runs)
{
	if (!d->resuming)
		return;
	d->resuming = false;
	if (runs)
		image_remove(d->core, d->cfg.uuid, RESUMING);
	else
		image_rename(d->core, d->cfg.uuid, RESUMING, IMAGE);
}

static bool runs(const struct core *core, const char *uuid)
{
	struct domain *d;

	TAILQ_FOREACH(d, &core->domains, link)
		if (!strcmp(d->cfg.uuid, uuid) && d->state == DOM_RUNNING)
			return true;
	return false;
}

void suspend_adopt(struct core *core)
{
	char *path = image_path(core, "", ""), uuid[UUID_TEXT];
	DIR *dir = path ? opendir(path) : NULL;
	struct dirent *e;

	free(path);
	while (dir && (e = readdir(dir))) {
		snprintf(uuid, sizeof(uuid), "%.*s", UUID_TEXT - 1, e->d_name);
		if (ends_with(e->d_name, PART))
			image_remove(core, uuid, PART);
		else if (ends_with(e->d_name, RESUMING) && runs(core, uuid))
			image_remove(core, uuid, RESUMING);
		else if (ends_with(e->d_name, RESUMING))
			image_rename(core, uuid, RESUMING, IMAGE);
	}
	if (dir)
		closedir(dir);
}

/* ---- methods ----------------------------------------------------------------------------------- */

void api_suspend(struct rpc_call *call, struct json_object *params)
{
	struct save_options o = { .fd = -1, .compress = param_bool(params, "compress") };
	struct domain_ref r;
	char *path;

	if (api_save_target(call, params, "save", &r))
		return;
	path = image_path(r.d->core, r.d->cfg.uuid, IMAGE);
	if (path && access(path, F_OK) == 0) {
		rpc_error(call, RPC_EXISTS, EEXIST, r.d->cfg.name, "domain %s: suspend: a suspended domain"
			" has its uuid (resume that, or delete it)", r.d->cfg.name);
	} else if (path) {
		o.file = path;
		save_start(r.d, call, &o);
	} else {
		rpc_error(call, RPC_FAILED, ENOMEM, r.d->cfg.name, "domain %s: suspend: out of memory",
			r.d->cfg.name);
	}
	free(path);
}

void api_resume(struct rpc_call *call, struct json_object *params)
{
	struct suspended s;
	struct domain *d;

	if (find_image(call, params, &s))
		return;
	d = api_restore_new(call, s.config, s.fd, SAVEFILE_OURS);
	s.fd = -1;	/* taken, or closed */
	if (d && image_rename(d->core, d->cfg.uuid, IMAGE, RESUMING)) {
		rpc_error(call, RPC_FAILED, EIO, d->cfg.name, "domain %s: resume: its image cannot be "
			"renamed", d->cfg.name);
		domain_free(d);
	} else if (d) {
		d->resuming = true;
		d->creator = call;
		d->start_paused = param_bool(params, "paused");
		log_info("suspend", "%s: resumed", d->cfg.name);
		create_start(d);
	}
	suspended_clear(&s);
}

void api_delete(struct rpc_call *call, struct json_object *params)
{
	struct suspended s;

	if (find_image(call, params, &s))
		return;
	log_info("suspend", "%s: its image is deleted", config_name(s.config));
	image_remove(rpc_call_arg(call), s.uuid, IMAGE);
	suspended_clear(&s);
	rpc_result(call, json_object_new_object());
}

static bool add_row(struct suspended *s, void *arg)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(config_name(s->config)));
	json_object_object_add(o, "uuid", json_object_new_string(s->uuid));
	json_object_object_add(o, "bytes", json_object_new_int64(s->st.st_size));
	json_object_object_add(o, "since", json_object_new_int64(s->st.st_mtime));
	json_object_object_add(o, "config", json_object_get(s->config));
	json_object_array_add(arg, o);
	return false;
}

void api_suspended(struct rpc_call *call, struct json_object *params)
{
	struct json_object *list = json_object_new_array();

	suspended_each(rpc_call_arg(call), add_row, list);
	rpc_result(call, list);
}
