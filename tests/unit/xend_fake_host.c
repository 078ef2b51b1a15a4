/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_fake_host.c: the fake machine: its CPUs, pools and schedulers. */
#include "tests/unit/xend_fake_private.h"

#include <errno.h>
#include <string.h>

int f_host(struct backend *be, struct hv_host *h)
{
	*h = (struct hv_host){ .total_kib = 4u << 20, .free_kib = fake->free_kib, .nr_cpus = 4 };
	return 0;
}

int f_topology(struct backend *be, struct json_object *into)
{
	json_object_object_add(into, "numa_info", json_object_new_array());
	return step("topology");
}

int f_host_info(struct backend *be, struct json_object *into)
{
	json_object_object_add(into, "nr_cpus", json_object_new_int(4));
	json_object_object_add(into, "xen_commandline", json_object_new_string(fake->cmdline));
	return 0;
}

int f_dmesg(struct backend *be, bool clear, char **ret_text)
{
	*ret_text = strdup("(XEN) hello \xff\n");
	return 0;
}

int f_debug_keys(struct backend *be, const char *keys)
{
	return 0;
}

int f_pool(struct backend *be, uint32_t id, struct hv_pool *ret_pool)
{
	if (id)
		return -ENOENT;
	*ret_pool = (struct hv_pool){ .domains = 1, .cpus.map = { 0xf }, .scheduler = "credit2",
		.ratelimit_us = fake->ratelimit_us };
	return 0;
}

int f_set_pool(struct backend *be, const struct hv_pool *pool)
{
	if (pool->ratelimit_us > 500000)
		return -EINVAL;
	fake->ratelimit_us = pool->ratelimit_us;
	return 0;
}

int f_set_affinity(struct backend *be, uint32_t domid, unsigned int vcpu,
	const struct cpuset *hard, const struct cpuset *soft, bool force)
{
	struct fake_domain *f = fake_find(domid);
	int rc = f->pinned_itself && !force ? -EBUSY : step("set_affinity");

	if (!rc && hard)
		f->hard[vcpu] = *hard;
	if (!rc && soft)
		f->soft[vcpu] = *soft;
	return rc;
}

int f_set_sched(struct backend *be, uint32_t domid, uint32_t pool, unsigned int weight,
	unsigned int cap)
{
	int rc = step("set_sched");

	if (!rc) {
		fake_find(domid)->weight = weight;
		fake_find(domid)->cap = cap;
	}
	return rc;
}

int f_get_sched(struct backend *be, uint32_t domid, uint32_t pool, unsigned int *ret_weight,
	unsigned int *ret_cap)
{
	*ret_weight = fake_find(domid)->weight;
	*ret_cap = fake_find(domid)->cap;
	return 0;
}

int f_trigger(struct backend *be, uint32_t domid, unsigned int trigger, unsigned int vcpu)
{
	if (trigger)
		return -ENOSYS;
	fake_find(domid)->trigger++;
	return 0;
}
