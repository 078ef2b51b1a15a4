/* SPDX-License-Identifier: GPL-2.0-only */
/* testing.c: boots the simulated machine and makes domains for tests. */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/softirq.h>
#include <asm/host.h>
#include <stdlib.h>
#include <sys/mman.h>

extern char __start_percpu[], __stop_percpu[];
extern unsigned long *host_m2p;

static void init_memory(unsigned int megabytes)
{
	max_page = (unsigned long)megabytes << (20 - PAGE_SHIFT);
	host_memory = mmap(NULL, max_page << PAGE_SHIFT, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	frame_table = calloc(max_page, sizeof(struct page));
	host_m2p = calloc(max_page, sizeof(*host_m2p));
	if (host_memory == MAP_FAILED || !frame_table || !host_m2p)
		abort();
	for (unsigned long i = 0; i < max_page; i++)
		host_m2p[i] = INVALID_M2P_ENTRY;
	heap_add_range(0, (paddr_t)max_page << PAGE_SHIFT);
}

static void init_percpu(unsigned int cpus)
{
	static char *copies[HOST_MAX_CPUS]; /* static: not a leak at exit */
	size_t size = __stop_percpu - __start_percpu;

	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		if (cpu) {
			copies[cpu] = aligned_alloc(64, ROUND_UP(size, 64UL));
			memset(copies[cpu], 0, size);
			host_percpu_offset[cpu] = (long)copies[cpu] - (long)__start_percpu;
		}
		cpumask_set(cpu, &cpu_present_map);
	}
	nr_cpu_ids = cpus;
}

void host_init(unsigned int cpus, unsigned int megabytes, const char *cmdline)
{
	BUG_ON(cpus > HOST_MAX_CPUS);
	init_percpu(cpus);
	params_parse(cmdline);
	console_init_early();
	host_set_time(SECONDS(100)); /* sums of times must not go below 0 */
	init_memory(megabytes);
	console_init();
	timers_init();
	sched_init();
	domains_init();
	for (unsigned int cpu = 1; cpu < cpus; cpu++) {
		host_on_cpu(cpu);
		timers_init_cpu(cpu);
		sched_init_cpu(cpu);
	}
	host_on_cpu(0);
	console_init_irq();
}

/* What a panic on the way left behind: held locks stay held, but nobody waits for them. */
void host_after_stop(void)
{
	spin_locks_broken = false;
	local_irq_enable();
}

static struct domain *make(domid_t domid, unsigned int vcpus, unsigned long max_pages, bool priv)
{
	struct xen_domctl_createdomain cfg = {
		.max_vcpus = vcpus,
		.max_evtchn_port = 4095,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = boot_params.gnttab_max_ver,
	};
	struct domain *d;

	if (domain_create(domid, &cfg, priv, &d))
		panic("no domain %u", domid);
	d->max_pages = max_pages;
	for (unsigned int i = 0; i < vcpus; i++) {
		struct vcpu *v = vcpu_create(d, i);

		BUG_ON(!v);
		v->is_initialised = true;
		clear_bit(VPF_down, v->pause_flags);
	}
	return d;
}

struct domain *host_make_domain(unsigned int vcpus, unsigned long max_pages)
{
	domid_t id;

	if (domid_alloc(&id))
		panic("no domid");
	return make(id, vcpus, max_pages, false);
}

struct domain *host_make_dom0(unsigned int vcpus, unsigned long max_pages)
{
	struct domain *d = make(0, vcpus, max_pages, true);

	domain_unpause_by_toolstack(d);
	return d;
}

void host_kill_domain(struct domain *d)
{
	int rc;

	if (current->domain == d) {
		/* Nobody kills his own: this CPU leaves it first. */
		domain_pause_nosync(d);
		host_run_all();
	}
	while ((rc = domain_kill(d)) == -ERESTART)
		;
	BUG_ON(rc);
	host_run_all();
}

void host_play_vcpu(struct vcpu *v)
{
	current = v ? v : cpu_current(smp_processor_id());
}
