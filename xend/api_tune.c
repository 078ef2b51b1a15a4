/* SPDX-License-Identifier: GPL-2.0-only */
/* api_tune.c: methods that ask a running guest for something through its store nodes: vcpus, memory,
 * sysrq; and triggers and core dumps. The guest follows when it likes. */
#include "xend/api.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/domctl.h>

#define HOME	      "/local/domain/%u"
#define DOM0_MIN_KIB  (128 << 10)	/* below that Linux as dom0 soon kills processes */
#define MEMORY_MAX_KIB (INT64_C(1) << 40)

/* ---- answering when the store has it ------------------------------------------------------------ */

static void written(void *arg, int err, struct store_batch *b)
{
	struct rpc_call *call = arg;

	if (err)
		rpc_error(call, RPC_FAILED, err, NULL, "%s: store: %s: %s", rpc_call_method(call),
			store_batch_what(b), strerror(-err));
	else
		rpc_result(call, NULL);
	store_batch_free(b);
}

/* NULL: the call has been answered. */
static struct store_batch *batch_for(struct rpc_call *call)
{
	struct store_batch *b = store_batch_new(true, written, call);

	if (!b)
		rpc_error(call, RPC_FAILED, ENOMEM, NULL, "out of memory");
	return b;
}

static void write_number(struct store_batch *b, uint32_t domid, const char *node, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	store_write(b, text, HOME "/%s", domid, node);
}

/* ---- vcpus -------------------------------------------------------------------------------------- */

void api_set_vcpus(struct rpc_call *call, struct json_object *params)
{
	int64_t count = param_int(params, "vcpus", 0);
	struct core *core = rpc_call_arg(call);
	struct hv_host host = { 0 };
	struct store_batch *b;
	struct domain_ref r;

	if (api_live_target(call, params, &r))
		return;
	if (count < 1 || count > r.info.vcpus_max) {
		rpc_error(call, RPC_PARAMS, EINVAL, ref_name(&r), "domain %s: %lld vcpus: 1 to %u are "
			"possible", ref_name(&r), (long long)count, r.info.vcpus_max);
		return;
	}
	core->ops->host(core->be, &host);
	if (count > host.nr_cpus && !param_bool(params, "ignore_host")) {
		rpc_error(call, RPC_PARAMS, EINVAL, ref_name(&r), "domain %s: %lld vcpus are more than "
			"the machine's %u CPUs (ignore_host allows it)", ref_name(&r), (long long)count,
			host.nr_cpus);
		return;
	}
	b = batch_for(call);
	if (!b)
		return;
	for (unsigned int v = 0; v < r.info.vcpus_max; v++)
		store_write(b, v < count ? "online" : "offline", HOME "/cpu/%u/availability",
			r.info.domid, v);
	if (r.d) {
		r.d->cfg.vcpus = count;
		r.d->cfg.vcpu_avail = -1;
		state_save(r.d, STATE_RUNNING);
	}
	core->ops->store(core->be, b);
}

/* ---- memory ------------------------------------------------------------------------------------- */

struct memory_request {
	struct core *core;
	struct rpc_call *call;
	uint32_t domid;
	uint8_t uuid[16];
	uint64_t kib;
	bool max;		/* the limit, not the target */
};

static struct domain *request_own(const struct memory_request *req)
{
	struct domain *d;

	TAILQ_FOREACH(d, &req->core->domains, link)
		if (d->state == DOM_RUNNING && d->domid == req->domid &&
		    !memcmp(d->uuid, req->uuid, sizeof(d->uuid)))
			return d;
	return NULL;
}

static uint64_t number_or(const char *text, uint64_t otherwise)
{
	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

/* What the domain may have if nobody has said: what the hypervisor allows, at most the machine. */
static uint64_t natural_limit(struct core *core, const struct hv_dominfo *info)
{
	struct hv_host host = { 0 };

	core->ops->host(core->be, &host);
	return info->max_kib < host.total_kib ? info->max_kib : host.total_kib;
}

static void memory_remember(struct domain *d, const struct memory_request *req)
{
	int64_t mib = (int64_t)((req->kib + 1023) >> 10);

	if (req->max)
		d->cfg.maxmem_mib = mib;
	else
		d->cfg.memory_mib = mib;
	state_save(d, STATE_RUNNING);
}

/* Checks against the other of the two numbers; 0, or the call has been answered. */
static int memory_fits(const struct memory_request *req, const char *name, uint64_t target,
	uint64_t limit)
{
	if (req->max && req->kib < target)
		rpc_error(req->call, RPC_PARAMS, EINVAL, name, "domain %s: at most %" PRIu64 " KiB of "
			"memory: its target is %" PRIu64 " KiB", name, req->kib, target);
	else if (!req->max && req->kib > limit)
		rpc_error(req->call, RPC_PARAMS, EINVAL, name, "domain %s: %" PRIu64 " KiB of memory: it "
			"may have at most %" PRIu64 " KiB", name, req->kib, limit);
	else
		return 0;
	return -EINVAL;
}

static void memory_apply(struct memory_request *req, const struct hv_dominfo *info, const char *target,
	const char *limit)
{
	struct core *core = req->core;
	struct domain *d = request_own(req);
	struct foreign *f = d ? NULL : foreign_find(core, req->domid);
	const char *name = d ? d->cfg.name : f && f->name ? f->name : "(unknown)";
	uint64_t max = number_or(limit, natural_limit(core, info));
	struct store_batch *b;
	int rc;

	if (memory_fits(req, name, number_or(target, 0), max))
		return;
	rc = core->ops->set_maxmem(core->be, req->domid, req->kib + MAXMEM_SLACK_KIB);
	if (rc) {
		rpc_error(req->call, RPC_FAILED, rc, name, "domain %s: maximum memory of %" PRIu64
			" KiB: %s", name, req->kib + MAXMEM_SLACK_KIB, strerror(-rc));
		return;
	}
	b = batch_for(req->call);
	if (!b)
		return;
	write_number(b, req->domid, "memory/static-max", req->max ? req->kib : max);
	if (!req->max)
		write_number(b, req->domid, "memory/target", req->kib);
	if (d)
		memory_remember(d, req);
	core->ops->store(core->be, b);
}

static void memory_known(void *arg, int err, struct store_batch *b)
{
	struct memory_request *req = arg;
	struct hv_dominfo info;

	if (err)
		rpc_error(req->call, RPC_FAILED, err, NULL, "%s: store: %s",
			rpc_call_method(req->call), strerror(-err));
	else if (core_getinfo(req->core, req->domid, &info) || info.dying ||
		 memcmp(info.uuid, req->uuid, sizeof(info.uuid)))
		rpc_error(req->call, RPC_NO_DOMAIN, ENOENT, NULL, "domain %u is gone", req->domid);
	else
		memory_apply(req, &info, b->ops[0].value, b->ops[1].value);
	store_batch_free(b);
	free(req);
}

static void memory_run(struct rpc_call *call, struct json_object *params, bool max)
{
	int64_t kib = param_int(params, "memory_kib", 0);
	struct core *core = rpc_call_arg(call);
	struct memory_request *req;
	struct store_batch *b;
	struct domain_ref r;
	int64_t least;

	if (api_live_target(call, params, &r))
		return;
	least = r.info.domid ? 1024 : DOM0_MIN_KIB;
	if (kib < least || kib > MEMORY_MAX_KIB) {
		rpc_error(call, RPC_PARAMS, EINVAL, ref_name(&r), "domain %s: %lld KiB of memory: %lld to "
			"%lld KiB are possible", ref_name(&r), (long long)kib, (long long)least,
			(long long)MEMORY_MAX_KIB);
		return;
	}
	req = calloc(1, sizeof(*req));
	b = req ? store_batch_new(false, memory_known, req) : NULL;
	if (!b) {
		free(req);
		rpc_error(call, RPC_FAILED, ENOMEM, NULL, "out of memory");
		return;
	}
	*req = (struct memory_request){ .core = core, .call = call, .domid = r.info.domid,
		.kib = (uint64_t)kib, .max = max };
	memcpy(req->uuid, r.info.uuid, sizeof(req->uuid));
	store_read(b, HOME "/memory/target", r.info.domid);
	store_read(b, HOME "/memory/static-max", r.info.domid);
	core->ops->store(core->be, b);
}

void api_set_memory(struct rpc_call *call, struct json_object *params)
{
	memory_run(call, params, false);
}

void api_set_maxmem(struct rpc_call *call, struct json_object *params)
{
	memory_run(call, params, true);
}

/* ---- sysrq and triggers --------------------------------------------------------------------------- */

void api_sysrq(struct rpc_call *call, struct json_object *params)
{
	const char *key = param_string(params, "key");
	struct core *core = rpc_call_arg(call);
	struct store_batch *b;
	struct domain_ref r;

	if (strlen(key) != 1 || key[0] <= ' ' || key[0] > '~') {
		rpc_error(call, RPC_PARAMS, EINVAL, NULL, "sysrq key '%.16s' is not one character",
			key);
		return;
	}
	if (api_live_target(call, params, &r))
		return;
	b = batch_for(call);
	if (!b)
		return;
	store_write(b, key, HOME "/control/sysrq", r.info.domid);
	core->ops->store(core->be, b);
}

void api_trigger(struct rpc_call *call, struct json_object *params)
{
	static const struct {
		const char *name;
		unsigned int number;
	} triggers[] = {
		{ "nmi", XEN_DOMCTL_SENDTRIGGER_NMI }, { "reset", XEN_DOMCTL_SENDTRIGGER_RESET },
		{ "init", XEN_DOMCTL_SENDTRIGGER_INIT }, { "power", XEN_DOMCTL_SENDTRIGGER_POWER },
		{ "sleep", XEN_DOMCTL_SENDTRIGGER_SLEEP },
	};
	const char *word = param_string(params, "trigger");
	int64_t vcpu = param_int(params, "vcpu", 0);
	struct core *core = rpc_call_arg(call);
	struct domain_ref r;
	size_t i = 0;
	int rc;

	while (i < sizeof(triggers) / sizeof(triggers[0]) && strcmp(word, triggers[i].name))
		i++;
	if (i == sizeof(triggers) / sizeof(triggers[0])) {
		rpc_error(call, RPC_PARAMS, EINVAL, NULL, "trigger '%.32s' is unknown: nmi, reset, init, "
			"power and sleep are known", word);
		return;
	}
	if (api_live_target(call, params, &r))
		return;
	if (vcpu < 0 || vcpu >= r.info.vcpus_max) {
		rpc_error(call, RPC_PARAMS, EINVAL, ref_name(&r), "domain %s: there is no vcpu %lld; it has 0 to %u",
			ref_name(&r), (long long)vcpu, r.info.vcpus_max - 1);
		return;
	}
	rc = core->ops->trigger(core->be, r.info.domid, triggers[i].number, (unsigned int)vcpu);
	if (rc)
		rpc_error(call, RPC_FAILED, rc, ref_name(&r), "domain %s: trigger %s for vcpu %lld: %s%s",
			ref_name(&r), word, (long long)vcpu, strerror(-rc),
			i ? " (a paravirtual guest knows nmi only)" : "");
	else
		rpc_result(call, NULL);
}

/* ---- core dumps ------------------------------------------------------------------------------------ */

void api_dump_core(struct rpc_call *call, struct json_object *params)
{
	bool crash = param_bool(params, "crash"), reset = param_bool(params, "reset");
	const char *file = param_string(params, "file");
	char path[DUMP_PATH_MAX];
	struct domain_ref r;

	if ((crash && reset) || (file && (file[0] != '/' || strlen(file) >= sizeof(path)))) {
		rpc_error(call, RPC_PARAMS, EINVAL, NULL, "domain.dump_core: %s",
			crash && reset ? "crash and reset exclude each other"
				       : "file must be an absolute path");
		return;
	}
	if (api_own_target(call, params, &r))
		return;
	if (r.d->dumping) {
		rpc_error(call, RPC_STATE, EBUSY, r.d->cfg.name,
			"domain %s: a core dump is being written already", r.d->cfg.name);
		return;
	}
	if (file)
		snprintf(path, sizeof(path), "%s", file);
	else
		dump_default_path(r.d, path, sizeof(path));
	dump_start(r.d, call, path, param_bool(params, "live"),
		crash ? life_destroy : reset ? life_restart : NULL);
}
