/* SPDX-License-Identifier: GPL-2.0-only */
/* gdt.c: a vcpu's GDT: up to 14 guest pages, each with a seg_desc reference, then ours.
 *
 * Changed by the vcpu itself or while it is stopped. */
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include "mm.h"

#define GDT_ENTRIES_PER_PAGE (PAGE_SIZE / 8)

static void put_frames(const mfn_t *frames, unsigned int n)
{
	while (n--)
		put_page_and_type(mfn_to_page(frames[n]));
}

void pv_destroy_gdt(struct vcpu *v)
{
	unsigned int n = DIV_ROUND_UP(v->arch.gdt_ents, GDT_ENTRIES_PER_PAGE), i;

	v->arch.gdt_ents = 0;
	for (i = 0; i < n; i++)
		WRITE_ONCE(v->arch.perdomain_l1[i], perdomain_empty_gdt_pte());
	/* No CPU may write accessed bits there once the pages are something else. */
	if (n && !cpumask_empty(&v->domain->arch.dirty_cpumask))
		flush_mask(&v->domain->arch.dirty_cpumask, FLUSH_TLB, 0);
	put_frames(v->arch.gdt_frames, n);
}

int pv_set_gdt(struct vcpu *v, const mfn_t *frames, unsigned int entries)
{
	unsigned int n = DIV_ROUND_UP(entries, GDT_ENTRIES_PER_PAGE), i;

	if (entries > FIRST_RESERVED_GDT_ENTRY)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		if (!get_table_from_mfn(frames[i], PGT_seg_desc, v->domain, false))
			continue;
		put_frames(frames, i);
		return -EINVAL;
	}
	pv_destroy_gdt(v);
	for (i = 0; i < n; i++) {
		v->arch.gdt_frames[i] = frames[i];
		WRITE_ONCE(v->arch.perdomain_l1[i], mk_pte(frames[i], PTE_HV | PTE_NX));
	}
	v->arch.gdt_ents = entries;
	return 0;
}

long do_set_gdt(unsigned long arg[HYPERCALL_ARGS])
{
	unsigned int entries = arg[1], n = DIV_ROUND_UP(entries, GDT_ENTRIES_PER_PAGE), i;
	unsigned long list[FIRST_RESERVED_GDT_PAGE];
	mfn_t frames[FIRST_RESERVED_GDT_PAGE];
	long rc;

	if (entries > FIRST_RESERVED_GDT_ENTRY)
		return -EINVAL;
	if (copy_from_guest_raw(list, (const void *)arg[0], n * sizeof(list[0])))
		return -EFAULT;
	for (i = 0; i < n; i++)
		frames[i] = mk_mfn(list[i]);
	rc = pv_set_gdt(current, frames, entries);
	if (!rc)
		flush_local(FLUSH_TLB, 0);
	return rc;
}
