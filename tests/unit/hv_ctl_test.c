/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_ctl_test.c: domctls and sysctls: a domain's life by the tools' calls, arguments at their
 * bounds and beyond. */
#include "hv_guest.h"
#include <hv/ctl_bitmap.h>
#include <xen/sysctl.h>

static struct domain *dom0, *a;
static struct vcpu *v0;

static int setup(void **state)
{
	host_init(4, 64, "loglvl=all");
	dom0 = host_make_dom0(2, 1000);
	a = host_make_domain(2, 1000);
	v0 = dom0->vcpu[0];
	return 0;
}

static long domctl(struct xen_domctl *op, uint32_t cmd, domid_t domid)
{
	op->cmd = cmd;
	op->domain = domid;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	return HC(v0, domctl, op, 0, 0);
}

static long sysctl(struct xen_sysctl *op, uint32_t cmd)
{
	op->cmd = cmd;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return HC(v0, sysctl, op, 0, 0);
}

/* --- domctl ----------------------------------------------------------------------------------- */

static void domctl_envelope(void **state)
{
	struct xen_domctl op = { 0 };
	uint32_t cmd;

	assert_int_equal(HC(v0, domctl, BAD_POINTER, 0, 0), -EFAULT);
	op.interface_version = XEN_DOMCTL_INTERFACE_VERSION + 1;
	assert_int_equal(HC(v0, domctl, &op, 0, 0), -EACCES);
	for (cmd = 0; cmd < 1100; cmd++) { /* no domain: no operation gets through */
		if (cmd == XEN_DOMCTL_createdomain)
			continue;
		memset(&op, 0xff, sizeof(op));
		assert_int_equal(domctl(&op, cmd, 999), -ESRCH);
		assert_int_equal(domctl(&op, cmd, DOMID_SELF),
			cmd == XEN_DOMCTL_getdomaininfo ? -EINVAL : -ESRCH);
		assert_int_equal(domctl(&op, cmd, 0xffff),
			cmd == XEN_DOMCTL_getdomaininfo ? -EINVAL : -ESRCH);
	}
	memset(&op, 0, sizeof(op));
	assert_int_equal(domctl(&op, ~0U, a->domain_id), -ENOSYS);
	assert_int_equal(domctl(&op, XEN_DOMCTL_setdebugging, a->domain_id), 0);
	assert_int_equal(domctl(&op, XEN_DOMCTL_setdebugging, 0), -EINVAL);
	/* Not on itself. */
	assert_int_equal(domctl(&op, XEN_DOMCTL_pausedomain, 0), -EINVAL);
	assert_int_equal(domctl(&op, XEN_DOMCTL_destroydomain, 0), -EINVAL);
	assert_int_equal(domctl(&op, XEN_DOMCTL_resumedomain, 0), -EINVAL);
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpucontext, 0), -EINVAL);
}

/* Whatever is in the structure: an answer, and the hypervisor lives. */
static void domctl_noise(void **state)
{
	struct xen_domctl op;
	uint32_t seed = 99, i, j;

	for (i = 0; i < 30000; i++) {
		for (j = 0; j < sizeof(op) / 4; j++)
			((uint32_t *)&op)[j] = random_next(&seed) >> (random_next(&seed) % 32);
		op.cmd = random_next(&seed) % 90;
		if (op.cmd == XEN_DOMCTL_destroydomain || op.cmd == XEN_DOMCTL_createdomain)
			continue;
		op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
		op.domain = a->domain_id;
		/* Pointers would lead into the test's own memory. */
		if (op.cmd == XEN_DOMCTL_setvcpuaffinity || op.cmd == XEN_DOMCTL_getvcpuaffinity) {
			op.u.vcpuaffinity.cpumap_hard.bitmap.p = NULL;
			op.u.vcpuaffinity.cpumap_soft.bitmap.p = NULL;
		} else if (op.cmd == XEN_DOMCTL_setvcpucontext ||
		           op.cmd == XEN_DOMCTL_getvcpucontext) {
			op.u.vcpucontext.ctxt.p = NULL;
		} else if (op.cmd == XEN_DOMCTL_setnodeaffinity ||
		           op.cmd == XEN_DOMCTL_getnodeaffinity) {
			op.u.nodeaffinity.nodemap.bitmap.p = NULL;
		} else if (op.cmd == XEN_DOMCTL_scheduler_op) {
			op.u.scheduler_op.u.v.vcpus.p = NULL;
		}
		HC(v0, domctl, &op, 0, 0);
	}
	while (a->controller_pause_count > 1)
		domain_unpause_by_toolstack(a);
	while (a->controller_pause_count < 1)
		assert_int_equal(domain_pause_by_toolstack(a), 0);
	if (a->is_shut_down)
		domain_resume(a);
	assert_int_equal(set_global_virq_handler(dom0, VIRQ_DOM_EXC), 0);
}

static void create_and_destroy(void **state)
{
	const struct xen_domctl_createdomain good = {
		.handle = { 1, 2, 3 }, .max_vcpus = 3, .max_evtchn_port = 1023,
		.max_grant_frames = -1, .max_maptrack_frames = -1, .grant_opts = 1,
	};
	struct xen_domctl op = { .u.createdomain = good }, get = { 0 };
	struct vcpu_guest_context *c = xzalloc(struct vcpu_guest_context);
	struct domain *d;
	domid_t id;

	assert_int_equal(domctl(&op, XEN_DOMCTL_createdomain, 0), 0);
	id = op.domain;
	assert_int_not_equal(id, 0);
	assert_int_equal(domctl(&op, XEN_DOMCTL_createdomain, id), -EEXIST);

	assert_int_equal(domctl(&get, XEN_DOMCTL_getdomaininfo, id), 0);
	assert_int_equal(get.u.getdomaininfo.domain, id);
	assert_int_equal(get.u.getdomaininfo.handle[2], 3);
	assert_true(get.u.getdomaininfo.flags & XEN_DOMINF_paused);
	assert_int_equal(get.u.getdomaininfo.nr_online_vcpus, 0);

	op.u.max_vcpus.max = 4;
	assert_int_equal(domctl(&op, XEN_DOMCTL_max_vcpus, id), -EINVAL);
	op.u.max_vcpus.max = 3;
	always_preempt(true);
	assert_int_equal(domctl(&op, XEN_DOMCTL_max_vcpus, id), 0);
	assert_int_equal(restarts, 2);
	always_preempt(false);
	assert_int_equal(domctl(&op, XEN_DOMCTL_max_vcpus, id), 0); /* nothing left to make */
	op.u.max_mem.max_memkb = 400;
	assert_int_equal(domctl(&op, XEN_DOMCTL_max_mem, id), 0);
	memset(&op.u, 0, sizeof(op.u));
	op.u.setdomainhandle.handle[0] = 77;
	assert_int_equal(domctl(&op, XEN_DOMCTL_setdomainhandle, id), 0);
	op.u.settimeoffset.time_offset_seconds = -5;
	assert_int_equal(domctl(&op, XEN_DOMCTL_settimeoffset, id), 0);
	assert_int_equal(domctl(&get, XEN_DOMCTL_getdomaininfo, id), 0);
	assert_int_equal(get.u.getdomaininfo.max_pages, 100);
	assert_int_equal(get.u.getdomaininfo.handle[0], 77);
	assert_int_equal(get.u.getdomaininfo.max_vcpu_id, 2);

	/* Contexts. */
	op.u.vcpucontext.vcpu = 1;
	op.u.vcpucontext.ctxt.p = c;
	assert_int_equal(domctl(&op, XEN_DOMCTL_getvcpucontext, id), -ENODATA);
	c->kernel_sp = 0x1234;
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpucontext, id), 0);
	d = domain_get_by_id(id);
	d->vcpu[1]->is_initialised = true; /* which the fake arch leaves out */
	domain_put(d);
	memset(c, 0, sizeof(*c));
	assert_int_equal(domctl(&op, XEN_DOMCTL_getvcpucontext, id), 0);
	assert_int_equal(c->kernel_sp, 0x1234);
	op.u.vcpucontext.vcpu = 3;
	assert_int_equal(domctl(&op, XEN_DOMCTL_getvcpucontext, id), -EINVAL);
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpucontext, id), -EINVAL);
	op.u.vcpucontext.vcpu = ~0U;
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpucontext, id), -EINVAL);
	op.u.vcpucontext.vcpu = 1;
	op.u.vcpucontext.ctxt.p = NULL;
	assert_int_equal(domctl(&op, XEN_DOMCTL_getvcpucontext, id), -EFAULT);
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpucontext, id), 0); /* reset */
	assert_int_equal(domctl(&op, XEN_DOMCTL_getvcpucontext, id), -ENODATA);

	assert_int_equal(domctl(&op, XEN_DOMCTL_pausedomain, id), 0);
	assert_int_equal(domctl(&op, XEN_DOMCTL_unpausedomain, id), 0);
	assert_int_equal(domctl(&op, XEN_DOMCTL_unpausedomain, id), 0);
	assert_int_equal(domctl(&op, XEN_DOMCTL_unpausedomain, id), -EINVAL);
	assert_int_equal(domctl(&op, XEN_DOMCTL_destroydomain, id), 0);
	host_run_all();
	assert_int_equal(domctl(&op, XEN_DOMCTL_destroydomain, id), -ESRCH);
	assert_null(domain_get_by_id(id));
	xfree(c);
}

static void create_refusals(void **state)
{
	static const struct { size_t at; uint32_t value; long rc; } bad[] = {
#define FIELD(f) offsetof(struct xen_domctl_createdomain, f)
		{ FIELD(flags), XEN_DOMCTL_CDF_hvm, -EINVAL },
		{ FIELD(flags), XEN_DOMCTL_CDF_iommu, -EINVAL },
		{ FIELD(flags), 1U << 31, -EINVAL },
		{ FIELD(iommu_opts), 1, -EINVAL },
		{ FIELD(max_vcpus), 0, -EINVAL },
		{ FIELD(max_vcpus), MAX_VIRT_CPUS + 1, -EINVAL },
		{ FIELD(max_vcpus), ~0U, -EINVAL },
		{ FIELD(max_grant_frames), 0, -EINVAL },
		{ FIELD(max_grant_frames), 0x7fffffff, -EINVAL },
		{ FIELD(max_maptrack_frames), 0x7fffffff, -EINVAL },
		{ FIELD(grant_opts), 0, -EINVAL },
		{ FIELD(grant_opts), 3, -EINVAL },
		{ FIELD(grant_opts), 0x11, -EINVAL },
		{ FIELD(vmtrace_size), 4096, -EINVAL },
		{ FIELD(cpupool_id), 1, -ENOENT },
	};
	struct xen_domctl op;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&op, 0, sizeof(op));
		op.u.createdomain = (struct xen_domctl_createdomain){
			.max_vcpus = 1, .max_grant_frames = 1, .grant_opts = 1,
		};
		memcpy((char *)&op.u.createdomain + bad[i].at, &bad[i].value, 4);
		assert_int_equal(domctl(&op, XEN_DOMCTL_createdomain, 0), bad[i].rc);
	}
}

static void info_of_the_next(void **state)
{
	struct xen_domctl op = { 0 };

	assert_int_equal(domctl(&op, XEN_DOMCTL_getdomaininfo, 0), 0);
	assert_int_equal(op.domain, 0);
	assert_int_equal(domctl(&op, XEN_DOMCTL_getdomaininfo, 1), 0);
	assert_int_equal(op.domain, a->domain_id);
	assert_int_equal(domctl(&op, XEN_DOMCTL_getdomaininfo, a->domain_id + 1), -ESRCH);
}

static void vcpu_state_and_affinity(void **state)
{
	struct xen_domctl op = { 0 };
	uint8_t map[17];

	op.u.getvcpuinfo.vcpu = 1;
	assert_int_equal(domctl(&op, XEN_DOMCTL_getvcpuinfo, a->domain_id), 0);
	assert_int_equal(op.u.getvcpuinfo.online, 1);
	op.u.getvcpuinfo.vcpu = 2;
	assert_int_equal(domctl(&op, XEN_DOMCTL_getvcpuinfo, a->domain_id), -EINVAL);

	memset(&op, 0, sizeof(op));
	memset(map, 0, sizeof(map));
	map[0] = 0xf6; /* CPUs 1, 2 and such as there are not */
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
	op.u.vcpuaffinity.cpumap_hard.bitmap.p = map;
	op.u.vcpuaffinity.cpumap_hard.nr_bits = 8;
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpuaffinity, a->domain_id), 0);
	assert_int_equal(map[0], 0x06); /* what there is comes back */
	assert_int_equal(a->vcpu[0]->hard_affinity.bits[0], 0xf6);
	memset(map, 0xee, sizeof(map));
	op.u.vcpuaffinity.cpumap_hard.nr_bits = 128;
	assert_int_equal(domctl(&op, XEN_DOMCTL_getvcpuaffinity, a->domain_id), 0);
	assert_int_equal(map[0], 0xf6);
	assert_int_equal(map[15], 0); /* beyond our width: zeros, and no further */
	assert_int_equal(map[16], 0xee);
	op.u.vcpuaffinity.cpumap_hard.nr_bits = 3; /* bits 3 and up do not count */
	map[0] = 0xf8;
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpuaffinity, a->domain_id), -EINVAL);
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_SOFT;
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpuaffinity, a->domain_id), -EINVAL);
	op.u.vcpuaffinity.flags = 0;
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpuaffinity, a->domain_id), -EINVAL);
	op.u.vcpuaffinity.vcpu = 2;
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpuaffinity, a->domain_id), -EINVAL);
	op.u.vcpuaffinity.vcpu = 0;
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
	op.u.vcpuaffinity.cpumap_soft = op.u.vcpuaffinity.cpumap_hard;
	op.u.vcpuaffinity.cpumap_hard.nr_bits = op.u.vcpuaffinity.cpumap_soft.nr_bits = 4;
	map[0] = 0xf;
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpuaffinity, a->domain_id), 0);

	memset(&op, 0, sizeof(op));
	memset(map, 0, sizeof(map));
	op.u.nodeaffinity.nodemap.bitmap.p = map;
	op.u.nodeaffinity.nodemap.nr_bits = 8;
	assert_int_equal(domctl(&op, XEN_DOMCTL_setnodeaffinity, a->domain_id), -EINVAL);
	assert_int_equal(domctl(&op, XEN_DOMCTL_getnodeaffinity, a->domain_id), 0);
	assert_int_equal(map[0], 1);
	assert_int_equal(domctl(&op, XEN_DOMCTL_setnodeaffinity, a->domain_id), 0);
}

/* --- sysctl ----------------------------------------------------------------------------------- */

static void sysctl_envelope(void **state)
{
	struct xen_sysctl op = { 0 };

	assert_int_equal(HC(v0, sysctl, BAD_POINTER, 0, 0), -EFAULT);
	assert_int_equal(HC(v0, sysctl, &op, 0, 0), -EACCES);
	assert_int_equal(sysctl(&op, 0), -ENOSYS);
	assert_int_equal(sysctl(&op, XEN_SYSCTL_tbuf_op), -ENOSYS);
	assert_int_equal(sysctl(&op, XEN_SYSCTL_perfc_op), -ENOSYS);
	assert_int_equal(sysctl(&op, ~0U), -ENOSYS);
}

static void domain_list(void **state)
{
	struct xen_domctl_getdomaininfo info[8];
	struct xen_sysctl op = { 0 };

	op.u.getdomaininfolist.max_domains = 8;
	op.u.getdomaininfolist.buffer.p = info;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_getdomaininfolist), 0);
	assert_int_equal(op.u.getdomaininfolist.num_domains, 2);
	assert_int_equal(info[0].domain, 0);
	assert_int_equal(info[1].domain, a->domain_id);
	assert_int_equal(info[1].nr_online_vcpus, 2);
	op.u.getdomaininfolist.max_domains = 1;
	op.u.getdomaininfolist.first_domain = 1;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_getdomaininfolist), 0);
	assert_int_equal(op.u.getdomaininfolist.num_domains, 1);
	assert_int_equal(info[0].domain, a->domain_id);
	op.u.getdomaininfolist.first_domain = a->domain_id + 1;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_getdomaininfolist), 0);
	assert_int_equal(op.u.getdomaininfolist.num_domains, 0);
	op.u.getdomaininfolist.first_domain = 0xffff;
	op.u.getdomaininfolist.max_domains = ~0U;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_getdomaininfolist), 0);
	op.u.getdomaininfolist.first_domain = 0;
	op.u.getdomaininfolist.buffer.p = NULL;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_getdomaininfolist), -EFAULT);
}

static void machine(void **state)
{
	xen_sysctl_cputopo_t topo[4];
	xen_sysctl_meminfo_t mem[2];
	xen_sysctl_cpuinfo_t idle[8];
	uint32_t distance[4];
	struct xen_sysctl op = { 0 };

	assert_int_equal(sysctl(&op, XEN_SYSCTL_physinfo), 0);
	assert_int_equal(op.u.physinfo.nr_cpus, 4);
	assert_int_equal(op.u.physinfo.threads_per_core, 1);
	assert_int_equal(op.u.physinfo.cores_per_socket, 4);
	assert_int_equal(op.u.physinfo.nr_nodes, 1);
	assert_int_equal(op.u.physinfo.total_pages, heap_total_pages());
	assert_true(op.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_pv);

	memset(&op, 0, sizeof(op));
	assert_int_equal(sysctl(&op, XEN_SYSCTL_cputopoinfo), 0);
	assert_int_equal(op.u.cputopoinfo.num_cpus, 4);
	op.u.cputopoinfo.cputopo.p = topo;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_cputopoinfo), 0);
	assert_int_equal(topo[3].core, 3);
	op.u.cputopoinfo.num_cpus = 3;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_cputopoinfo), -ENOBUFS);
	assert_int_equal(op.u.cputopoinfo.num_cpus, 4);

	memset(&op, 0, sizeof(op));
	assert_int_equal(sysctl(&op, XEN_SYSCTL_numainfo), 0);
	assert_int_equal(op.u.numainfo.num_nodes, 1);
	op.u.numainfo.meminfo.p = mem;
	op.u.numainfo.distance.p = distance;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_numainfo), 0);
	assert_int_equal(distance[0], 10);
	assert_int_equal(mem[0].memfree, heap_free_pages() << PAGE_SHIFT);
	op.u.numainfo.num_nodes = 0;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_numainfo), -ENOBUFS);

	memset(&op, 0, sizeof(op));
	op.u.getcpuinfo.max_cpus = 8;
	op.u.getcpuinfo.info.p = idle;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_getcpuinfo), 0);
	assert_int_equal(op.u.getcpuinfo.nr_cpus, 4);
	memset(&op, 0, sizeof(op));
	op.u.availheap.node = -1;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_availheap), 0);
	assert_int_equal(op.u.availheap.avail_bytes, heap_free_pages() << PAGE_SHIFT);
	memset(&op, 0, sizeof(op));
	assert_int_equal(sysctl(&op, XEN_SYSCTL_pcitopoinfo), -EINVAL);
}

static void pools(void **state)
{
	struct xen_sysctl op = { 0 };
	uint8_t map[8];

	assert_int_equal(sysctl(&op, XEN_SYSCTL_sched_id), 0);
	assert_int_equal(op.u.sched_id.sched_id, XEN_SCHEDULER_CREDIT2);
	memset(&op, 0, sizeof(op));
	op.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_INFO;
	op.u.cpupool_op.cpumap.bitmap.p = map;
	op.u.cpupool_op.cpumap.nr_bits = 64;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_cpupool_op), 0);
	assert_int_equal(op.u.cpupool_op.n_dom, 2);
	assert_int_equal(map[0], 0xf);
	op.u.cpupool_op.cpupool_id = 1;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_cpupool_op), -ENOENT);
	op.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_FREEINFO;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_cpupool_op), 0);
	assert_int_equal(map[0], 0);
	op.u.cpupool_op.op = 99;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_cpupool_op), -ENOSYS);
}

static long pool_op(uint32_t what, uint32_t pool, uint32_t arg, uint32_t *ret_pool)
{
	struct xen_sysctl op = { 0 };
	long rc;

	op.u.cpupool_op.op = what;
	op.u.cpupool_op.cpupool_id = pool;
	op.u.cpupool_op.sched_id = op.u.cpupool_op.domid = op.u.cpupool_op.cpu = arg;
	rc = sysctl(&op, XEN_SYSCTL_cpupool_op);
	if (!rc && ret_pool)
		*ret_pool = op.u.cpupool_op.cpupool_id;
	return rc;
}
#define POOL(what, pool, arg) pool_op(XEN_SYSCTL_CPUPOOL_OP_##what, pool, arg, NULL)
#define ANY 0xffffffffU

static void more_pools(void **state)
{
	uint32_t id = 0;

	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_CREATE, ANY, XEN_SCHEDULER_CREDIT, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(POOL(CREATE, 1, XEN_SCHEDULER_CREDIT2), -EEXIST);
	assert_int_equal(POOL(CREATE, ANY, XEN_SCHEDULER_NULL), -ENOENT);
	assert_int_equal(POOL(ADDCPU, 1, 3), -ENODEV);
	assert_int_equal(POOL(ADDCPU, 1, 4), -EINVAL);
	assert_int_equal(POOL(ADDCPU, 1, ANY), -EINVAL); /* none is free */
	assert_int_equal(POOL(RMCPU, 7, 3), -ENOENT);
	assert_int_equal(POOL(RMCPU, 1, 3), -ENODEV);
	assert_int_equal(POOL(MOVEDOMAIN, 1, a->domain_id), -ENOENT); /* no CPU yet */
	assert_int_equal(POOL(RMCPU, 0, 3), 0);
	assert_int_equal(POOL(ADDCPU, 7, 3), -ENOENT);
	assert_int_equal(POOL(ADDCPU, 1, ANY), 0);
	assert_int_equal(POOL(DESTROY, 1, 0), -EBUSY);
	assert_int_equal(POOL(DESTROY, 0, 0), -EBUSY);
	assert_int_equal(POOL(MOVEDOMAIN, 1, 0), -EPERM);
	assert_int_equal(POOL(MOVEDOMAIN, 1, 4000), -ESRCH);
	assert_int_equal(POOL(MOVEDOMAIN, 1, a->domain_id), 0);
	assert_int_equal(a->vcpu[0]->processor, 3);
	assert_int_equal(POOL(RMCPU, 1, 3), -EBUSY); /* the last with a domain */
	assert_int_equal(POOL(MOVEDOMAIN, 0, a->domain_id), 0);
	assert_int_not_equal(a->vcpu[0]->processor, 3);
	assert_int_equal(POOL(RMCPU, 1, ANY), 0);
	assert_int_equal(POOL(DESTROY, 1, 0), 0);
	assert_int_equal(POOL(DESTROY, 1, 0), -ENOENT);
	assert_int_equal(POOL(ADDCPU, 0, ANY), 0);
}

static long hotplug(uint32_t what, uint32_t cpu)
{
	struct xen_sysctl op = { 0 };

	op.u.cpu_hotplug.op = what;
	op.u.cpu_hotplug.cpu = cpu;
	return sysctl(&op, XEN_SYSCTL_cpu_hotplug);
}

static void cpus_go_and_come(void **state)
{
	struct vcpu *v = a->vcpu[1];
	struct cpumask only = { { 1UL << 2 } };

	assert_int_equal(vcpu_set_hard_affinity(v, &only), 0);
	assert_int_equal(hotplug(XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, 0), -EINVAL);
	assert_int_equal(hotplug(XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, 4), -EINVAL);
	assert_int_equal(hotplug(XEN_SYSCTL_CPU_HOTPLUG_ONLINE, 2), -EEXIST);
	assert_int_equal(hotplug(XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE, 0), -EOPNOTSUPP);
	assert_int_equal(hotplug(XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, 2), 0);
	assert_false(cpumask_test(2, &cpu_online_map));
	assert_int_not_equal(v->processor, 2);
	assert_true(cpumask_test(0, &v->hard_affinity)); /* it had nowhere to run else */
	assert_int_equal(vcpu_set_hard_affinity(v, &only), -EINVAL);
	assert_int_equal(hotplug(XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, 2), -EEXIST);
	assert_int_equal(POOL(ADDCPU, 0, 2), -ENODEV);
	assert_int_equal(hotplug(XEN_SYSCTL_CPU_HOTPLUG_ONLINE, 2), 0);
	assert_int_equal(vcpu_set_hard_affinity(v, &only), 0);
	cpumask_fill(&only);
	assert_int_equal(vcpu_set_hard_affinity(v, &only), 0);
}

static void console_ring(void **state)
{
	static char text[32 * 1024];
	struct xen_sysctl op = { 0 };
	unsigned int i;

	for (i = 0; i < 600; i++)
		printk(LOG_ERR "line %u of the console ring test\n", i);
	op.u.readconsole.buffer.p = text;
	op.u.readconsole.count = sizeof(text) - 1;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_readconsole), 0);
	assert_true(op.u.readconsole.count > 600);
	text[op.u.readconsole.count] = 0;
	assert_non_null(strstr(text, "of the console ring test"));
	i = op.u.readconsole.index;
	op.u.readconsole.incremental = 1;
	op.u.readconsole.buffer.p = NULL;
	op.u.readconsole.index = 0;
	op.u.readconsole.count = 10;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_readconsole), -EFAULT);
	op.u.readconsole.count = 0;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_readconsole), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domctl_envelope), cmocka_unit_test(info_of_the_next),
		cmocka_unit_test(create_and_destroy), cmocka_unit_test(create_refusals),
		cmocka_unit_test(vcpu_state_and_affinity), cmocka_unit_test(sysctl_envelope),
		cmocka_unit_test(domain_list), cmocka_unit_test(machine), cmocka_unit_test(pools),
		cmocka_unit_test(more_pools), cmocka_unit_test(cpus_go_and_come),
		cmocka_unit_test(console_ring), cmocka_unit_test(domctl_noise),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
