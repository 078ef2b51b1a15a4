/* SPDX-License-Identifier: GPL-2.0-only */
/* keys.c: debug keys that look at domains' event channels, at idle times and at nodes. The figures may
 * change while they are printed.
 *
 * Locks:   a domain's ev.lock or page_lock, one at a time, for as long as something is copied or counted.
 * Context: as in keyhandler.c. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include "event/private.h"
#include "keys.h"

static void for_all_domains(void (*fn)(struct domain *d))
{
	struct domain *d = domain_get_next(0);

	while (d) {
		domid_t next = d->domain_id + 1;

		fn(d);
		domain_put(d);
		d = domain_get_next(next);
	}
}

/* --- e ------------------------------------------------------------------------------------------- */

static void dump_channel(struct domain *d, const struct evtchn *chn)
{
	printk("    %4u [%d]: s=%u n=%u x=%u", chn->port, evtchn_port_pending(d, chn->port), chn->state,
		chn->notify_vcpu, chn->xen_consumer);
	switch (chn->state) {
	case ECS_UNBOUND:
		printk(" d=%u\n", chn->u.unbound.remote_domid);
		break;
	case ECS_INTERDOMAIN:
		printk(" d=%u p=%u\n", chn->u.interdomain.remote_dom->domain_id,
			chn->u.interdomain.remote_port);
		break;
	case ECS_PIRQ:
		printk(" p=%u\n", chn->u.pirq.pirq);
		break;
	case ECS_VIRQ:
		printk(" v=%u\n", chn->u.virq);
		break;
	default:
		printk("\n");
	}
}

static void dump_channels(struct domain *d)
{
	unsigned int port;

	printk("Event channel information for domain %u:\n    port [pending]\n", d->domain_id);
	for (port = 1; port < READ_ONCE(d->ev.nr_ports); port++) {
		struct evtchn chn, *from = evtchn_from_port(d, port);
		unsigned long flags;

		/* A copy: the lock keeps the remote domain, which is only named then. */
		spin_lock_irqsave(&d->ev.lock, flags);
		chn = *from;
		spin_unlock_irqrestore(&d->ev.lock, flags);
		if (chn.state != ECS_FREE && chn.state != ECS_RESERVED)
			dump_channel(d, &chn);
	}
}

void key_events(void)
{
	for_all_domains(dump_channels);
}

/* --- c ------------------------------------------------------------------------------------------- */

void key_idle(void)
{
	unsigned int cpu;
	s_time_t idle;

	printk("max state: C1\n");
	for_each_online_cpu (cpu) {
		idle = cpu_idle_time(cpu);
		printk("==cpu%u==\n    C1: method[ HALT] duration[%ld]\n    C0: duration[%ld]\n", cpu,
			(long)idle, (long)(now() - idle));
	}
}

/* --- u ------------------------------------------------------------------------------------------- */

static void dump_memory_of(struct domain *d)
{
	unsigned long pages[MAX_NODES] = { 0 };
	struct page *pg;

	spin_lock(&d->page_lock);
	for (pg = page_list_first(&d->page_list); pg; pg = page_list_next(pg))
		pages[heap_node_of(pg)]++;
	spin_unlock(&d->page_lock);
	printk("Domain %u (total: %lu):\n", d->domain_id, d->tot_pages);
	for (unsigned int n = 0; n < MAX_NODES; n++)
		if (arch_nodes() & BIT_MASK(n))
			printk("    Node %u: %lu\n", n, pages[n]);
}

void key_nodes(void)
{
	unsigned int node, cpu;

	for (node = 0; node < MAX_NODES; node++)
		if (arch_nodes() & BIT_MASK(node))
			printk("NODE%u size->%lu free->%lu\n", node, arch_node_pages(node),
				heap_free_pages_node(node));
	for_each_online_cpu (cpu)
		printk("CPU%u -> NODE%u\n", cpu, arch_cpu_to_node(cpu));
	printk("Memory of each domain:\n");
	for_all_domains(dump_memory_of);
}
