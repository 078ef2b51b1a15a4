/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_query.c: one fact of one domain: domid, domname, domstate. */
#include "xm/cmds.h"
#include "xm/format.h"

/* Prints the value alone, or {key: value}. */
static int print_fact(struct xm_run *x, const char *key, struct json_object *value)
{
	struct json_object *o;

	if (!x->json) {
		printf("%s\n", value ? json_object_get_string(value) : "");
		return XM_OK;
	}
	o = json_object_new_object();
	json_object_object_add(o, key, json_object_get(value));
	xm_print_json(stdout, o);
	json_object_put(o);
	return XM_OK;
}

static int fact(struct xm_run *x, const char *key)
{
	struct json_object *d = NULL;
	int rc = xm_call(x, "domain.info", xm_params("domain", x->argv[0]), &d);

	if (!rc)
		rc = print_fact(x, key, xm_get(d, key));
	json_object_put(d);
	return rc;
}

static int run_domid(struct xm_run *x)
{
	return fact(x, "domid");
}

static int run_domname(struct xm_run *x)
{
	return fact(x, "name");
}

static int run_domstate(struct xm_run *x)
{
	struct json_object *d = NULL, *state;
	int rc = xm_call(x, "domain.info", xm_params("domain", x->argv[0]), &d);

	if (rc)
		return rc;
	state = json_object_new_string(format_state(d));
	rc = print_fact(x, "state", state);
	json_object_put(state);
	json_object_put(d);
	return rc;
}

const struct xm_cmd cmd_domid = {
	.name = "domid", .min = 1, .max = 1, .json = true, .domains = true,
	.usage = "<DomainName>", .help = "print a domain's id", .run = run_domid,
};

const struct xm_cmd cmd_domname = {
	.name = "domname", .min = 1, .max = 1, .json = true, .domains = true,
	.usage = "<DomainId>", .help = "print a domain's name", .run = run_domname,
};

const struct xm_cmd cmd_domstate = {
	.name = "domstate", .min = 1, .max = 1, .json = true, .domains = true,
	.usage = "<Domain>", .help = "print a domain's state in a word", .run = run_domstate,
};
