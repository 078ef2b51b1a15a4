/* SPDX-License-Identifier: GPL-2.0-only */
/* pool.h: CPU pools, and CPUs taken out of use (common/pool.c). Error codes are those of
 * XEN_SYSCTL_cpupool_op and XEN_SYSCTL_cpu_hotplug. */
#ifndef HV_POOL_H
#define HV_POOL_H

#include <hv/types.h>
#include <hv/list.h>
#include <hv/cpumask.h>

struct domain;

#define CPUPOOL_ANY 0xffffffffU

struct cpupool {
	struct list_head list;
	uint32_t id;
	unsigned int sched_id;   /* XEN_SCHEDULER_*: the interface to weights and parameters */
	unsigned int tslice_ms;  /* a vcpu runs that long at most while others wait */
	unsigned int migr_delay_us;
	unsigned int n_dom;
	struct cpumask cpus;     /* online all */
};

void pools_init(void);                       /* pool 0, of the kind that sched= names */
void pool_cpu_started(unsigned int cpu);     /* goes to pool 0 */
/* NULL: none. It stays as long as nobody destroys it: that is under the sysctl lock. */
struct cpupool *pool_find(uint32_t id);
int pool_get_info(uint32_t id, struct cpupool *ret_copy); /* the first from id on; -ENOENT */
void pool_free_cpus(struct cpumask *ret_m);
int pool_create(uint32_t id, unsigned int sched_id, uint32_t *ret_id);
int pool_destroy(uint32_t id);
int pool_add_domain(struct domain *d, uint32_t id);       /* a new one */
void pool_remove_domain(struct domain *d);
int pool_move_domain(struct domain *d, uint32_t id);
int pool_add_cpu(uint32_t id, uint32_t cpu);
/* -ERESTART: something is left on the CPU, perhaps the caller: again. */
int pool_remove_cpu(uint32_t id, uint32_t cpu);
int cpu_take_offline(unsigned int cpu);      /* -ERESTART: again */
int cpu_bring_online(unsigned int cpu);

#endif
