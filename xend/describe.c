/* SPDX-License-Identifier: GPL-2.0-only */
/* describe.c: a domain as clients see it. */
#include "xend/domain.h"

#include <time.h>

#include <xen/sched.h>

static const char *const reason_names[] = {
	[SHUTDOWN_poweroff] = "poweroff", [SHUTDOWN_reboot] = "reboot",
	[SHUTDOWN_suspend] = "suspend", [SHUTDOWN_crash] = "crash",
	[SHUTDOWN_watchdog] = "watchdog",
};

static const char *reason_name(unsigned int code)
{
	return code < sizeof(reason_names) / sizeof(reason_names[0]) ? reason_names[code] : "crash";
}

static void add_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, value ? json_object_new_string(value) : NULL);
}

static void add_int(struct json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

/* The classic six letters, each with the flag behind it. */
static void add_flags(struct json_object *o, const struct hv_dominfo *i)
{
	bool crashed = i->shutdown && i->shutdown_code == SHUTDOWN_crash;
	const struct {
		char letter;
		const char *name;
		bool on;
	} flags[] = {
		{ 'r', "running", i->running }, { 'b', "blocked", i->blocked },
		{ 'p', "paused", i->paused }, { 's', "shutdown", i->shutdown && !crashed },
		{ 'c', "crashed", crashed }, { 'd', "dying", i->dying },
	};
	struct json_object *f = json_object_new_object();
	char letters[7] = "------";

	for (int n = 0; n < 6; n++) {
		json_object_object_add(f, flags[n].name, json_object_new_boolean(flags[n].on));
		if (flags[n].on)
			letters[n] = flags[n].letter;
	}
	json_object_object_add(o, "flags", f);
	add_string(o, "state", letters);
}

static const char *status_of(const struct hv_dominfo *i, const struct domain *d, bool live)
{
	if (d && d->state == DOM_CREATING)
		return "building";
	if ((d && d->state == DOM_TEARDOWN) || i->dying)
		return "dying";
	if (i->shutdown)
		return i->shutdown_code == SHUTDOWN_crash ? "crashed" : "shutdown";
	return i->paused || !live ? "paused" : "running";
}

struct json_object *describe_domain(struct core *core, const struct hv_dominfo *info,
	struct domain *d, const struct foreign *f)
{
	static const struct hv_dominfo none;
	const struct hv_dominfo *i = info ? info : &none;
	int64_t start = d ? d->start_time : f ? f->start_time : 0;
	struct json_object *o = json_object_new_object();
	char text[UUID_TEXT];

	if (d) {
		add_string(o, "name", d->cfg.name);
		add_string(o, "uuid", d->cfg.uuid);
	} else {
		uuid_format(i->uuid, text);
		add_string(o, "name", f && f->name ? f->name : "(unknown)");
		add_string(o, "uuid", text);
	}
	add_int(o, "domid", info ? (int64_t)info->domid : -1);
	add_int(o, "memory_kib", info ? (int64_t)i->tot_kib : d ? d->cfg.memory_mib << 10 : 0);
	add_int(o, "maxmem_kib", d ? d->cfg.maxmem_mib << 10 : (int64_t)i->max_kib);
	add_int(o, "vcpus", d ? d->cfg.maxvcpus : i->vcpus_max);
	add_int(o, "vcpus_online", i->vcpus_online);
	add_flags(o, i);
	add_int(o, "cpu_time_ns", (int64_t)i->cpu_ns);
	add_int(o, "start_time", start);
	add_int(o, "uptime_s", start ? time(NULL) - start : 0);
	add_string(o, "shutdown_reason", i->shutdown ? reason_name(i->shutdown_code) : NULL);
	add_string(o, "status", status_of(i, d, info != NULL));
	json_object_object_add(o, "config", d ? config_to_json(&d->cfg) : NULL);
	json_object_object_add(o, "paused_by_admin", json_object_new_boolean(d && d->admin_paused));
	add_string(o, "console_log", d ? console_log_path(d->console) : NULL);
	return o;
}
