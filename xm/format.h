/* SPDX-License-Identifier: GPL-2.0-only */
/* format.h: answers of xend in the classic columns. Scripts parse these: do not change one. */
#ifndef XM_FORMAT_H
#define XM_FORMAT_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include <json.h>

void format_list(FILE *to, struct json_object *domains);	/* sorts it by name */
void format_suspended(FILE *to, struct json_object *list);	/* of domain.suspended */
void format_list_long(FILE *to, struct json_object *domains);
void format_vcpus(FILE *to, struct json_object *domains);
void format_uptime(FILE *to, struct json_object *domains, int shorter, time_t now);
void format_uptime_json(FILE *to, struct json_object *domains);
/* "[N day(s), ]H:MM:SS" */
void format_duration(char *buf, size_t size, int64_t seconds);
/* The nodes, as xl prints them. */
void format_topology(FILE *to, struct json_object *info);
void format_info(FILE *to, struct json_object *info);
/* pools NULL: the domains alone. pool: only that one, if not NULL. */
void format_sched(FILE *to, const char *sched, struct json_object *pools, struct json_object *domains,
	const char *pool, bool json);
bool format_has_pool(struct json_object *pools, const char *name);
void format_pools(FILE *to, struct json_object *pools, const char *name, bool cpus);
const char *format_state(struct json_object *domain);		/* of domstate */

#endif
