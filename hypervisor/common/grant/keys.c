/* SPDX-License-Identifier: GPL-2.0-only */
/* keys.c: debug key g: the grants in use.
 *
 * Locks: gt->lock of one table at a time, for one frame of entries. */
#include "../keys.h"
#include "private.h"

static void print_entry(struct grant_table *gt, grant_ref_t ref, unsigned int *x_printed)
{
	const struct active_grant *a = active_entry(gt, ref);
	const struct grant_entry_header *s;
	uint16_t flags;
	uint64_t frame;

	if (!a->readers && !a->writers)
		return;
	if (gt->version == 1) {
		s = (const struct grant_entry_header *)entry_v1(gt, ref);
		flags = s->flags;
		frame = entry_v1(gt, ref)->frame;
	} else {
		s = &entry_v2(gt, ref)->hdr;
		flags = s->flags | *status_of(gt, ref);
		frame = entry_v2(gt, ref)->full_page.frame;
	}
	if (!(*x_printed)++)
		printk("      -------- active --------       -------- shared --------\n"
		       "[ref] localdom mfn      pin          localdom gmfn     flags\n");
	printk("[0x%03x]  %5u 0x%06lx 0x%08x      %5u 0x%06lx 0x%02x\n", ref, a->domid, mfn_x(a->span.mfn),
		(a->readers & 0xff) << 8 | (a->writers & 0xff), s->domid, frame, flags);
}

static void print_table(struct domain *d)
{
	struct grant_table *gt = d->grant;
	unsigned int frame, i, printed = 0;

	if (!gt)
		return;
	printk("grant-table for remote d%u\n  %u frames (%u max), %u maptrack frames (%u max)\n",
		d->domain_id, gt->nr_frames, gt->max_frames, gt->nr_chunks, gt->max_chunks);
	for (frame = 0; frame < READ_ONCE(gt->nr_frames); frame++) {
		spin_lock(&gt->lock);
		for (i = 0; i < ENTRIES_PER_FRAME &&
		     frame * ENTRIES_PER_FRAME + i < grant_entries(gt); i++)
			print_entry(gt, frame * ENTRIES_PER_FRAME + i, &printed);
		spin_unlock(&gt->lock);
	}
	if (!printed)
		printk("no active grant table entries\n");
}

void key_grants(void)
{
	struct domain *d = domain_get_next(0);

	printk("gnttab_usage_print_all [ key 'g' pressed\n");
	while (d) {
		domid_t next = d->domain_id + 1;

		print_table(d);
		domain_put(d);
		d = domain_get_next(next);
	}
	printk("gnttab_usage_print_all ] done\n");
}
