/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_tune.c: what a running domain has and gets: vcpus, their CPUs, memory, sysrq, triggers. */
#include "xm/cmds.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Digits only; -1 otherwise. */
static int64_t number(const char *text)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	return isdigit((unsigned char)*text) && !*end && !errno ? v : -1;
}

static void put_int(struct json_object *params, const char *key, int64_t value)
{
	json_object_object_add(params, key, json_object_new_int64(value));
}

static void put_flag(struct json_object *params, const char *key, bool on)
{
	if (on)
		json_object_object_add(params, key, json_object_new_boolean(true));
}

static int ask(struct xm_run *x, const char *method, struct json_object *params)
{
	struct json_object *result = NULL;
	int rc = xm_call(x, method, params, &result);

	json_object_put(result);
	return rc;
}

static int run_vcpu_set(struct xm_run *x)
{
	int64_t count = number(x->argv[1]);
	struct json_object *params;

	if (count < 0)
		return xm_error("'%s' is not a number of vcpus.", x->argv[1]);
	params = xm_params("domain", x->argv[0]);
	put_int(params, "vcpus", count);
	put_flag(params, "ignore_host", xm_opt(x, "ignore-host"));
	return ask(x, "domain.set_vcpus", params);
}

static int run_vcpu_pin(struct xm_run *x)
{
	bool all = !strcmp(x->argv[1], "all");
	int64_t vcpu = all ? 0 : number(x->argv[1]);
	struct json_object *params;

	if (vcpu < 0)
		return xm_error("'%s' is neither a vcpu's number nor 'all'.", x->argv[1]);
	params = xm_params("domain", x->argv[0]);
	if (!all)
		put_int(params, "vcpu", vcpu);
	if (strcmp(x->argv[2], "-"))
		json_object_object_add(params, "hard", json_object_new_string(x->argv[2]));
	if (x->argc > 3 && strcmp(x->argv[3], "-"))
		json_object_object_add(params, "soft", json_object_new_string(x->argv[3]));
	put_flag(params, "force", xm_opt(x, "force"));
	return ask(x, "domain.pin", params);
}

/* "512", "512m", "1g", "65536k": KiB; -1: not an amount. */
static int64_t amount(const char *text)
{
	static const struct {
		char letter;
		int shift;	/* from KiB */
	} units[] = { { 'k', 0 }, { 'm', 10 }, { 'g', 20 }, { 't', 30 } };
	char *end;
	long long v;
	int shift = 10;
	size_t i = 0;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	v = strtoll(text, &end, 10);
	if (tolower((unsigned char)*end) == 'b' && !end[1])
		return errno ? -1 : v >> 10;
	if (*end) {
		while (i < 4 && units[i].letter != tolower((unsigned char)*end))
			i++;
		if (i == 4 || end[1])
			return -1;
		shift = units[i].shift;
	}
	return errno || v > INT64_MAX >> shift ? -1 : (int64_t)v << shift;
}

static int memory(struct xm_run *x, const char *method)
{
	int64_t kib = amount(x->argv[1]);
	struct json_object *params;

	if (kib < 0)
		return xm_error("'%s' is not an amount of memory: a number of MiB, or with b, k, m, g or t "
			"behind it.", x->argv[1]);
	params = xm_params("domain", x->argv[0]);
	put_int(params, "memory_kib", kib);
	return ask(x, method, params);
}

static int run_mem_set(struct xm_run *x)
{
	return memory(x, "domain.set_memory");
}

static int run_mem_max(struct xm_run *x)
{
	return memory(x, "domain.set_maxmem");
}

static int run_sysrq(struct xm_run *x)
{
	struct json_object *params = xm_params("domain", x->argv[0]);

	json_object_object_add(params, "key", json_object_new_string(x->argv[1]));
	return ask(x, "domain.sysrq", params);
}

static int run_trigger(struct xm_run *x)
{
	int64_t vcpu = x->argc > 2 ? number(x->argv[2]) : 0;
	struct json_object *params;

	if (vcpu < 0)
		return xm_error("'%s' is not a vcpu's number.", x->argv[2]);
	if (!strcmp(x->argv[1], "s3resume"))
		return xm_error("'xm trigger' s3resume is for fully virtualised guests only.");
	params = xm_params("domain", x->argv[0]);
	json_object_object_add(params, "trigger", json_object_new_string(x->argv[1]));
	put_int(params, "vcpu", vcpu);
	return ask(x, "domain.trigger", params);
}

const struct xm_cmd cmd_vcpu_set = {
	.name = "vcpu-set", .aliases = { "set-vcpus" }, .min = 2, .max = 2, .domains = true,
	.usage = "[-i] <Domain> <VCPUs>", .help = "ask a domain to use so many of its vcpus",
	.opts = { { 'i', "ignore-host", NULL, "even if the machine has fewer CPUs" } },
	.run = run_vcpu_set,
};

const struct xm_cmd cmd_vcpu_pin = {
	.name = "vcpu-pin", .min = 3, .max = 4, .domains = true,
	.usage = "[-f] <Domain> <VCPU|all> <CPUs|all|-> [<SoftCPUs|all|->]",
	.help = "say which CPUs a vcpu may use, and which it should",
	.opts = { { 'f', "force", NULL, "even if the guest has pinned it itself" } },
	.run = run_vcpu_pin,
};

const struct xm_cmd cmd_mem_set = {
	.name = "mem-set", .aliases = { "balloon" }, .min = 2, .max = 2, .domains = true,
	.usage = "<Domain> <Memory>", .help = "ask a domain to use so much of its memory",
	.run = run_mem_set,
};

const struct xm_cmd cmd_mem_max = {
	.name = "mem-max", .min = 2, .max = 2, .domains = true,
	.usage = "<Domain> <Memory>", .help = "set how much memory a domain may have at most",
	.run = run_mem_max,
};

const struct xm_cmd cmd_sysrq = {
	.name = "sysrq", .min = 2, .max = 2, .domains = true,
	.usage = "<Domain> <Letter>", .help = "send a sysrq key to a domain's kernel",
	.run = run_sysrq,
};

const struct xm_cmd cmd_trigger = {
	.name = "trigger", .min = 2, .max = 3, .domains = true,
	.usage = "<Domain> nmi|reset|init|power|sleep [<VCPU>]",
	.help = "send a trigger to one of a domain's vcpus",
	.run = run_trigger,
};
