/* SPDX-License-Identifier: GPL-2.0-only */
/* shadow_pool.c: the pages that a domain's shadows are made of: a fixed number; when they are all in use
 * those that no CPU went by lately are taken away, a quarter of them at once.
 *
 * A CPU may remember for a while that an upper table leads to a page that has been released: so it is
 * zeroed at once, and before it becomes something else the CPUs that have not flushed since do.
 * Locks: sh->lock, see logdirty.h. */
#include <hv/softirq.h>
#include "logdirty.h"

#define RESIZE_BATCH 64

static unsigned int bucket_of(mfn_t guest)
{
	return (mfn_x(guest) ^ mfn_x(guest) >> 12) % SHADOW_BUCKETS;
}

static struct page *from_link(uint32_t link)
{
	return link == PAGE_LIST_NULL ? NULL : mfn_to_page(mk_mfn(link));
}

struct page *shadow_find(struct shadow *sh, mfn_t guest, unsigned int level)
{
	struct page *pg = from_link(sh->bucket[bucket_of(guest)]);

	while (pg && (pg->type_info & (PGT_type_mask | SHADOW_GUEST)) != (level_type(level) | mfn_x(guest)))
		pg = from_link(pg->next);
	return pg;
}

void shadow_insert(struct shadow *sh, struct page *pg, mfn_t guest, unsigned int level)
{
	uint32_t *head = &sh->bucket[bucket_of(guest)];

	pg->type_info = level_type(level) | SHADOW_RECENT | mfn_x(guest);
	if (level == 1)
		pg->type_info |= SHADOW_FRESH;
	pg->next = *head;
	*head = mfn_x(page_to_mfn(pg));
}

void shadow_release(struct shadow *sh, struct page *pg)
{
	memset(page_to_virt(pg), 0, PAGE_SIZE);
	pg->type_info = 0;
	pg->tlb_stamp = tlb_clock_now();
	page_list_add_tail(pg, &sh->free);
}

void shadow_remove(struct shadow *sh, mfn_t guest)
{
	uint32_t *link = &sh->bucket[bucket_of(guest)];
	struct page *pg;

	while ((pg = from_link(*link)) != NULL) {
		if ((pg->type_info & SHADOW_GUEST) != mfn_x(guest)) {
			link = &pg->next;
		} else {
			*link = pg->next;
			shadow_release(sh, pg);
		}
	}
}

/* Those with one of `flags`, in all buckets; 0: every one. */
static void remove_marked(struct shadow *sh, uint64_t flags)
{
	unsigned int b;

	for (b = 0; b < SHADOW_BUCKETS; b++) {
		uint32_t *link = &sh->bucket[b];
		struct page *pg;

		while ((pg = from_link(*link)) != NULL) {
			if (flags && !(pg->type_info & flags)) {
				link = &pg->next;
			} else {
				*link = pg->next;
				shadow_release(sh, pg);
			}
		}
	}
}

void shadow_remove_all(struct shadow *sh)
{
	remove_marked(sh, 0);
}

void shadow_for_each(struct shadow *sh, unsigned int lowest, void (*fn)(struct page *pg))
{
	struct page *pg;
	unsigned int b;

	for (b = 0; b < SHADOW_BUCKETS; b++)
		for (pg = from_link(sh->bucket[b]); pg; pg = from_link(pg->next))
			if (type_level(pg->type_info & PGT_type_mask) >= lowest)
				fn(pg);
}

/* --- eviction ----------------------------------------------------------------------------------- */

/* The CPU sets A in the entries that it goes by. */
static void note_use(pte_t *t, unsigned int i)
{
	pte_t e = READ_ONCE(t[i]);

	if ((e & (PTE_P | PTE_A)) != (PTE_P | PTE_A))
		return;
	__atomic_fetch_and(&t[i], ~PTE_A, __ATOMIC_SEQ_CST);
	mfn_to_page(pte_mfn(e))->type_info |= SHADOW_RECENT;
}

static void unhook_victim(pte_t *t, unsigned int i)
{
	pte_t e = READ_ONCE(t[i]);

	if ((e & PTE_P) && (mfn_to_page(pte_mfn(e))->type_info & SHADOW_VICTIM))
		WRITE_ONCE(t[i], 0);
}

static void note_use_page(struct page *pg)
{
	unsigned int i;

	for (i = 0; i < PT_ENTRIES; i++)
		note_use(page_to_virt(pg), i);
}

static void unhook_page(struct page *pg)
{
	unsigned int i;

	for (i = 0; i < PT_ENTRIES; i++)
		unhook_victim(page_to_virt(pg), i);
}

static void for_each_root_entry(struct domain *d, void (*fn)(pte_t *t, unsigned int i))
{
	struct vcpu *v;
	unsigned int k, i;

	for_each_vcpu (d, v)
		for (k = 0; k < ARRAY_SIZE(v->arch.shadow_root); k++)
			for (i = 0; v->arch.shadow_root[k] && i < PT_ENTRIES; i++)
				if (!is_xen_l4_slot(4, i))
					fn(v->arch.shadow_root[k], i);
}

/* Twice around if need be: the first time those in use are passed over. */
static void choose_victims(struct shadow *sh, unsigned long quota)
{
	unsigned int round;
	struct page *pg;

	for (round = 0; round < 2 * SHADOW_BUCKETS && quota; round++) {
		pg = from_link(sh->bucket[sh->hand]);
		for (; pg && quota; pg = from_link(pg->next)) {
			if (pg->type_info & SHADOW_RECENT) {
				pg->type_info &= ~SHADOW_RECENT;
			} else if (!(pg->type_info & SHADOW_VICTIM)) {
				pg->type_info |= SHADOW_VICTIM;
				quota--;
			}
		}
		sh->hand = (sh->hand + 1) % SHADOW_BUCKETS;
	}
}

static void evict(struct domain *d)
{
	struct shadow *sh = d->arch.shadow;

	shadow_for_each(sh, 2, note_use_page);
	for_each_root_entry(d, note_use);
	choose_victims(sh, sh->total / 4 + 1);
	shadow_for_each(sh, 2, unhook_page);
	for_each_root_entry(d, unhook_victim);
	remove_marked(sh, SHADOW_VICTIM);
}

/* --- pages ---------------------------------------------------------------------------------------- */

static struct page *pop_free(struct domain *d)
{
	struct shadow *sh = d->arch.shadow;

	if (!sh->free.count)
		evict(d);
	return page_list_pop(&sh->free);
}

static void flush_old(struct domain *d, struct page *pg)
{
	struct cpumask m;

	cpumask_copy(&m, &d->arch.dirty_cpumask);
	tlb_filter(&m, pg->tlb_stamp);
	if (!cpumask_empty(&m))
		flush_mask(&m, FLUSH_TLB, 0);
}

struct page *shadow_take(struct domain *d)
{
	struct shadow *sh = d->arch.shadow;
	struct page *pg;

	spin_lock(&sh->lock);
	pg = pop_free(d);
	spin_unlock(&sh->lock);
	if (pg)
		flush_old(d, pg);
	return pg;
}

static int add_page(struct shadow *sh)
{
	void *p = alloc_zeroed_page();

	if (!p)
		return -ENOMEM;
	spin_lock(&sh->lock);
	shadow_release(sh, virt_to_page(p));
	sh->total++;
	spin_unlock(&sh->lock);
	return 0;
}

static void drop_page(struct domain *d)
{
	struct page *pg = shadow_take(d);

	if (!pg)
		BUG();
	d->arch.shadow->total--;
	free_xenheap_page(page_to_virt(pg));
}

int shadow_resize(struct domain *d)
{
	struct shadow *sh = d->arch.shadow;
	unsigned int n = 0;
	int rc = 0;

	while (!rc && sh->total != sh->target) {
		if (sh->total < sh->target)
			rc = add_page(sh);
		else
			drop_page(d);
		if (!rc && ++n % RESIZE_BATCH == 0 && hypercall_preempt_check())
			rc = -ERESTART;
	}
	return rc;
}
