/* SPDX-License-Identifier: GPL-2.0-only */
/* api_image.c: methods about disk images. Making one takes minutes: a worker does it, and the call is
 * answered at its end; a client that goes away meanwhile changes nothing. */
#include "xend/api.h"
#include "xend/image.h"
#include "util/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct image_op {
	TAILQ_ENTRY(image_op) link;
	struct core *core;
	struct rpc_call *call;
	struct worker *worker;
	struct image_job job;
	char *name, *from;
};

static const char *folder(const struct core *core)
{
	return core->opt.image_dir ? core->opt.image_dir : "/var/lib/xen/images";
}

static struct image_op *op_find(struct core *core, const char *name)
{
	struct image_op *op;

	TAILQ_FOREACH(op, &core->image_ops, link)
		if (!strcmp(op->name, name) || (op->from && !strcmp(op->from, name)))
			return op;
	return NULL;
}

static void op_free(struct image_op *op)
{
	TAILQ_REMOVE(&op->core->image_ops, op, link);
	json_object_put(op->job.spec);
	free(op->name);
	free(op->from);
	free(op);
}

void image_ops_free(struct core *core)
{
	struct image_op *op;

	worker_abandon(core->image_cleaner);
	core->image_cleaner = NULL;
	while ((op = TAILQ_FIRST(&core->image_ops))) {
		worker_abandon(op->worker);
		op_free(op);
	}
}

static int clean_child(void *arg, struct worker_out *out)
{
	image_clean(folder(arg));
	return 0;
}

static void clean_done(void *arg, const struct worker_end *end)
{
	((struct core *)arg)->image_cleaner = NULL;
}

void image_ops_init(struct core *core)
{
	struct worker_job job = { .name = "image", .run = clean_child, .run_arg = core, .done = clean_done,
		.arg = core };

	if (image_set_aside(folder(core)))
		worker_start(core->base, &job, &core->image_cleaner);
}

static int make_child(void *arg, struct worker_out *out)
{
	const struct image_op *op = arg;
	char why[600] = "";
	int rc = image_make(&op->job, out, why, sizeof(why));

	if (rc && why[0])
		worker_why(out, why);
	return rc;
}

static void make_done(void *arg, const struct worker_end *end)
{
	struct image_op *op = arg;

	if (end->err) {
		log_warn("image", "%s: %s", op->name, end->text);
		rpc_error(op->call, RPC_FAILED, end->err, NULL, "image %s: %s", op->name, end->text);
	} else {
		log_info("image", "%s is made", op->name);
		rpc_result(op->call, image_describe(folder(op->core), op->name));
	}
	op_free(op);
}

static void op_start(struct rpc_call *call, const char *name, const char *from, struct json_object *spec)
{
	struct core *core = rpc_call_arg(call);
	struct image_op *op = calloc(1, sizeof(*op));
	struct worker_job job = { .name = "image", .run = make_child, .run_arg = op, .done = make_done, .arg = op };
	int rc = op ? 0 : -ENOMEM;

	if (op) {
		TAILQ_INSERT_TAIL(&core->image_ops, op, link);
		op->core = core;
		op->call = call;
		op->name = strdup(name);
		op->from = from ? strdup(from) : NULL;
		op->job = (struct image_job){ .dir = folder(core), .name = op->name, .from = op->from,
			.scripts = core->opt.script_dir ? core->opt.script_dir : "/etc/xen/scripts",
			.spec = spec ? json_object_get(spec) : json_object_new_object() };
		rc = op->name && (op->from || !from) ? worker_start(core->base, &job, &op->worker) : -ENOMEM;
	}
	if (!rc)
		return;
	rpc_error(call, RPC_FAILED, rc, NULL, "image %s: cannot start a worker process: %s", name, strerror(-rc));
	if (op)
		op_free(op);
}

/* Is the name one that a new image may have? Else the call was answered. */
static bool name_free(struct rpc_call *call, const char *name)
{
	struct core *core = rpc_call_arg(call);
	struct json_object *there;

	if (!image_name_ok(name)) {
		rpc_error(call, RPC_PARAMS, EINVAL, NULL, "image '%.80s': not a name: letters, digits and _-.+ "
			"only, %d at most", name, IMAGE_NAME_MAX);
		return false;
	}
	if (op_find(core, name)) {
		rpc_error(call, RPC_STATE, EBUSY, NULL, "image %s is being made or cloned", name);
		return false;
	}
	there = image_describe(folder(core), name);
	if (there)
		rpc_error(call, RPC_EXISTS, EEXIST, NULL, "image %s exists", name);
	json_object_put(there);
	return !there;
}

static bool is_there(struct rpc_call *call, const char *name)
{
	struct core *core = rpc_call_arg(call);
	struct json_object *there = image_describe(folder(core), name);

	if (!there)
		rpc_error(call, RPC_FAILED, ENOENT, NULL, "image '%.80s' does not exist", name);
	json_object_put(there);
	return there;
}

static struct json_object *spec_of(struct json_object *params)
{
	struct json_object *spec = NULL;

	json_object_object_get_ex(params, "image", &spec);
	return spec;
}

static bool spec_ok(struct rpc_call *call, const char *name, struct json_object *spec, bool clone)
{
	char why[400];

	if (!spec || !image_spec_check(spec, clone, why, sizeof(why)))
		return true;
	rpc_error(call, RPC_PARAMS, EINVAL, NULL, "image %s: %s", name, why);
	return false;
}

void api_image_create(struct rpc_call *call, struct json_object *params)
{
	const char *name = param_string(params, "name");
	struct json_object *spec = spec_of(params);

	if (name_free(call, name) && spec_ok(call, name, spec, false))
		op_start(call, name, NULL, spec);
}

/* The domain that may write to the image at this path, or NULL. */
static struct domain *writer(struct core *core, const char *path)
{
	struct disk_spec s;
	struct domain *d;
	char why[200];
	bool same;

	TAILQ_FOREACH(d, &core->domains, link) {
		for (size_t i = 0; d->cfg.disk && i < json_object_array_length(d->cfg.disk); i++) {
			if (disk_spec_parse(json_object_get_string(json_object_array_get_idx(d->cfg.disk, i)), &s,
				    why, sizeof(why)))
				continue;
			same = s.path && s.access != DISK_RO && !strcmp(s.path, path);
			disk_spec_clear(&s);
			if (same)
				return d;
		}
	}
	return NULL;
}

/* What is in use changes under the hands of who copies it. */
static bool not_in_use(struct rpc_call *call, const char *name)
{
	struct core *core = rpc_call_arg(call);
	struct json_object *o = image_describe(folder(core), name);
	struct domain *d = writer(core, image_text(o, "path"));

	json_object_put(o);
	if (d)
		rpc_error(call, RPC_STATE, EBUSY, NULL, "image %s is a disk of domain %s", name, d->cfg.name);
	else if (op_find(core, name))
		rpc_error(call, RPC_STATE, EBUSY, NULL, "image %s is being made or cloned", name);
	else
		return true;
	return false;
}

void api_image_clone(struct rpc_call *call, struct json_object *params)
{
	const char *name = param_string(params, "name"), *from = param_string(params, "from");
	struct json_object *spec = spec_of(params);

	if (name_free(call, name) && is_there(call, from) && not_in_use(call, from) &&
	    spec_ok(call, name, spec, true))
		op_start(call, name, from, spec);
}

void api_image_list(struct rpc_call *call, struct json_object *params)
{
	rpc_result(call, image_list(folder(rpc_call_arg(call))));
}

void api_image_delete(struct rpc_call *call, struct json_object *params)
{
	const char *name = param_string(params, "name");
	struct core *core = rpc_call_arg(call);
	char why[IMAGE_PATH_MAX + 200];
	int rc;

	if (!is_there(call, name) || !not_in_use(call, name))
		return;
	rc = image_delete(folder(core), name, why, sizeof(why));
	if (rc)
		rpc_error(call, rc == -EBUSY ? RPC_STATE : RPC_FAILED, rc, NULL, "image %s: %s", name, why);
	else
		rpc_result(call, NULL);
}

int image_check_write(struct core *core, const char *path, char *why, size_t size)
{
	char name[IMAGE_NAME_MAX + 1], other[IMAGE_NAME_MAX + 1];

	if (!image_of_path(folder(core), path, name))
		return 0;
	image_dependent(folder(core), name, other);
	if (!*other)
		return 0;
	snprintf(why, size, "image %s builds on %s, which may only be read", other, name);
	return -EBUSY;
}
