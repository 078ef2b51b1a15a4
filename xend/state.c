/* SPDX-License-Identifier: GPL-2.0-only */
/* state.c: writing the state file of a domain: replaced by rename, so always whole. */
#include "xend/device.h"
#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const status_names[] = {
	[STATE_BUILDING] = "building", [STATE_RUNNING] = "running", [STATE_DYING] = "dying",
};

static char *state_path(const struct domain *d, const char *suffix)
{
	char *path;

	if (asprintf(&path, "%s/running/%s.json%s", d->core->opt.state_dir, d->cfg.uuid,
		suffix) < 0)
		return NULL;
	return path;
}

static struct json_object *state_json(const struct domain *d, enum state_status status)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "status", json_object_new_string(status_names[status]));
	json_object_object_add(o, "domid", json_object_new_int64(
		d->domid == DOMID_NONE ? -1 : (int64_t)d->domid));
	json_object_object_add(o, "console_port", json_object_new_int64(d->console_port));
	json_object_object_add(o, "console_mfn",
		json_object_new_int64((int64_t)d->built.console_mfn));
	json_object_object_add(o, "start_time", json_object_new_int64(d->start_time));
	json_object_object_add(o, "last_restart", json_object_new_int64(d->last_restart));
	json_object_object_add(o, "restart_count", json_object_new_int64(d->restart_count));
	json_object_object_add(o, "preserved", json_object_new_boolean(d->preserved));
	json_object_object_add(o, "dump_paused", json_object_new_boolean(d->dump_paused));
	json_object_object_add(o, "admin_paused", json_object_new_boolean(d->admin_paused));
	json_object_object_add(o, "halting", json_object_new_boolean(d->halting));
	json_object_object_add(o, "devices", devices_save(d));
	if (d->migrate)
		json_object_object_add(o, "migrating", migrate_save(d));
	if (d->token[0])
		json_object_object_add(o, "token", json_object_new_string(d->token));
	json_object_object_add(o, "taking", json_object_new_boolean(d->taking));
	if (d->save)
		json_object_object_add(o, "saving", json_object_new_string(save_tmp(d)));
	json_object_object_add(o, "config", config_to_json(&d->cfg));
	return o;
}

static int file_write(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	if (n != (ssize_t)len)
		rc = n < 0 ? -errno : -ENOSPC;
	close(fd);
	return rc;
}

int state_save(const struct domain *d, enum state_status status)
{
	struct json_object *o = state_json(d, status);
	char *path = state_path(d, ""), *tmp = state_path(d, ".new");
	const char *text;
	size_t len;
	int rc = -ENOMEM;

	if (path && tmp) {
		text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN, &len);
		rc = file_write(tmp, text, len);
		if (!rc && rename(tmp, path) < 0)
			rc = -errno;
		if (rc)
			unlink(tmp);
	}
	if (rc)
		log_error("state", "%s: cannot write %s: %s", d->cfg.name, path ? path : "",
			strerror(-rc));
	free(path);
	free(tmp);
	json_object_put(o);
	return rc;
}

void state_remove(const struct domain *d)
{
	char *path = state_path(d, "");

	if (path && unlink(path) < 0 && errno != ENOENT)
		log_error("state", "%s: cannot remove %s: %s", d->cfg.name, path, strerror(errno));
	free(path);
}
