/* SPDX-License-Identifier: GPL-2.0-only */
/* format.h: answers of xend in the classic columns. Scripts parse these: do not change one. */
#ifndef XM_FORMAT_H
#define XM_FORMAT_H

#include <stdio.h>
#include <time.h>

#include <json.h>

void format_list(FILE *to, struct json_object *domains);	/* sorts it by name */
void format_list_long(FILE *to, struct json_object *domains);
void format_vcpus(FILE *to, struct json_object *domains);
void format_uptime(FILE *to, struct json_object *domains, int shorter, time_t now);
void format_uptime_json(FILE *to, struct json_object *domains);
/* "[N day(s), ]H:MM:SS" */
void format_duration(char *buf, size_t size, int64_t seconds);
void format_info(FILE *to, struct json_object *info);
const char *format_state(struct json_object *domain);		/* of domstate */

#endif
