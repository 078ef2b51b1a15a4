/* SPDX-License-Identifier: GPL-2.0-only */
/* format_sched.c: the classic columns of sched-credit, sched-credit2 and cpupool-list. */
#include "xm/format.h"
#include "xm/xm.h"

#include <string.h>

static size_t length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

static void pool_line(FILE *to, struct json_object *p)
{
	fprintf(to, "Cpupool %s:", xm_string(p, "name", ""));
	if (xm_get(p, "tslice_ms"))
		fprintf(to, " tslice=%lldms", (long long)xm_int(p, "tslice_ms", 0));
	fprintf(to, " ratelimit=%lldus", (long long)xm_int(p, "ratelimit_us", 0));
	if (xm_get(p, "migration_delay_us"))
		fprintf(to, " migration-delay=%lldus", (long long)xm_int(p, "migration_delay_us", 0));
	fprintf(to, "\n");
}

/* Those of this scheduler, and of this pool if one is named. */
static struct json_object *select_rows(struct json_object *list, const char *sched, const char *key,
	const char *pool)
{
	struct json_object *rows = json_object_new_array();

	for (size_t i = 0; i < length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (!strcmp(xm_string(o, "scheduler", ""), sched) &&
		    (!pool || !strcmp(xm_string(o, key, ""), pool)))
			json_object_array_add(rows, json_object_get(o));
	}
	return rows;
}

static void domain_rows(FILE *to, struct json_object *rows, const char *pool)
{
	fprintf(to, "%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
	for (size_t i = 0; i < length(rows); i++) {
		struct json_object *d = json_object_array_get_idx(rows, i);

		if (pool && strcmp(xm_string(d, "pool", ""), pool))
			continue;
		fprintf(to, "%-33s %4lld %6lld %4lld\n", xm_string(d, "name", ""),
			(long long)xm_int(d, "domid", -1), (long long)xm_int(d, "weight", 0),
			(long long)xm_int(d, "cap", 0));
	}
}

void format_sched(FILE *to, const char *sched, struct json_object *pools, struct json_object *domains,
	const char *pool, bool json)
{
	struct json_object *p = select_rows(pools, sched, "name", pool);
	struct json_object *d = select_rows(domains, sched, "pool", pool), *o;

	if (json) {
		o = json_object_new_object();
		json_object_object_add(o, "pools", json_object_get(p));
		json_object_object_add(o, "domains", json_object_get(d));
		xm_print_json(to, o);
		json_object_put(o);
	} else if (!pools) {
		domain_rows(to, d, NULL);
	}
	for (size_t i = 0; !json && i < length(p); i++) {
		o = json_object_array_get_idx(p, i);
		pool_line(to, o);
		domain_rows(to, d, xm_string(o, "name", ""));
	}
	json_object_put(p);
	json_object_put(d);
}

bool format_has_pool(struct json_object *pools, const char *name)
{
	for (size_t i = 0; i < length(pools); i++)
		if (!strcmp(xm_string(json_object_array_get_idx(pools, i), "name", ""), name))
			return true;
	return false;
}

static void pool_row(FILE *to, struct json_object *p, bool cpus)
{
	struct json_object *list = xm_get(p, "cpus");

	fprintf(to, "%-19s", xm_string(p, "name", ""));
	for (size_t i = 0; cpus && i < length(list); i++)
		fprintf(to, "%s%d", i ? "," : "",
			json_object_get_int(json_object_array_get_idx(list, i)));
	if (!cpus)
		fprintf(to, "%3zu %9s       y     %4lld", length(list), xm_string(p, "scheduler", ""),
			(long long)xm_int(p, "domains", 0));
	fprintf(to, "\n");
}

void format_pools(FILE *to, struct json_object *pools, const char *name, bool cpus)
{
	fprintf(to, "%-19s%s\n", "Name", cpus ? "CPU list" : "CPUs   Sched     Active   Domain count");
	for (size_t i = 0; i < length(pools); i++) {
		struct json_object *p = json_object_array_get_idx(pools, i);

		if (!name || !strcmp(xm_string(p, "name", ""), name))
			pool_row(to, p, cpus);
	}
}
