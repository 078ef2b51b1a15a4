/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_ctl_test.c: domctls: a domain's life by the tools' calls, arguments at their bounds and beyond. */
#include "hv_ctl.h"
#include <hv/ctl_bitmap.h>

static long domctl(struct xen_domctl *op, uint32_t cmd, domid_t domid)
{
	op->cmd = cmd;
	op->domain = domid;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	return HC(v0, domctl, op, 0, 0);
}

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
	d = domain_get_by_id(id);
	assert_int_equal(domctl(&op, XEN_DOMCTL_destroydomain, id), 0);
	/* Somebody still refers to it: it can be named, but no vcpu gets tables any more. */
	memset(&op, 0, sizeof(op));
	op.u.vcpucontext.vcpu = 1;
	op.u.vcpucontext.ctxt.p = c;
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpucontext, id), -EINVAL);
	op.u.vcpucontext.ctxt.p = NULL;
	assert_int_equal(domctl(&op, XEN_DOMCTL_setvcpucontext, id), -EINVAL);
	domain_put(d);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domctl_envelope), cmocka_unit_test(info_of_the_next),
		cmocka_unit_test(create_and_destroy), cmocka_unit_test(create_refusals),
		cmocka_unit_test(vcpu_state_and_affinity), cmocka_unit_test(domctl_noise),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
