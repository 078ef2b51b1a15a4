/* SPDX-License-Identifier: GPL-2.0-only */
/* backend_xen_host.c: the host as `xm info` shows it, the hypervisor's messages and debug keys. */
#include "xend/backend_xen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>

#define DMESG_MAX (1u << 20)

int be_host(struct backend *be, struct hv_host *ret_host)
{
	xc_physinfo_t p;

	if (xc_physinfo(be->xch, &p))
		return -errno;
	ret_host->total_kib = p.total_pages << (XC_PAGE_SHIFT - 10);
	ret_host->free_kib = p.free_pages << (XC_PAGE_SHIFT - 10);
	ret_host->nr_cpus = p.nr_cpus;
	return 0;
}

static void add_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static void add_int(struct json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

static void add_virt_caps(struct json_object *o, const xc_physinfo_t *p)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} caps[] = {
		{ XEN_SYSCTL_PHYSCAP_pv, "pv" },
		{ XEN_SYSCTL_PHYSCAP_hvm, "hvm" },
		{ XEN_SYSCTL_PHYSCAP_directio, "directio" },
		{ XEN_SYSCTL_PHYSCAP_hap, "hap" },
		{ XEN_SYSCTL_PHYSCAP_shadow, "shadow" },
		{ XEN_SYSCTL_PHYSCAP_gnttab_v1, "gnttab-v1" },
		{ XEN_SYSCTL_PHYSCAP_gnttab_v2, "gnttab-v2" },
	};
	char text[128] = "";
	size_t n = 0;

	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		if (p->capabilities & caps[i].bit)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "",
				caps[i].name);
	add_string(o, "virt_caps", text);
}

static int free_cpus(struct backend *be, unsigned int nr_cpus)
{
	struct xc_cpupool pool = { 0 };
	unsigned int used = 0;

	for (uint32_t id = 0; xc_cpupool_getinfo(be->xch, id, &pool) == 0; id = pool.id + 1)
		for (unsigned int c = 0; c < nr_cpus; c++)
			used += pool.cpumap[c / 8] >> (c % 8) & 1;
	return used && used <= nr_cpus ? (int)(nr_cpus - used) : 0;
}

static int info_physical(struct backend *be, struct json_object *o)
{
	xc_physinfo_t p;
	char text[128];
	size_t n = 0;

	if (xc_physinfo(be->xch, &p))
		return -errno;
	add_int(o, "nr_cpus", p.nr_cpus);
	add_int(o, "max_cpu_id", p.max_cpu_id);
	add_int(o, "nr_nodes", p.nr_nodes);
	add_int(o, "cores_per_socket", p.cores_per_socket);
	add_int(o, "threads_per_core", p.threads_per_core);
	snprintf(text, sizeof(text), "%u.%03u", p.cpu_khz / 1000, p.cpu_khz % 1000);
	add_string(o, "cpu_mhz", text);
	for (size_t i = 0; i < sizeof(p.hw_cap) / sizeof(p.hw_cap[0]); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%08x", n ? ":" : "",
			p.hw_cap[i]);
	add_string(o, "hw_caps", text);
	add_virt_caps(o, &p);
	add_int(o, "total_memory", (int64_t)(p.total_pages >> (20 - XC_PAGE_SHIFT)));
	add_int(o, "free_memory", (int64_t)(p.free_pages >> (20 - XC_PAGE_SHIFT)));
	add_int(o, "free_cpus", free_cpus(be, p.nr_cpus));
	return 0;
}

static const char *const sched_names[] = {
	[XEN_SCHEDULER_CREDIT] = "credit", [XEN_SCHEDULER_CREDIT2] = "credit2",
	[XEN_SCHEDULER_ARINC653] = "arinc653", [XEN_SCHEDULER_RTDS] = "rtds",
	[XEN_SCHEDULER_NULL] = "null",
};
#define SCHED_COUNT (sizeof(sched_names) / sizeof(sched_names[0]))

static const char *sched_name(uint32_t id)
{
	return id < SCHED_COUNT && sched_names[id] ? sched_names[id] : "unknown";
}

static const char *scheduler_name(struct backend *be)
{
	uint32_t id;

	return xc_sched_id(be->xch, &id) ? "unknown" : sched_name(id);
}

/* Each of these may be refused; the key is then empty, as scripts expect every key. */
static void info_version(struct backend *be, struct json_object *o)
{
	xen_extraversion_t extra = "";
	xen_capabilities_info_t *caps = calloc(1, sizeof(*caps));
	xen_changeset_info_t changeset = "";
	xen_commandline_t *cmdline = calloc(1, sizeof(*cmdline));
	xen_platform_parameters_t params = { 0 };
	xen_compile_info_t cc = { 0 };
	long version = xc_version(be->xch, XENVER_version, NULL);
	char text[64];

	if (version < 0)
		version = 0;
	xc_version(be->xch, XENVER_extraversion, &extra);
	xc_version(be->xch, XENVER_changeset, &changeset);
	xc_version(be->xch, XENVER_platform_parameters, &params);
	xc_version(be->xch, XENVER_compile_info, &cc);
	if (caps)
		xc_version(be->xch, XENVER_capabilities, caps);
	if (cmdline)
		xc_version(be->xch, XENVER_commandline, cmdline);
	add_int(o, "xen_major", version >> 16);
	add_int(o, "xen_minor", version & 0xffff);
	add_string(o, "xen_extra", extra);
	snprintf(text, sizeof(text), "%ld.%ld%.16s", version >> 16, version & 0xffff, extra);
	add_string(o, "xen_version", text);
	add_string(o, "xen_caps", caps ? *caps : "");
	add_string(o, "xen_scheduler", scheduler_name(be));
	add_int(o, "xen_pagesize", xc_version(be->xch, XENVER_pagesize, NULL));
	snprintf(text, sizeof(text), "virt_start=0x%llx", (unsigned long long)params.virt_start);
	add_string(o, "platform_params", text);
	add_string(o, "xen_changeset", changeset);
	add_string(o, "xen_commandline", cmdline ? *cmdline : "");
	add_string(o, "cc_compiler", cc.compiler);
	add_string(o, "cc_compile_by", cc.compile_by);
	add_string(o, "cc_compile_domain", cc.compile_domain);
	add_string(o, "cc_compile_date", cc.compile_date);
	free(caps);
	free(cmdline);
}

int be_host_info(struct backend *be, struct json_object *into)
{
	int rc = info_physical(be, into);

	if (!rc)
		info_version(be, into);
	return rc;
}

int be_dmesg(struct backend *be, bool clear, char **ret_text)
{
	char *text = malloc(DMESG_MAX + 1);
	uint32_t index = 0;
	int n;

	if (!text)
		return -ENOMEM;
	n = xc_readconsole(be->xch, text, DMESG_MAX, clear, false, &index);
	if (n < 0) {
		n = -errno;
		free(text);
		return n;
	}
	for (int i = 0; i < n; i++)
		if (!text[i])
			text[i] = '?';
	text[n] = '\0';
	*ret_text = text;
	return 0;
}

int be_debug_keys(struct backend *be, const char *keys)
{
	return xc_send_debug_keys(be->xch, keys) ? -errno : 0;
}

int be_pool(struct backend *be, uint32_t id, struct hv_pool *ret_pool)
{
	struct hv_pool p = { 0 };
	struct xc_cpupool pool;
	struct xc_sched_limits limits = { 0 };

	if (xc_cpupool_getinfo(be->xch, id, &pool))
		return -errno;
	xc_sched_limits_get(be->xch, pool.id, pool.sched_id, &limits);	/* some have none */
	p.id = pool.id;
	p.domains = pool.n_dom;
	p.scheduler = sched_name(pool.sched_id);
	memcpy(p.cpus.map, pool.cpumap, sizeof(p.cpus.map));
	p.ratelimit_us = limits.ratelimit_us;
	p.tslice_ms = limits.tslice_ms;
	p.migr_delay_us = limits.migr_delay_us;
	*ret_pool = p;
	return 0;
}

int be_set_pool(struct backend *be, const struct hv_pool *pool)
{
	const struct xc_sched_limits limits = {
		.ratelimit_us = pool->ratelimit_us, .tslice_ms = pool->tslice_ms,
		.migr_delay_us = pool->migr_delay_us,
	};

	for (uint32_t id = 0; id < SCHED_COUNT; id++)
		if (sched_names[id] && !strcmp(sched_names[id], pool->scheduler))
			return xc_sched_limits_set(be->xch, pool->id, id, &limits) ? -errno : 0;
	return -EOPNOTSUPP;
}
