/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl.c: control of the machine by the tools: one row for each operation; what is not here is
 * the arch's, and what nobody has (counters, lock profiles) is -ENOSYS.
 * Only dom0 may.
 *
 * Locks: sysctl_lock (LOCK_SYSCTL): one at a time. Who does not get it issues the call again. */
#include "private.h"
#include <hv/console.h>
#include <hv/hypercall.h>
#include <hv/target.h>

static DEFINE_SPINLOCK(sysctl_lock, LOCK_SYSCTL);

/* Through a page of ours: guest memory is not touched under the console's lock. */
static long sysctl_readconsole(struct xen_sysctl *op)
{
	struct xen_sysctl_readconsole *r = &op->u.readconsole;
	char *buf = alloc_xenheap_page();
	bool incremental = r->incremental;
	uint32_t done = 0;
	size_t n;
	long rc = 0;

	if (!buf)
		return -ENOMEM;
	while (done < r->count) {
		n = console_ring_read(buf, min((size_t)(r->count - done), (size_t)PAGE_SIZE),
			&r->index, false, incremental);
		if (!n)
			break;
		if (copy_to_guest_raw(r->buffer.p + done, buf, n)) {
			rc = -EFAULT;
			break;
		}
		if (r->clear) /* what has arrived */
			console_ring_read(buf, 0, &r->index, true, true);
		done += n;
		incremental = true;
	}
	r->count = done;
	free_xenheap_page(buf);
	return rc;
}

static long sysctl_debug_keys(struct xen_sysctl *op)
{
	const struct xen_sysctl_debug_keys *k = &op->u.debug_keys;
	uint32_t i;
	char key;

	for (i = 0; i < k->nr_keys; i++) {
		if (copy_from_guest_offset(&key, k->keys, i, 1))
			return -EFAULT;
		handle_keypress(key);
	}
	return 0;
}

static long sysctl_getdomaininfolist(struct xen_sysctl *op)
{
	struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
	struct xen_domctl_getdomaininfo info;
	uint32_t next = l->first_domain, n;
	struct domain *d;

	for (n = 0; n < l->max_domains && next < DOMID_FIRST_RESERVED; n++) {
		d = domain_get_next(next);
		if (!d)
			break;
		if (d->domain_id >= DOMID_FIRST_RESERVED) {
			domain_put(d);
			break;
		}
		next = d->domain_id + 1U;
		getdomaininfo(d, &info);
		domain_put(d);
		if (copy_to_guest_offset(l->buffer, n, &info, 1))
			return -EFAULT;
	}
	l->num_domains = n;
	return 0;
}

static const struct sysctl_row {
	sysctl_fn *fn;
	bool copyback; /* on success, and on -ENOBUFS, which tells how much would be needed */
} sysctl_rows[] = {
	[XEN_SYSCTL_readconsole] = { sysctl_readconsole, true },
	[XEN_SYSCTL_tbuf_op] = { sysctl_tbuf_op, true },
	[XEN_SYSCTL_physinfo] = { sysctl_physinfo, true },
	[XEN_SYSCTL_sched_id] = { sysctl_sched_id, true },
	[XEN_SYSCTL_getdomaininfolist] = { sysctl_getdomaininfolist, true },
	[XEN_SYSCTL_debug_keys] = { sysctl_debug_keys, false },
	[XEN_SYSCTL_getcpuinfo] = { sysctl_getcpuinfo, true },
	[XEN_SYSCTL_availheap] = { sysctl_availheap, true },
	[XEN_SYSCTL_cputopoinfo] = { sysctl_cputopoinfo, true },
	[XEN_SYSCTL_numainfo] = { sysctl_numainfo, true },
	[XEN_SYSCTL_pcitopoinfo] = { sysctl_pcitopoinfo, true },
	[XEN_SYSCTL_cpu_hotplug] = { sysctl_cpu_hotplug, false },
	[XEN_SYSCTL_cpupool_op] = { sysctl_cpupool_op, true },
	[XEN_SYSCTL_get_pmstat] = { sysctl_get_pmstat, true },
	[XEN_SYSCTL_pm_op] = { sysctl_pm_op, true },
	[XEN_SYSCTL_page_offline_op] = { sysctl_page_offline_op, false },
	[XEN_SYSCTL_coverage_op] = { sysctl_coverage_op, false },
	[XEN_SYSCTL_psr_cmt_op] = { sysctl_psr, false },
	[XEN_SYSCTL_psr_alloc] = { sysctl_psr, false },
	[XEN_SYSCTL_livepatch_op] = { sysctl_livepatch_op, true },
	[XEN_SYSCTL_scheduler_op] = { sysctl_scheduler_op, true },
};

long do_sysctl(unsigned long arg[])
{
	const struct sysctl_row *row = NULL;
	struct xen_sysctl op;
	bool copyback = false;
	long rc;

	if (copy_from_guest_raw(&op, (const void *)arg[0], sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
		return -EACCES;
	if (!current->domain->is_privileged)
		return -EPERM;
	if (op.cmd < ARRAY_SIZE(sysctl_rows))
		row = &sysctl_rows[op.cmd];
	if (!spin_trylock(&sysctl_lock))
		return -ERESTART;
	if (row && row->fn) {
		rc = row->fn(&op);
		copyback = row->copyback && (!rc || rc == -ENOBUFS);
	} else {
		rc = arch_sysctl(&op, &copyback);
	}
	spin_unlock(&sysctl_lock);
	if (copyback && copy_to_guest_raw((void *)arg[0], &op, sizeof(op)))
		rc = -EFAULT;
	return rc;
}
