/* SPDX-License-Identifier: GPL-2.0-only */
/* backend_xen_domain.c: domains through libxenctrl, with the settings that xl gives a PV domain. */
#include "xend/backend_xen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>

#define MAX_EVTCHN_PORT 1023	/* what xl allows a guest */
#define LIST_MAX	64

int be_create(struct backend *be, const uint8_t uuid[16], unsigned int vcpus, uint32_t *ret_domid)
{
	struct xen_domctl_createdomain config = {
		.max_vcpus = vcpus,
		.max_evtchn_port = MAX_EVTCHN_PORT,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
	};
	xc_physinfo_t phys;
	uint32_t domid = 0;
	int err;

	if (xc_physinfo(be->xch, &phys))
		return -errno;
	config.grant_opts = phys.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2 ? 2 : 1;
	memcpy(config.handle, uuid, sizeof(config.handle));
	if (xc_domain_create(be->xch, &domid, &config))
		return -errno;
	if (xc_domain_max_vcpus(be->xch, domid, vcpus)) {
		err = errno;
		xc_domain_destroy(be->xch, domid);	/* empty yet: at once */
		return -err;
	}
	*ret_domid = domid;
	return 0;
}

int be_set_maxmem(struct backend *be, uint32_t domid, uint64_t kib)
{
	return xc_domain_setmaxmem(be->xch, domid, kib) ? -errno : 0;
}

int be_set_affinity(struct backend *be, uint32_t domid, unsigned int vcpu,
	const struct cpuset *hard, const struct cpuset *soft, bool force)
{
	const uint8_t *h = hard ? hard->map : NULL, *s = soft ? soft->map : NULL;
	int rc = force ? xc_vcpu_forceaffinity(be->xch, domid, vcpu, h, s, CPUSET_BITS)
		       : xc_vcpu_setaffinity(be->xch, domid, vcpu, h, s, CPUSET_BITS);

	return rc ? -errno : 0;
}

static int pool_sched(struct backend *be, uint32_t id, uint32_t *ret_sched)
{
	struct xc_cpupool pool;

	if (xc_cpupool_getinfo(be->xch, id, &pool))
		return -errno;
	*ret_sched = pool.sched_id;
	return pool.id == id ? 0 : -ENOENT;
}

int be_set_sched(struct backend *be, uint32_t domid, uint32_t pool, unsigned int weight,
	unsigned int cap)
{
	struct xc_sched_params params = { .weight = (uint16_t)weight, .cap = (uint16_t)cap };
	uint32_t sched;
	int rc = pool_sched(be, pool, &sched);

	if (!rc && xc_sched_domain_set(be->xch, domid, sched, &params))
		rc = -errno;
	return rc;
}

int be_get_sched(struct backend *be, uint32_t domid, uint32_t pool, unsigned int *ret_weight,
	unsigned int *ret_cap)
{
	struct xc_sched_params params;
	uint32_t sched;
	int rc = pool_sched(be, pool, &sched);

	if (!rc && xc_sched_domain_get(be->xch, domid, sched, &params))
		rc = -errno;
	if (rc)
		return rc;
	*ret_weight = params.weight;
	*ret_cap = params.cap;
	return 0;
}

int be_trigger(struct backend *be, uint32_t domid, unsigned int trigger, unsigned int vcpu)
{
	return xc_domain_send_trigger(be->xch, domid, trigger, vcpu) ? -errno : 0;
}

/* The host's default policy for PV guests is what a new domain has; xl sets it all the same, and so
 * do we, so that it is fixed for save and restore. A hypervisor without it keeps its own. */
static int set_cpu_policy(struct backend *be, uint32_t domid)
{
	uint32_t leaves = 0, msrs = 0;
	xen_cpuid_leaf_t *l = NULL;
	xen_msr_entry_t *m = NULL;
	int rc = 0;

	if (xc_get_cpu_policy(be->xch, XEN_SYSCTL_cpu_policy_pv_default, &leaves, NULL, &msrs, NULL))
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
	l = calloc(leaves + 1, sizeof(*l));
	m = calloc(msrs + 1, sizeof(*m));
	if (!l || !m)
		rc = -ENOMEM;
	else if (xc_get_cpu_policy(be->xch, XEN_SYSCTL_cpu_policy_pv_default, &leaves, l, &msrs,
			 m) || xc_domain_set_cpu_policy(be->xch, domid, leaves, l, msrs, m))
		rc = -errno;
	free(l);
	free(m);
	return rc == -ENOSYS || rc == -EOPNOTSUPP ? 0 : rc;
}

int be_set_platform(struct backend *be, uint32_t domid, unsigned int tsc_mode)
{
	const struct xen_domctl_tsc_info tsc = { .tsc_mode = tsc_mode };

	if (xc_domain_set_tsc_info(be->xch, domid, &tsc))
		return -errno;
	return set_cpu_policy(be, domid);
}

int be_set_uuid(struct backend *be, uint32_t domid, const uint8_t uuid[16])
{
	xen_domain_handle_t handle;

	memcpy(handle, uuid, sizeof(handle));
	return xc_domain_sethandle(be->xch, domid, handle) ? -errno : 0;
}

int be_alloc_port(struct backend *be, uint32_t domid, uint32_t *ret_port)
{
	int port = xc_evtchn_alloc_unbound(be->xch, domid, 0);

	if (port < 0)
		return -errno;
	*ret_port = (uint32_t)port;
	return 0;
}

int be_pause(struct backend *be, uint32_t domid)
{
	return xc_domain_pause(be->xch, domid) ? -errno : 0;
}

int be_unpause(struct backend *be, uint32_t domid)
{
	return xc_domain_unpause(be->xch, domid) ? -errno : 0;
}

int be_report(void *opaque, const char *step, int percent)
{
	struct be_progress *p = opaque;

	p->fn(p->arg, step, percent);
	return 0;
}

int be_failed(struct backend *be, char *why, size_t size)
{
	int rc = -errno;

	snprintf(why, size, "%s", xc_last_error(be->xch));
	return rc;
}

static int build_files(struct backend *be, const struct hv_build *build, hv_progress_fn *progress, void *arg,
	struct hv_built *ret_built, char *why, size_t size)
{
	struct be_progress p = { progress, arg };
	struct xc_dom_params params = {
		.kernel = build->kernel,
		.ramdisk = build->ramdisk,
		.cmdline = build->cmdline,
		.memory_kib = build->memory_kib,
		.maxmem_kib = build->maxmem_kib,
		.console_evtchn = build->console_port,
		.store_evtchn = build->store_port,
		.progress = be_report,
		.opaque = &p,
	};
	struct xc_dom_result result;

	if (xc_dom_build(be->xch, build->domid, &params, &result))
		return be_failed(be, why, size);
	ret_built->store_mfn = result.store_mfn;
	ret_built->console_mfn = result.console_mfn;
	return 0;
}

int be_build(struct backend *be, const struct hv_build *build, hv_progress_fn *progress, void *arg,
	struct hv_built *ret_built, char *why, size_t size)
{
	struct be_boot boot;
	char cause[300];
	int rc;

	if (!build->boot)
		return build_files(be, build, progress, arg, ret_built, why, size);
	progress(arg, "reading the disk", 0);
	rc = be_boot_read(build, &boot, why, size);
	if (rc)
		return rc;
	rc = build_files(be, &boot.build, progress, arg, ret_built, cause, sizeof(cause));
	if (rc)
		snprintf(why, size, "image %.200s, entry '%.100s': %s", build->boot->path, boot.image.title,
			cause);
	boot_image_close(&boot.image);
	return rc;
}

int be_dump(struct backend *be, uint32_t domid, int fd, hv_progress_fn *progress, void *arg,
	char *why, size_t size)
{
	struct be_progress p = { progress, arg };

	if (xc_domain_dump_core(be->xch, domid, fd, be_report, &p) >= 0)
		return 0;
	return be_failed(be, why, size);
}

int be_destroy(struct backend *be, uint32_t domid)
{
	return xc_domain_destroy(be->xch, domid) ? -errno : 0;
}

static void fill_info(struct hv_dominfo *to, const xc_domaininfo_t *from)
{
	*to = (struct hv_dominfo){
		.domid = from->domain,
		.running = from->flags & XEN_DOMINF_running,
		.blocked = from->flags & XEN_DOMINF_blocked,
		.paused = from->flags & XEN_DOMINF_paused,
		.shutdown = from->flags & XEN_DOMINF_shutdown,
		.dying = from->flags & XEN_DOMINF_dying,
		.shutdown_code = xc_shutdown_reason(from),
		.tot_kib = from->tot_pages << (XC_PAGE_SHIFT - 10),
		.max_kib = from->max_pages << (XC_PAGE_SHIFT - 10),
		.cpu_ns = from->cpu_time,
		.vcpus_online = from->nr_online_vcpus,
		.pool = from->cpupool == UINT32_MAX ? 0 : from->cpupool,
		.vcpus_max = from->max_vcpu_id == XEN_INVALID_MAX_VCPU_ID ? 0
									  : from->max_vcpu_id + 1,
	};
	memcpy(to->uuid, from->handle, sizeof(to->uuid));
}

int be_list(struct backend *be, uint32_t first, struct hv_dominfo *buf, unsigned int max)
{
	xc_domaininfo_t list[LIST_MAX];
	int n;

	if (max > LIST_MAX)
		max = LIST_MAX;
	if (first >= DOMID_FIRST_RESERVED)
		return 0;
	n = xc_domain_getinfolist(be->xch, first, max, list);
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++)
		fill_info(&buf[i], &list[i]);
	return n;
}

int be_vcpu(struct backend *be, uint32_t domid, unsigned int vcpu, struct hv_vcpuinfo *ret_info)
{
	struct hv_vcpuinfo v = { 0 };
	xc_vcpuinfo_t info;

	if (xc_vcpu_getinfo(be->xch, domid, vcpu, &info) ||
	    xc_vcpu_getaffinity(be->xch, domid, vcpu, v.hard.map, v.soft.map, CPUSET_BITS))
		return -errno;
	v.online = info.online;
	v.blocked = info.blocked;
	v.running = info.running;
	v.cpu = (int)info.cpu;
	v.cpu_ns = info.cpu_time;
	*ret_info = v;
	return 0;
}
