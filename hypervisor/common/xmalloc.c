/* SPDX-License-Identifier: GPL-2.0-only */
/* xmalloc.c: small allocations of the hypervisor.
 *
 * Objects of one size class share a page, whose first 64 bytes are a header with a bitmap of the
 * slots in use. What does not fit a class gets whole pages; those, and nothing else, start on a
 * page boundary. Their order is kept in the frame's type_info, which nobody else uses while the
 * page is not shared with a domain.
 *
 * Locks:   xmalloc_lock (LOCK_XMALLOC) guards the lists of partly used pages and their headers.
 *          Pages come and go outside it.
 * Context: not in interrupts. */
#include <hv/page.h>
#include <hv/bitops.h>
#include <hv/lib.h>
#include <hv/list.h>

#define HEADER_SIZE 64
#define SLAB_MAGIC  0x51ab0b1eU
#define ROOM        (PAGE_SIZE - HEADER_SIZE)
#define LARGE_TAG   0x1a26e00000000000UL

struct slab {
	struct list_head list; /* in partial[], or alone when full */
	uint32_t magic;
	uint16_t class, used;
	unsigned long bitmap[4]; /* 252 slots of 16 bytes at most */
};
static_assert(sizeof(struct slab) <= HEADER_SIZE, "slab header");

/* As many slots as fit, in steps; each size a multiple of 16. */
static const uint16_t class_size[] = {
	16, 32, 48, 64, 96, 128, 192, 256, 336, 400, 496, 576, 672, 800, 1008, 1344, 2016,
};
#define NR_CLASSES ARRAY_SIZE(class_size)

static DEFINE_SPINLOCK(xmalloc_lock, LOCK_XMALLOC);
static struct list_head partial[NR_CLASSES];
static struct slab *spare[NR_CLASSES]; /* an empty one, kept for the next time */

static unsigned int slots(unsigned int class)
{
	return ROOM / class_size[class];
}

/* Caller holds the lock, as for all that touch slabs. */
static void *take_slot(unsigned int class)
{
	struct slab *s;
	unsigned int i;

	if (!partial[class].next)
		list_init(&partial[class]);
	if (list_empty(&partial[class])) {
		s = spare[class];
		if (!s)
			return NULL;
		spare[class] = NULL;
		list_add(&s->list, &partial[class]);
	}
	s = list_first_entry(&partial[class], struct slab, list);
	i = find_next_zero_bit(s->bitmap, slots(class), 0);
	BUG_ON(s->magic != SLAB_MAGIC || i >= slots(class));
	s->bitmap[BIT_WORD(i)] |= BIT_MASK(i);
	if (++s->used == slots(class))
		list_del(&s->list);
	return (char *)s + HEADER_SIZE + i * class_size[class];
}

/* Returns a page to give back, or NULL. */
static struct slab *give_slot(void *p)
{
	struct slab *s = (struct slab *)((unsigned long)p & PAGE_MASK);
	unsigned int class = s->class, i;

	BUG_ON(s->magic != SLAB_MAGIC || class >= NR_CLASSES);
	i = ((char *)p - (char *)s - HEADER_SIZE) / class_size[class];
	BUG_ON(!test_bit(i, s->bitmap)); /* freed twice */
	s->bitmap[BIT_WORD(i)] &= ~BIT_MASK(i);
	if (s->used-- == slots(class))
		list_add(&s->list, &partial[class]);
	if (s->used)
		return NULL;
	list_del(&s->list);
	if (spare[class]) {
		s->magic = 0;
		return s;
	}
	spare[class] = s;
	return NULL;
}

static bool add_slab(unsigned int class)
{
	struct slab *s = alloc_zeroed_page();

	if (!s)
		return false;
	s->magic = SLAB_MAGIC;
	s->class = class;
	spin_lock(&xmalloc_lock);
	list_add(&s->list, &partial[class]);
	spin_unlock(&xmalloc_lock);
	return true;
}

static void *alloc_small(size_t size)
{
	unsigned int class = 0;
	void *p;

	while (class_size[class] < size)
		class++;
	do {
		spin_lock(&xmalloc_lock);
		p = take_slot(class);
		spin_unlock(&xmalloc_lock);
	} while (!p && add_slab(class));
	return p;
}

static void *alloc_large(size_t size)
{
	unsigned int order = 0;
	void *p;

	if (size > PAGE_SIZE << MAX_ORDER)
		return NULL;
	while (PAGE_SIZE << order < size)
		order++;
	p = alloc_xenheap_pages(order, 0);
	if (p)
		virt_to_page(p)->type_info = LARGE_TAG | order;
	return p;
}

/* NULL for 0 bytes too. `align`: a power of two, at most a page. */
void *xmalloc_bytes(size_t size, size_t align)
{
	size_t room = align > 16 ? size + align : size;
	unsigned long p;

	ASSERT(align && !(align & (align - 1)) && align <= PAGE_SIZE);
	if (!size || room < size)
		return NULL;
	if (room > class_size[NR_CLASSES - 1])
		return alloc_large(size);
	p = (unsigned long)alloc_small(room);
	return (void *)(align > 16 && p ? ROUND_UP(p, align) : p);
}

void *xzalloc_bytes(size_t size, size_t align)
{
	void *p = xmalloc_bytes(size, align);

	if (p)
		memset(p, 0, size);
	return p;
}

static void free_large(void *p)
{
	struct page *pg = virt_to_page(p);
	unsigned int order = pg->type_info & 0xff;

	BUG_ON((pg->type_info & ~0xffUL) != LARGE_TAG || order > MAX_ORDER);
	pg->type_info = 0;
	free_xenheap_pages(p, order);
}

void xfree(void *p)
{
	struct slab *empty;

	if (!p)
		return;
	if (!((unsigned long)p & ~PAGE_MASK)) {
		free_large(p);
		return;
	}
	spin_lock(&xmalloc_lock);
	empty = give_slot(p);
	spin_unlock(&xmalloc_lock);
	if (empty)
		free_xenheap_page(empty);
}
