/* SPDX-License-Identifier: GPL-2.0-only */
/* keyhandler.c: debug keys, each a row of a table; the arch adds its own at boot.
 *
 * Context: a tasklet or a sysctl; no lock held. */
#include <hv/console.h>
#include <hv/lib.h>
#include <hv/arch.h>
#include <hv/domain.h>
#include "keys.h"

struct key_row {
	void (*fn)(void);
	const char *help;
};

static void key_help(void);
static void key_all(void);

static void key_registers(void)
{
	arch_dump_all_cpus();
}

static void dump_vcpu(const struct vcpu *v)
{
	static const char *const state[] = { "running", "runnable", "blocked", "offline" };
	char hard[64];

	cpumask_format(hard, sizeof(hard), &v->hard_affinity);
	printk("    vcpu %u: cpu %u %s%s, flags %lx, paused %u, upcall %u/%u, affinity %s\n",
		v->vcpu_id, v->processor, state[v->runstate.state & 3],
		vcpu_on_cpu(v) ? " (on cpu)" : "", v->pause_flags[0], v->pause_count,
		v->vcpu_info->evtchn_upcall_pending, v->vcpu_info->evtchn_upcall_mask, hard);
}

static void key_domains(void)
{
	struct domain *d = domain_get_next(0);
	struct vcpu *v;

	while (d) {
		domid_t next = d->domain_id + 1;

		printk("domain %u: refs %u, dying %d, paused %u (%d), shutdown %d code %d\n",
			d->domain_id, d->refcnt, d->is_dying, d->pause_count,
			d->controller_pause_count, d->is_shut_down, d->shutdown_code);
		printk("    pages %lu of %lu, shared pages %lu\n", d->tot_pages, d->max_pages,
			d->xenheap_pages);
		for_each_vcpu (d, v)
			dump_vcpu(v);
		domain_put(d);
		d = domain_get_next(next);
	}
}

static void key_memory(void)
{
	printk("heap: %lu pages in all, %lu free\n", heap_total_pages(), heap_free_pages());
	for (unsigned int n = 0; n < MAX_NODES; n++)
		if (heap_free_pages_node(n))
			printk("    node %u: %lu free\n", n, heap_free_pages_node(n));
}

static void key_time(void)
{
	unsigned int cpu;

	printk("system time %ld ns\n", (long)now());
	for_each_online_cpu (cpu)
		printk("    cpu %u idle %ld ns\n", cpu, (long)cpu_idle_time(cpu));
}

static void key_reboot(void)
{
	printk("'R': restarting the machine\n");
	arch_machine_restart(0);
}

/* Like a bug in the hypervisor would: to see that registers and backtrace reach the console. */
static void key_crash(void)
{
	printk("'C': crashing the machine\n");
	crash_debug_because(CRASH_DEBUGKEY);
	__builtin_trap();
}

static struct key_row keys[128] = {
	['+'] = { key_level_more, "more messages" },
	['-'] = { key_level_less, "fewer messages" },
	['S'] = { key_level_which, "switch + and - between standard and guest messages" },
	['a'] = { key_timers, "timer queues" },
	['g'] = { key_grants, "grants in use" },
	['w'] = { key_ring, "the console ring once more" },
	['C'] = { key_crash, "crash the machine" },
	['H'] = { key_memory, "memory" },
	['c'] = { key_idle, "idle states" },
	['e'] = { key_events, "event channels" },
	['h'] = { key_help, "this list" },
	['*'] = { key_all, "all that only looks" },
	['u'] = { key_nodes, "nodes" },
	['d'] = { key_registers, "backtrace of every CPU" },
	['m'] = { key_memory, "memory" },
	['q'] = { key_domains, "domains and vcpus" },
	['r'] = { sched_dump, "run queues" },
	['R'] = { key_reboot, "restart the machine" },
	['t'] = { key_time, "system time and idle time" },
};

static void key_help(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].fn)
			printk("  %c  %s\n", i, keys[i].help);
}

static void key_all(void)
{
	static const char acts[] = "CLlRSwh*+-"; /* or lists */

	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!keys[i].fn || strchr(acts, i))
			continue;
		printk("[%c: %s]\n", i, keys[i].help);
		keys[i].fn();
	}
}

void keyhandler_register(unsigned char key, void (*fn)(void), const char *help)
{
	ASSERT(key < ARRAY_SIZE(keys) && !keys[key].fn);
	keys[key].help = help;
	keys[key].fn = fn;
}

void handle_keypress(unsigned char key)
{
	if (key < ARRAY_SIZE(keys) && keys[key].fn)
		keys[key].fn();
}
