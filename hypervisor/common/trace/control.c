/* SPDX-License-Identifier: GPL-2.0-only */
/* control.c: sysctl tbuf_op: how large trace buffers are, which records go there, on and off. What dom0 maps
 * to find them (struct t_info) is made with them; they are never given back.
 *
 * Caller holds the sysctl lock. */
#include <hv/arch.h>
#include <hv/ctl_bitmap.h>
#include <hv/domain.h>
#include <hv/param.h>
#include "../sysctl/private.h"
#include "private.h"

/* In words: behind the offsets of all CPUs there could be. */
#define FIRST_LIST ((sizeof(struct t_info) + NR_CPUS * sizeof(uint16_t) + 3) / sizeof(uint32_t))

static struct t_info *info;
static unsigned int info_order, info_pages;

static uint32_t *list_of(unsigned int cpu)
{
	return (uint32_t *)info + info->mfn_offset[cpu];
}

/* The offset of the last CPU's list has 16 bits, the position in a buffer 32. */
static unsigned int most_pages(void)
{
	unsigned int lists = (UINT16_MAX - FIRST_LIST) / (nr_cpu_ids > 1 ? nr_cpu_ids - 1 : 1);

	return min(lists, (unsigned int)(UINT32_MAX / 2 / PAGE_SIZE));
}

static int make_info(unsigned int pages)
{
	unsigned int cpu, bytes = (FIRST_LIST + nr_cpu_ids * pages) * sizeof(uint32_t);

	info_pages = PFN_UP(bytes);
	for (info_order = 0; 1U << info_order < info_pages; info_order++)
		;
	info = alloc_xenheap_pages(info_order, 0);
	if (!info)
		return -ENOMEM;
	memset(info, 0, PAGE_SIZE << info_order);
	info->tbuf_size = pages;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		info->mfn_offset[cpu] = FIRST_LIST + cpu * pages;
	return 0;
}

static int make_buffers(unsigned int pages)
{
	unsigned int i;
	int rc = make_info(pages);

	if (rc)
		return rc;
	rc = trace_buffers_make(pages, list_of);
	if (rc) {
		free_xenheap_pages(info, info_order);
		info = NULL;
		return rc;
	}
	for (i = 0; i < info_pages; i++)
		arch_share_page((char *)info + i * PAGE_SIZE, dom_xen, false);
	return 0;
}

/* Once: by the command line or by the tools. They are written to from then on, as with 4.17. */
static long set_size(unsigned int pages)
{
	long rc;

	if (info)
		return pages == info->tbuf_size ? -EBUSY : -EINVAL;
	rc = pages ? make_buffers(min(pages, most_pages())) : -EINVAL;
	if (!rc)
		WRITE_ONCE(trace_on, true);
	return rc;
}

static long set_cpus(const struct xen_sysctl_tbuf_op *t)
{
	struct cpumask m;
	int rc = ctl_cpumask_get(&m, &t->cpu_mask);

	if (!rc)
		cpumask_copy(&trace_cpus, &m);
	return rc;
}

static long get_info(struct xen_sysctl_tbuf_op *t)
{
	t->evt_mask = trace_events;
	t->buffer_mfn = info ? mfn_x(virt_to_mfn(info)) : 0;
	t->size = info ? info_pages * PAGE_SIZE : 0;
	return 0;
}

static long enable(void)
{
	if (!info)
		return -EINVAL;
	WRITE_ONCE(trace_on, true);
	return 0;
}

/* No record is made once this returns. */
static long disable(void)
{
	WRITE_ONCE(trace_on, false);
	trace_forget_lost();
	return 0;
}

long sysctl_tbuf_op(struct xen_sysctl *op)
{
	struct xen_sysctl_tbuf_op *t = &op->u.tbuf_op;

	switch (t->cmd) {
	case XEN_SYSCTL_TBUFOP_get_info:
		return get_info(t);
	case XEN_SYSCTL_TBUFOP_set_cpu_mask:
		return set_cpus(t);
	case XEN_SYSCTL_TBUFOP_set_evt_mask:
		WRITE_ONCE(trace_events, t->evt_mask);
		return 0;
	case XEN_SYSCTL_TBUFOP_set_size:
		return set_size(t->size);
	case XEN_SYSCTL_TBUFOP_enable:
		return enable();
	case XEN_SYSCTL_TBUFOP_disable:
		return disable();
	default:
		return -EINVAL;
	}
}

void trace_init(void)
{
	if (boot_params.tevt_mask)
		trace_events = boot_params.tevt_mask;
	if (boot_params.tbuf_size && set_size(boot_params.tbuf_size))
		printk(LOG_WARN "tbuf_size: no memory for trace buffers\n");
}
