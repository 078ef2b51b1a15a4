/* SPDX-License-Identifier: GPL-2.0-only */
/* heap_low.c: tells dom0 that free memory gets low, by VIRQ_ENOMEM. Once at the limit and once at each half,
 * quarter, ... of it; a mark that was passed counts again when there has been four times as much as the next.
 *
 * Locks:   heap_lock guards the marks; the virq is sent from a tasklet, without it. */
#include <hv/domain.h>
#include <hv/event.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/softirq.h>
#include "page-private.h"

struct heap_marks heap_marks = { .low = 0, .high = ~0UL }; /* none are told */

static unsigned int first_order, order; /* of the marks: 2^n pages */

static void tell_dom0(void *unused)
{
	send_global_virq(VIRQ_ENOMEM);
}

static void set_marks(unsigned int new_order)
{
	order = new_order;
	heap_marks.low = 1UL << order;
	heap_marks.high = order == first_order ? ~0UL : 4UL << order;
}

void heap_mark_passed(unsigned long avail)
{
	static struct tasklet telling = TASKLET_INIT(tell_dom0, NULL);

	if (avail >= heap_marks.high) {
		set_marks(order + 1);
	} else if (heap_marks.low) {
		set_marks(order ? order - 1 : 0);
		tasklet_schedule(&telling);
	}
}

void heap_low_start(void)
{
	unsigned long limit = min(boot_params.low_mem_virq_limit >> PAGE_SHIFT, heap_total_pages() / 2);

	heap_marks = (struct heap_marks){ .low = 0, .high = ~0UL };
	if (!limit)
		return;
	first_order = fls_long(limit);
	set_marks(first_order);
}
