/* SPDX-License-Identifier: GPL-2.0-only */
/* api_create.c: domain.create and domain.restore: everything that can be refused is refused before anything is made. */
#include "xend/api.h"
#include "xend/device.h"
#include "util/savefile.h"
#include "util/log.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int check_unique(struct core *core, const struct dom_config *c, char *why, size_t size)
{
	struct domain *d;
	struct foreign *f;
	uint8_t uuid[16];

	uuid_parse(c->uuid, uuid);
	TAILQ_FOREACH(d, &core->domains, link) {
		if (!memcmp(d->uuid, uuid, sizeof(uuid)))
			snprintf(why, size, "uuid %s is that of domain %s", c->uuid, d->cfg.name);
		else if (core_find_name(core, c->name) == d)
			snprintf(why, size, "a domain of that name exists (id %d)", (int)d->domid);
		else
			continue;
		return -EEXIST;
	}
	TAILQ_FOREACH(f, &core->foreigns, link) {
		if (memcmp(f->uuid, uuid, sizeof(uuid)) && (!f->name || strcmp(f->name, c->name)))
			continue;
		snprintf(why, size, "a domain of that name or uuid exists (id %u)", f->domid);
		return -EEXIST;
	}
	return 0;
}

static const char *config_name(struct json_object *json)
{
	struct json_object *v;

	if (json_object_object_get_ex(json, "name", &v) && json_object_is_type(v, json_type_string))
		return json_object_get_string(v);
	return "(no name)";
}

int create_verify(struct core *core, struct json_object *json, bool restore, struct dom_config *ret_config,
	enum rpc_code *ret_code, char *why, size_t size)
{
	char text[4400] = "";
	int rc = config_from_json(json, ret_config, text, sizeof(text));

	*ret_code = RPC_PARAMS;
	if (rc) {
		snprintf(why, size, "configuration: %.500s", text);
		return rc;
	}
	rc = devices_check(ret_config, text, sizeof(text));
	if (!rc) {
		life_scan(core);
		rc = check_unique(core, ret_config, text, sizeof(text));
		*ret_code = rc ? RPC_EXISTS : RPC_FAILED;
	}
	if (!rc && !core->store_up) {
		rc = -ENOTCONN;
		snprintf(text, sizeof(text), "xenstored does not answer (is it running?)");
	}
	if (!rc && !restore)	/* its kernel is in its memory */
		rc = config_check_host(ret_config, text, sizeof(text));
	if (!rc && ret_config->vfb && json_object_array_length(ret_config->vfb))
		rc = core->ops->vfb_check(core->be, core->opt.qemu, text, sizeof(text));
	if (!rc)
		rc = memory_check(core, ret_config, text, sizeof(text));
	if (rc)
		snprintf(why, size, "%.700s", text);
	return rc;
}

/* All checks; 0, or the call was answered. */
static int create_check(struct rpc_call *call, struct json_object *json, bool restore,
	struct dom_config *config)
{
	const char *name = config_name(json);
	enum rpc_code code;
	char why[800] = "";
	int rc = create_verify(rpc_call_arg(call), json, restore, config, &code, why, sizeof(why));

	if (rc)
		rpc_error(call, code, rc, name, "domain %.64s: %s", name, why);
	return rc;
}

/* What create would have made. */
static struct json_object *dry_result(const struct dom_config *config)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(config->name));
	json_object_object_add(o, "uuid", json_object_new_string(config->uuid));
	json_object_object_add(o, "domid", json_object_new_int(-1));
	json_object_object_add(o, "status", json_object_new_string("new"));
	json_object_object_add(o, "config", config_to_json(config));
	return o;
}

void api_create(struct rpc_call *call, struct json_object *params)
{
	struct core *core = rpc_call_arg(call);
	struct dom_config config;
	struct json_object *json;
	struct domain *d;
	int rc;

	json_object_object_get_ex(params, "config", &json);
	if (create_check(call, json, false, &config)) {
		config_clear(&config);
		return;
	}
	if (param_bool(params, "dry_run")) {
		rpc_result(call, dry_result(&config));
		config_clear(&config);
		return;
	}
	rc = domain_new(core, &config, false, &d);
	if (rc) {
		rpc_error(call, RPC_FAILED, rc, config.name, "domain %s: %s", config.name,
			strerror(-rc));
		config_clear(&config);
		return;
	}
	d->creator = call;
	d->start_paused = param_bool(params, "paused");
	create_start(d);
}

/* Takes a descriptor of the client's process: it has opened the file with its own rights. */
int api_peer_fd(struct rpc_call *call, int64_t fd)
{
	int pidfd, copy, rc;

	if (fd < 0 || fd > INT_MAX)
		return -EBADF;
	pidfd = (int)syscall(SYS_pidfd_open, rpc_call_peer(call)->pid, 0);
	if (pidfd < 0)
		return -errno;
	copy = (int)syscall(SYS_pidfd_getfd, pidfd, (int)fd, 0);
	rc = copy < 0 ? -errno : copy;
	close(pidfd);
	return rc;
}

struct domain *api_restore_new(struct rpc_call *call, struct json_object *json, int fd, int format)
{
	struct core *core = rpc_call_arg(call);
	struct dom_config config;
	struct domain *d;
	int rc = create_check(call, json, true, &config);

	if (!rc) {
		rc = fd < 0 ? fd : domain_new(core, &config, false, &d);
		if (rc)
			rpc_error(call, RPC_FAILED, rc, config.name, "domain %s: restore: %s%s",
				config.name, fd < 0 ? "the image's descriptor: " : "", strerror(-rc));
	}
	if (rc) {
		config_clear(&config);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	d->restore_fd = fd;
	d->restore_format = format;
	return d;
}

void api_restore(struct rpc_call *call, struct json_object *params)
{
	const char *format = param_string(params, "format");
	struct json_object *json;
	struct domain *d;

	json_object_object_get_ex(params, "config", &json);
	d = api_restore_new(call, json, api_peer_fd(call, param_int(params, "fd", -1)),
		format && !strcmp(format, "xl") ? SAVEFILE_XL : SAVEFILE_OURS);
	if (!d)
		return;
	d->creator = call;
	d->start_paused = param_bool(params, "paused");
	log_info("create", "%s: restored from an image", d->cfg.name);
	create_start(d);
}
