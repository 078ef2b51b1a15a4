/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_sched.c: schedulers and CPU pools: sched-credit, sched-credit2, cpupool-list. */
#include "xm/cmds.h"
#include "xm/format.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Options that are numbers, and the parameter each becomes. */
struct number_opt {
	const char *option, *param;
};

static int put_numbers(struct xm_run *x, const struct number_opt *opts, struct json_object *params)
{
	for (; opts->option; opts++) {
		const char *text = xm_opt(x, opts->option);
		char *end;
		long long v;

		if (!text)
			continue;
		v = strtoll(text, &end, 10);
		if (!isdigit((unsigned char)*text) || *end)
			return xm_error("'xm %s': '%s' is not a number.", x->cmd->name, text);
		json_object_object_add(params, opts->param, json_object_new_int64(v));
	}
	return XM_OK;
}

static int change(struct xm_run *x, const char *method, struct json_object *params,
	const struct number_opt *opts)
{
	struct json_object *result = NULL;
	int rc = put_numbers(x, opts, params);

	if (rc) {
		json_object_put(params);
		return rc;
	}
	rc = xm_call(x, method, params, &result);
	json_object_put(result);
	return rc;
}

static bool any_given(struct xm_run *x, const struct number_opt *opts)
{
	for (; opts->option; opts++)
		if (xm_opt(x, opts->option))
			return true;
	return false;
}

static bool pool_uses(struct json_object *pools, const char *sched, const char *pool)
{
	for (size_t i = 0; i < json_object_array_length(pools); i++) {
		struct json_object *p = json_object_array_get_idx(pools, i);

		if (!strcmp(xm_string(p, "scheduler", ""), sched) &&
		    (!pool || !strcmp(pool, xm_string(p, "name", ""))))
			return true;
	}
	return false;
}

/* Without -d: everything of that scheduler; with it: one domain. */
static int show(struct xm_run *x, const char *sched, const char *domain)
{
	struct json_object *pools = NULL, *list = NULL, *params = xm_params(NULL, NULL), *one;
	const char *pool = xm_opt(x, "cpupool");
	int rc = xm_call(x, "host.pools", NULL, &pools);

	if (!rc && (!json_object_is_type(pools, json_type_array) || !pool_uses(pools, sched, pool)))
		rc = pool ? xm_error("There is no CPU pool '%s' with the %s scheduler.", pool, sched)
			  : xm_error("Xen is running without the %s scheduler; 'xm cpupool-list' has what "
				"there is.", sched);
	if (domain) {
		one = json_object_new_array();
		json_object_array_add(one, json_object_new_string(domain));
		json_object_object_add(params, "domains", one);
	}
	if (rc)
		json_object_put(params);
	else
		rc = xm_call(x, "domain.sched", params, &list);
	if (!rc)
		format_sched(stdout, sched, domain ? NULL : pools, list, pool, x->json);
	json_object_put(pools);
	json_object_put(list);
	return rc;
}

static int run_sched(struct xm_run *x, const char *sched, const struct number_opt *pool_opts)
{
	static const struct number_opt domain_opts[] = {
		{ "weight", "weight" }, { "cap", "cap" }, { NULL },
	};
	const char *domain = xm_opt(x, "domain");
	struct json_object *params;

	if (xm_opt(x, "schedparam")) {
		if (domain || any_given(x, domain_opts))
			return xm_error("'xm %s': -s is about a pool, -d, -w and -c are about a domain.",
				x->cmd->name);
		if (!any_given(x, pool_opts))
			return show(x, sched, NULL);
		params = xm_params("scheduler", sched);
		if (xm_opt(x, "cpupool"))
			json_object_object_add(params, "pool",
				json_object_new_string(xm_opt(x, "cpupool")));
		return change(x, "host.set_scheduler", params, pool_opts);
	}
	if (any_given(x, pool_opts))
		return xm_error("'xm %s': the parameters of a pool need -s.", x->cmd->name);
	if (!any_given(x, domain_opts))
		return show(x, sched, domain);
	if (!domain || xm_opt(x, "cpupool"))
		return xm_error("'xm %s': -w and -c need -d and exclude -p.", x->cmd->name);
	params = xm_params("domain", domain);
	json_object_object_add(params, "scheduler", json_object_new_string(sched));
	return change(x, "domain.set_sched", params, domain_opts);
}

static int run_credit(struct xm_run *x)
{
	static const struct number_opt pool_opts[] = {
		{ "tslice_ms", "tslice_ms" }, { "ratelimit_us", "ratelimit_us" },
		{ "migration_delay_us", "migration_delay_us" }, { NULL },
	};

	return run_sched(x, "credit", pool_opts);
}

static int run_credit2(struct xm_run *x)
{
	static const struct number_opt pool_opts[] = { { "ratelimit_us", "ratelimit_us" }, { NULL } };

	return run_sched(x, "credit2", pool_opts);
}

static int run_cpupool_list(struct xm_run *x)
{
	struct json_object *pools = NULL;
	int rc = xm_call(x, "host.pools", NULL, &pools);

	if (rc)
		return rc;
	if (x->argc && !format_has_pool(pools, x->argv[0]))
		rc = xm_error("CPU pool '%s' does not exist.", x->argv[0]);
	else if (x->json)
		xm_print_json(stdout, pools);
	else
		format_pools(stdout, pools, x->argv[0], xm_opt(x, "cpus") != NULL);
	json_object_put(pools);
	return rc;
}

#define DOMAIN_OPTS \
	{ 'd', "domain", "DOMAIN", "one domain" }, \
	{ 'w', "weight", "WEIGHT", "its share relative to others, 1 to 65535" }, \
	{ 'c', "cap", "CAP", "percent of one CPU that it may use at most, 0: no limit" }, \
	{ 'p', "cpupool", "CPUPOOL", "one pool" }, \
	{ 's', "schedparam", NULL, "show or change what holds for the pool" }

const struct xm_cmd cmd_sched_credit = {
	.name = "sched-credit", .min = 0, .max = 0, .json = true,
	.usage = "[-d <Domain> [-w <Weight>|-c <Cap>]] [-s [-t <ms>] [-r <us>] [-m <us>]]",
	.help = "show or change the credit scheduler's parameters",
	.opts = {
		DOMAIN_OPTS,
		{ 't', "tslice_ms", "MS", "time slice" },
		{ 'r', "ratelimit_us", "US", "shortest run, 0: none" },
		{ 'm', "migration_delay_us", "US", "how long a vcpu is kept where it ran" },
	},
	.run = run_credit,
};

const struct xm_cmd cmd_sched_credit2 = {
	.name = "sched-credit2", .min = 0, .max = 0, .json = true,
	.usage = "[-d <Domain> [-w <Weight>|-c <Cap>]] [-s [-r <us>]]",
	.help = "show or change the credit2 scheduler's parameters",
	.opts = {
		DOMAIN_OPTS,
		{ 'r', "ratelimit_us", "US", "shortest run, 0: none" },
	},
	.run = run_credit2,
};

const struct xm_cmd cmd_cpupool_list = {
	.name = "cpupool-list", .aliases = { "pool-list" }, .min = 0, .max = 1, .json = true,
	.usage = "[-c] [<CPUPool>]", .help = "list the pools of CPUs",
	.opts = { { 'c', "cpus", NULL, "with the CPUs of each" } },
	.run = run_cpupool_list,
};
