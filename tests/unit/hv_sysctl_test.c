/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_sysctl_test.c: sysctls: what there is of the machine, pools of CPUs, the console's ring. */
#include "hv_ctl.h"

static void sysctl_envelope(void **state)
{
	struct xen_sysctl op = { 0 };

	assert_int_equal(HC(v0, sysctl, BAD_POINTER, 0, 0), -EFAULT);
	assert_int_equal(HC(v0, sysctl, &op, 0, 0), -EACCES);
	assert_int_equal(sysctl(&op, 0), -ENOSYS);
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
		cmocka_unit_test(sysctl_envelope), cmocka_unit_test(domain_list), cmocka_unit_test(machine),
		cmocka_unit_test(pools), cmocka_unit_test(more_pools), cmocka_unit_test(cpus_go_and_come),
		cmocka_unit_test(console_ring),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
