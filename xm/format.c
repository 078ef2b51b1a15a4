/* SPDX-License-Identifier: GPL-2.0-only */
/* format.c: the classic columns of list, vcpu-list, uptime and info. */
#include "xm/format.h"
#include "xm/xm.h"

#include <string.h>

static size_t length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

static int by_name(const void *a, const void *b)
{
	struct json_object *const *x = a, *const *y = b;

	return strcmp(xm_string(*x, "name", ""), xm_string(*y, "name", ""));
}

static long long mib(struct json_object *o, const char *key)
{
	return (long long)((xm_int(o, key, 0) + 512) / 1024);
}

static double seconds(struct json_object *o, const char *key)
{
	return (double)xm_int(o, key, 0) / 1e9;
}

void format_list(FILE *to, struct json_object *domains)
{
	if (length(domains))
		json_object_array_sort(domains, by_name);
	fprintf(to, "%-40s %5s %5s %5s %10s %9s\n", "Name", "ID", "Mem", "VCPUs", "State", "Time(s)");
	for (size_t i = 0; i < length(domains); i++) {
		struct json_object *d = json_object_array_get_idx(domains, i);

		fprintf(to, "%-40s %5lld %5lld %5lld %10s %8.1f\n", xm_string(d, "name", ""),
			(long long)xm_int(d, "domid", -1), mib(d, "memory_kib"),
			(long long)xm_int(d, "vcpus_online", 0), xm_string(d, "state", "------"),
			seconds(d, "cpu_time_ns"));
	}
}

/* As the classic tool lists what xend keeps and does not run: without id and state. */
void format_suspended(FILE *to, struct json_object *list)
{
	if (length(list))
		json_object_array_sort(list, by_name);
	fprintf(to, "%-40s %5s %5s %5s %10s %9s\n", "Name", "ID", "Mem", "VCPUs", "State", "Time(s)");
	for (size_t i = 0; i < length(list); i++) {
		struct json_object *s = json_object_array_get_idx(list, i), *c = xm_get(s, "config");

		fprintf(to, "%-40s %5s %5lld %5lld %10s %8.1f\n", xm_string(s, "name", ""), "",
			(long long)xm_int(c, "memory_mib", 0), (long long)xm_int(c, "vcpus", 0), "", 0.0);
	}
}

static void vcpu_row(FILE *to, struct json_object *d, struct json_object *v)
{
	bool online = xm_bool(v, "online");
	const char *hard = xm_string(v, "hard", "all"), *soft = xm_string(v, "soft", "all");
	char cpu[24] = "-", state[4] = "--p";

	if (online) {
		snprintf(cpu, sizeof(cpu), "%lld", (long long)xm_int(v, "cpu", -1));
		snprintf(state, sizeof(state), "%c%c-", xm_bool(v, "running") ? 'r' : '-',
			xm_bool(v, "blocked") ? 'b' : '-');
	}
	fprintf(to, "%-32s %5lld %5lld %5s %5s %9.1f %s%s%s\n", xm_string(d, "name", ""),
		(long long)xm_int(d, "domid", -1), (long long)xm_int(v, "vcpu", -1), cpu, state,
		seconds(v, "time_ns"), strcmp(hard, "all") ? hard : "any cpu",
		strcmp(soft, "all") ? " / " : "", strcmp(soft, "all") ? soft : "");
}

void format_vcpus(FILE *to, struct json_object *domains)
{
	if (length(domains))
		json_object_array_sort(domains, by_name);
	fprintf(to, "%-32s %5s %5s %5s %5s %9s %s\n", "Name", "ID", "VCPU", "CPU", "State", "Time(s)",
		"CPU Affinity");
	for (size_t i = 0; i < length(domains); i++) {
		struct json_object *d = json_object_array_get_idx(domains, i), *v = xm_get(d, "vcpus");

		for (size_t n = 0; n < length(v); n++)
			vcpu_row(to, d, json_object_array_get_idx(v, n));
	}
}

void format_duration(char *buf, size_t size, int64_t s)
{
	int64_t days = s / 86400;
	char text[32] = "";

	if (days)
		snprintf(text, sizeof(text), "%lld day%s, ", (long long)days, days == 1 ? "" : "s");
	snprintf(buf, size, "%s%2d:%02d:%02d", text, (int)(s / 3600 % 24), (int)(s / 60 % 60),
		(int)(s % 60));
}

/* xend cannot know since when dom0 runs; here it is the machine's own uptime. */
static int64_t uptime_of(struct json_object *d)
{
	int64_t s = xm_int(d, "uptime_s", 0);
	struct timespec ts;

	if (s <= 0 && xm_int(d, "domid", -1) == 0 && clock_gettime(CLOCK_BOOTTIME, &ts) == 0)
		s = ts.tv_sec;
	return s < 0 ? 0 : s;
}

void format_uptime(FILE *to, struct json_object *domains, int shorter, time_t now)
{
	char up[64], clock[16];
	struct tm tm;

	strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&now, &tm));
	if (!shorter)
		fprintf(to, "%-33s %4s %s \n", "Name", "ID", "Uptime");
	for (size_t i = 0; i < length(domains); i++) {
		struct json_object *d = json_object_array_get_idx(domains, i);

		format_duration(up, sizeof(up), uptime_of(d));
		if (shorter)
			fprintf(to, " %s up %s, %s (%lld)\n", clock, up, xm_string(d, "name", ""),
				(long long)xm_int(d, "domid", -1));
		else
			fprintf(to, "%-32s %5lld %s\n", xm_string(d, "name", ""),
				(long long)xm_int(d, "domid", -1), up);
	}
}

void format_info(FILE *to, struct json_object *info)
{
	static const char *const keys[] = { "host", "release", "system", "version", "machine", "nr_cpus",
		"nr_nodes", "cores_per_socket", "threads_per_core", "cpu_mhz", "hw_caps", "virt_caps",
		"total_memory", "free_memory", "free_cpus", "xen_major", "xen_minor", "xen_extra",
		"xen_version", "xen_caps", "xen_scheduler", "xen_pagesize", "platform_params",
		"xen_changeset", "xen_commandline", "cc_compiler", "cc_compile_by", "cc_compile_domain",
		"cc_compile_date", "xend_config_format" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct json_object *v = xm_get(info, keys[i]);

		if (v)
			fprintf(to, "%-23s: %s\n", keys[i], json_object_get_string(v));
	}
}

static void format_node(FILE *to, struct json_object *o)
{
	struct json_object *distances = xm_get(o, "distances");

	fprintf(to, "%4lld:    %6lld     %6lld      ", (long long)xm_int(o, "node", -1),
		(long long)xm_int(o, "memsize", -1), (long long)xm_int(o, "memfree", -1));
	for (size_t i = 0; i < length(distances); i++)
		fprintf(to, "%s%lld", i ? "," : "",
			(long long)json_object_get_int64(json_object_array_get_idx(distances, i)));
	fputc('\n', to);
}

void format_topology(FILE *to, struct json_object *info)
{
	struct json_object *list = xm_get(info, "cpu_topology"), *o;

	fprintf(to, "cpu_topology           :\ncpu:    core    socket     node\n");
	for (size_t i = 0; i < length(list); i++) {
		o = json_object_array_get_idx(list, i);
		fprintf(to, "%3lld:    %4lld     %4lld     %4lld\n", (long long)xm_int(o, "cpu", -1),
			(long long)xm_int(o, "core", -1), (long long)xm_int(o, "socket", -1),
			(long long)xm_int(o, "node", -1));
	}
	list = xm_get(info, "pci_topology");
	fprintf(to, "device topology        :\ndevice           node\n");
	if (!length(list))
		fprintf(to, "No device topology data available\n");
	for (size_t i = 0; i < length(list); i++) {
		o = json_object_array_get_idx(list, i);
		fprintf(to, "%s      %lld\n", xm_string(o, "device", "-"), (long long)xm_int(o, "node", -1));
	}
	list = xm_get(info, "numa_info");
	fprintf(to, "numa_info              :\nnode:    memsize    memfree    distances\n");
	for (size_t i = 0; i < length(list); i++)
		format_node(to, json_object_array_get_idx(list, i));
}

const char *format_state(struct json_object *d)
{
	const char *status = xm_string(d, "status", "");
	struct json_object *flags = xm_get(d, "flags");

	if (!strcmp(status, "running"))
		return xm_bool(flags, "blocked") && !xm_bool(flags, "running") ? "idle" : "running";
	if (!strcmp(status, "dying"))
		return "shutoff";
	if (!strcmp(status, "paused") && xm_bool(d, "paused_by_admin"))
		return "paused by admin";
	return *status ? status : "shutoff";
}

void format_uptime_json(FILE *to, struct json_object *domains)
{
	static const char *const keys[] = { "name", "domid", "uuid" };
	struct json_object *out = json_object_new_array(), *o;

	for (size_t i = 0; i < length(domains); i++) {
		struct json_object *d = json_object_array_get_idx(domains, i);

		o = json_object_new_object();
		for (size_t n = 0; n < sizeof(keys) / sizeof(keys[0]); n++)
			json_object_object_add(o, keys[n], json_object_get(xm_get(d, keys[n])));
		json_object_object_add(o, "uptime_s", json_object_new_int64(uptime_of(d)));
		json_object_array_add(out, o);
	}
	xm_print_json(to, out);
	json_object_put(out);
}
