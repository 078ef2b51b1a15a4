/* SPDX-License-Identifier: GPL-2.0-only */
/* page.h: the frame table, general references, page lists, and the page allocators.
 *
 * Every RAM frame has a struct page. count_info holds a general reference count and flags; while
 * the count is not zero the frame cannot be freed. A page given to a domain starts with one
 * reference (PGC_allocated) that stands for the allocation itself. type_info belongs to the arch
 * (page types, x86: mm/types.c).
 *
 * Locks: owner->page_lock guards a domain's page list and counts; the heap lock the free lists.
 *        count_info and type_info change by compare-and-swap alone. */
#ifndef HV_PAGE_H
#define HV_PAGE_H

#include <hv/types.h>
#include <hv/spinlock.h>
#include <asm/page.h> /* PAGE_SHIFT/SIZE/MASK, mfn_to_virt, virt_to_mfn, frame_table, mfn_valid */

struct domain;

struct page {
	uint32_t next, prev;      /* list links: frame numbers, PAGE_LIST_NULL ends */
	uint64_t count_info;      /* PGC_* and the general reference count */
	union {
		uint64_t type_info;   /* in use: arch page type and its count */
		struct {              /* free: of the head of a block, but for the last */
			uint32_t first_dirty : 24; /* no page before this one needs scrubbing */
			uint32_t order : 8;
			uint32_t contents; /* d->serial of who left them (PGC_scrub), or 0 */
		} free;
	};
	uint32_t owner;           /* compressed struct domain pointer, 0 for none: page_owner() */
	uint32_t tlb_stamp;       /* arch: TLB clock when last freed or typed */
};
static_assert(sizeof(struct page) == 32, "frame table entry");

#define PGC_allocated   (1UL << 63) /* the domain's own reference is held */
#define PGC_xen_heap    (1UL << 62) /* hypervisor memory, perhaps shared with a domain */
#define PGC_free        (1UL << 61) /* on a free list */
#define PGC_offlined    (1UL << 60)
#define PGC_scrub       (1UL << 59) /* free, contents not yet cleared */
#define PGC_count_mask  ((1UL << 48) - 1)

#define PAGE_LIST_NULL 0xffffffffU

struct page_list {
	uint32_t head, tail;
	unsigned long count;
};

#define PAGE_LIST_INIT { PAGE_LIST_NULL, PAGE_LIST_NULL, 0 }

static inline struct page *mfn_to_page(mfn_t m) { return &frame_table[mfn_x(m)]; }
static inline mfn_t page_to_mfn(const struct page *pg) { return mk_mfn(pg - frame_table); }
static inline paddr_t mfn_to_paddr(mfn_t m) { return (paddr_t)mfn_x(m) << PAGE_SHIFT; }
static inline mfn_t paddr_to_mfn(paddr_t p) { return mk_mfn(p >> PAGE_SHIFT); }
static inline struct page *virt_to_page(const void *v) { return mfn_to_page(virt_to_mfn(v)); }
static inline void *page_to_virt(const struct page *pg) { return mfn_to_virt(page_to_mfn(pg)); }

/* A struct domain starts a xenheap page: its frame number stands for it, 0 for none. */
static inline struct domain *page_owner(const struct page *pg)
{
	uint32_t owner = READ_ONCE(pg->owner);

	return owner ? (struct domain *)mfn_to_virt(mk_mfn(owner)) : NULL;
}
void page_set_owner(struct page *pg, struct domain *d);

void page_list_init(struct page_list *l);
void page_list_add(struct page *pg, struct page_list *l);
void page_list_add_tail(struct page *pg, struct page_list *l);
void page_list_del(struct page *pg, struct page_list *l);
struct page *page_list_first(const struct page_list *l); /* NULL if empty */
struct page *page_list_next(const struct page *pg);      /* NULL at the end */
struct page *page_list_pop(struct page_list *l);

/* --- general references ------------------------------------------------------------------ */

/* One more reference if there is at least one; false if free or the count is at its limit. */
static inline bool page_ref_inc(struct page *pg)
{
	uint64_t old = __atomic_load_n(&pg->count_info, __ATOMIC_RELAXED);

	do {
		/* 0: free or being freed. All ones: no room for one more. */
		if (((old + 1) & PGC_count_mask) <= 1 || (old & PGC_free))
			return false;
	} while (!__atomic_compare_exchange_n(&pg->count_info, &old, old + 1, true,
		__ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return true;
}

/* Drops a reference; the last one frees the page (never in interrupt context). */
void put_last_page(struct page *pg, uint64_t old);
static inline void put_page(struct page *pg)
{
	uint64_t old = __atomic_fetch_sub(&pg->count_info, 1, __ATOMIC_ACQ_REL);

	if (unlikely((old & PGC_count_mask) <= 1))
		put_last_page(pg, old);
}

/* Takes a reference if the page is owned by d and in use; false otherwise. Any context. */
static inline bool __must_check get_page(struct page *pg, const struct domain *d)
{
	if (!page_ref_inc(pg))
		return false;
	if (likely(page_owner(pg) == d))
		return true;
	put_page(pg);
	return false;
}
/* Takes a reference on an in-use page and returns its owner through ret_owner; false if free. */
bool get_page_owner_and_ref(struct page *pg, struct domain **ret_owner) __must_check;
/* Drops PGC_allocated's reference if it is still held: the page goes away once unused. */
void put_page_alloc_ref(struct page *pg);
/* That, and drops one more reference that the caller has to each of these pages of d's; the array is used
 * up. d does not go away before its last page: the caller has a reference to it. */
void put_dying_pages(struct domain *d, struct page **pg, unsigned int count);

/* --- allocation ---------------------------------------------------------------------------- */

#define MAX_ORDER 20
#define MEMF_node(n)     (((n) + 1U) & 0xffU) /* prefer this node */
#define MEMF_any_node    0xffU              /* mask: one is named */
#define MEMF_bits(n)     ((unsigned int)(n) << 8) /* address below 2^n */
#define MEMF_no_scrub    (1U << 17)
#define MEMF_exact_node  (1U << 18) /* from MEMF_node() or not at all */
#define MEMF_get_bits(f) (((f) >> 8) & 0xffU)

/* Boot: gives [start, end) to the heap. Pages must have struct pages already. */
void heap_add_range(paddr_t start, paddr_t end);
unsigned int heap_node_of(const struct page *pg);
#define MAX_NODES 8
/* page_offline.c: a frame whose memory is bad: out of use, now or when it is freed. Context: no lock held.
 * -EINVAL: not RAM; -EPERM: the hypervisor's image or tables; -ENOMEM. */
int page_offline_bad(mfn_t mfn);
/* 2^order contiguous frames for the hypervisor itself, mapped at mfn_to_virt(); contents
 * undefined. NULL when there are none. */
void *alloc_xenheap_pages(unsigned int order, unsigned int memflags);
void free_xenheap_pages(void *v, unsigned int order);
#define alloc_xenheap_page()  alloc_xenheap_pages(0, 0)
#define free_xenheap_page(v)  free_xenheap_pages(v, 0)
/* One zeroed page. */
void *alloc_zeroed_page(void);

/* 2^order frames for domain d (accounted, owned, one reference each, zeroed unless
 * MEMF_no_scrub); d NULL: owned by nobody. NULL: out of memory, or d is dying or at max_pages. */
struct page *alloc_domheap_pages(struct domain *d, unsigned int order, unsigned int memflags);
void free_domheap_pages(struct page *pg, unsigned int order);
/* Gives an unowned allocated block to d: -E2BIG over max_pages, -EINVAL when dying. */
int assign_pages(struct page *pg, unsigned int order, struct domain *d);
/* Sets memory aside so that d can get up to `pages` in all (0: no longer). -ENOMEM; -EINVAL: it has
 * a claim, has as many, may not have as many, or is dying. */
int domain_claim_pages(struct domain *d, unsigned long pages);
/* The common part of arch_share_page(): owner, list, one allocated reference. The page (in use,
 * from alloc_xenheap_pages) goes back with put_page_alloc_ref(), and once nobody refers to it, that
 * is when d is gone at the latest, with free_xenheap_page(). */
void xenheap_page_share(struct page *pg, struct domain *d);
/* Ends that at once if nobody has the page mapped; false: somebody has. d does not die of it. */
bool xenheap_page_take_back(struct page *pg, struct domain *d) __must_check;

unsigned long heap_total_pages(void);
unsigned long heap_free_pages(void);
unsigned long heap_claimed_pages(void); /* of the free ones */
unsigned long heap_free_pages_node(unsigned int node);
void heap_low_start(void); /* dom0 is told from now on when there are few */
/* Makes it zero, without writing to one that is. */
void scrub_page(struct page *pg);
/* Idle work: scrubs some freed pages; true if there is more. */
bool heap_scrub_some(void);

/* Takes a page that nobody uses away from d, to which the caller has a reference: in nobody's hands
 * afterwards. NULL: not d's, or in use. arch_page_alloc_flush() before it is used again. */
struct page *steal_page(struct domain *d, mfn_t mfn);

/* --- small allocations --------------------------------------------------------------------- */

void *xmalloc_bytes(size_t size, size_t align);
void *xzalloc_bytes(size_t size, size_t align);
void xfree(void *p); /* NULL is allowed */
#define xmalloc(type)            ((type *)xmalloc_bytes(sizeof(type), _Alignof(type)))
#define xzalloc(type)            ((type *)xzalloc_bytes(sizeof(type), _Alignof(type)))
/* NULL also when n * sizeof(type) would overflow. */
#define xzalloc_array(type, n)                                                       \
	({ size_t bytes_;                                                            \
	   __builtin_mul_overflow(sizeof(type), (size_t)(n), &bytes_) ? (type *)NULL \
		: (type *)xzalloc_bytes(bytes_, _Alignof(type)); })

#endif
