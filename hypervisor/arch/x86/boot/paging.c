/* SPDX-License-Identifier: GPL-2.0-only */
/* paging.c: the hypervisor's own page tables (idle_l4): direct map, image, frame table,
 * machine-to-phys table, and mappings made later (ioremap).
 *
 * Locks: map_lock (LOCK_HV_MAP) guards the tables below idle_l4 and the vmap area once other CPUs
 *        run, never taken in interrupts; the heap is called under it. All entries of idle_l4
 *        itself are made at boot, since guests' L4 tables copy them. */
#include <hv/lib.h>
#include <hv/page.h>
#include <hv/domain.h>
#include "boot.h"

pte_t idle_l4[PT_ENTRIES] __aligned(4096);
unsigned long max_page;
unsigned long hv_phys_offset, frame_table_bytes, m2p_bytes;

static DEFINE_SPINLOCK(map_lock, LOCK_HV_MAP);
static bool heap_up, have_1g;
static paddr_t early_limit = 1UL << 32; /* what the first page tables reach */

unsigned long frame_pieces[FRAME_PIECES / 64];
#define M2P_CHUNK_SHIFT 18 /* frames that 2 MiB of M2P describe */

/* --- tables ------------------------------------------------------------------------------------ */

static pte_t *alloc_table(void)
{
	void *t;

	if (heap_up)
		return alloc_zeroed_page();
	t = paddr_to_virt(early_alloc_pages(1, 1, early_limit));
	memset(t, 0, PAGE_SIZE);
	return t;
}

/* Replaces a large page by a table of smaller ones with the same meaning. */
static pte_t *split(pte_t *e, unsigned int shift)
{
	pte_t *t = alloc_table();
	unsigned int i;
	uint64_t flags;

	if (!t)
		return NULL;
	flags = PTE_FLAGS(*e);
	if (shift == L2_SHIFT)
		flags &= ~PTE_PSE;
	for (i = 0; i < PT_ENTRIES; i++)
		t[i] = mk_pte(mfn_add(pte_mfn(*e), (unsigned long)i << (shift - 9 - PAGE_SHIFT)), flags);
	WRITE_ONCE(*e, mk_pte(virt_to_mfn(t), PTE_HV | (flags & PTE_US)));
	return t;
}

/* Entry of va at the level whose entries map 1 << want bytes; tables are made on the way. */
static pte_t *entry_in(pte_t *t, vaddr_t va, unsigned int want, uint64_t flags)
{
	unsigned int shift;

	for (shift = L4_SHIFT; shift > want; shift -= 9) {
		pte_t *e = &t[(va >> shift) & (PT_ENTRIES - 1)];

		if (!(*e & PTE_P)) {
			t = alloc_table();
			if (!t)
				return NULL;
			WRITE_ONCE(*e, mk_pte(virt_to_mfn(t), PTE_HV | (flags & PTE_US)));
		} else if (*e & PTE_PSE) {
			t = split(e, shift);
			if (!t)
				return NULL;
		} else {
			t = mfn_to_virt(pte_mfn(*e));
		}
	}
	return &t[(va >> want) & (PT_ENTRIES - 1)];
}

static pte_t *entry_of(vaddr_t va, unsigned int want, uint64_t flags)
{
	return entry_in(idle_l4, va, want, flags);
}

/* Largest page that fits at va and pa in len bytes; mapping existing tables over is avoided. */
static unsigned int best_shift(vaddr_t va, paddr_t pa, paddr_t len)
{
	vaddr_t both = va | pa;

	if (have_1g && !(both & ((1UL << L3_SHIFT) - 1)) && len >= 1UL << L3_SHIFT)
		return L3_SHIFT;
	if (!(both & ((1UL << L2_SHIFT) - 1)) && len >= 1UL << L2_SHIFT)
		return L2_SHIFT;
	return L1_SHIFT;
}

int paging_map_in(pte_t *l4, vaddr_t va, paddr_t pa, paddr_t len, uint64_t flags)
{
	while (len) {
		unsigned int shift = best_shift(va, pa, len);
		pte_t *e = entry_in(l4, va, shift, flags);

		if (!e)
			return -ENOMEM;
		if (shift != L1_SHIFT && (*e & PTE_P) && !(*e & PTE_PSE)) {
			shift -= 9; /* a table is there already */
			e = entry_in(l4, va, shift, flags);
			if (!e)
				return -ENOMEM;
		}
		WRITE_ONCE(*e, (pte_t)pa | flags | (shift == L1_SHIFT ? 0 : PTE_PSE));
		va += 1UL << shift;
		pa += 1UL << shift;
		len -= 1UL << shift;
	}
	return 0;
}

static void map_or_panic(vaddr_t va, paddr_t pa, paddr_t len, uint64_t flags)
{
	if (paging_map_in(idle_l4, va, pa, len, flags))
		panic("no memory for page tables");
}

/* --- boot ---------------------------------------------------------------------------------------- */

static void map_direct(void)
{
	static const uint64_t flags = PTE_HV | PTE_NX;
	unsigned int i;

	map_or_panic(DIRECTMAP_VIRT_START, 0, 0xa0000, flags);
	map_or_panic(DIRECTMAP_VIRT_START + 0xc0000, 0xc0000, 0x40000, flags);
	for (i = 0; i < host_e820.nr; i++) {
		const struct e820entry *e = &host_e820.map[i];
		paddr_t start = ROUND_DOWN(e->addr, PAGE_SIZE);
		paddr_t end = ROUND_UP(e->addr + e->size, PAGE_SIZE);

		start = max(start, (paddr_t)0x100000);
		end = min(end, (paddr_t)(DIRECTMAP_VIRT_END - DIRECTMAP_VIRT_START));
		/* RAM, ACPI tables and NVS; device memory that is "reserved" stays out */
		if (start < end && (e->type == E820_RAM || e->type == 3 || e->type == 4))
			map_or_panic(DIRECTMAP_VIRT_START + start, start, end - start, flags);
	}
}

static void map_part(const char *start, const char *end, uint64_t flags)
{
	paddr_t pa = virt_to_paddr(start);
	paddr_t len = ROUND_UP((paddr_t)(end - start), PAGE_SIZE);

	while (len) { /* by pages: the image is small and its parts differ */
		map_or_panic((vaddr_t)start, pa, PAGE_SIZE, flags);
		start += PAGE_SIZE;
		pa += PAGE_SIZE;
		len -= PAGE_SIZE;
	}
}

static void map_image(void)
{
	paddr_t pa = virt_to_paddr(_start);

	map_part(_start, _etext, PTE_P | PTE_A);
	map_part(_srodata, _erodata, PTE_P | PTE_A | PTE_NX);
	map_part(_erodata, _end, PTE_HV | PTE_NX);
	/* the direct map's view of text and constants is not writable either */
	while (pa < virt_to_paddr(_erodata)) {
		map_or_panic(DIRECTMAP_VIRT_START + pa, pa, PAGE_SIZE, PTE_P | PTE_A | PTE_NX);
		pa += PAGE_SIZE;
	}
}

/* 2 MiB of fresh memory filled with a byte pattern, mapped at va. */
static paddr_t map_new_chunk(vaddr_t va, int fill)
{
	paddr_t pa = early_alloc_pages(PT_ENTRIES, PT_ENTRIES, early_limit);

	memset(paddr_to_virt(pa), fill, 1UL << L2_SHIFT);
	map_or_panic(va, pa, 1UL << L2_SHIFT, PTE_HV | PTE_NX);
	return pa;
}

static bool has_ram(unsigned long first_frame, unsigned long frames)
{
	paddr_t start = first_frame << PAGE_SHIFT, end = (first_frame + frames) << PAGE_SHIFT;
	unsigned int i;

	for (i = 0; i < host_e820.nr; i++) {
		const struct e820entry *e = &host_e820.map[i];

		if (e->type == E820_RAM && e->addr < end && e->addr + e->size > start)
			return true;
	}
	return false;
}

static void find_max_page(void)
{
	paddr_t top = DIRECTMAP_VIRT_END - DIRECTMAP_VIRT_START;
	unsigned int i;

	for (i = 0; i < host_e820.nr; i++)
		if (host_e820.map[i].type == E820_RAM)
			max_page = max(max_page, (unsigned long)PFN_DOWN(
				min((paddr_t)(host_e820.map[i].addr + host_e820.map[i].size), top)));
}

static void make_frame_table(void)
{
	unsigned long f;

	for (f = 0; f < max_page; f += 1UL << FRAME_PIECE_SHIFT) {
		if (!has_ram(f, 1UL << FRAME_PIECE_SHIFT))
			continue;
		frame_table_bytes += 1UL << L2_SHIFT;
		map_new_chunk((vaddr_t)&frame_table[f], 0);
		set_bit(f >> FRAME_PIECE_SHIFT, frame_pieces);
	}
}

static void make_m2p(void)
{
	unsigned long f;
	paddr_t pa;

	for (f = 0; f < max_page; f += 1UL << M2P_CHUNK_SHIFT) {
		if (!has_ram(f, 1UL << M2P_CHUNK_SHIFT))
			continue;
		m2p_bytes += 1UL << L2_SHIFT;
		pa = map_new_chunk((vaddr_t)&rw_m2p[f], 0xff);
		map_or_panic((vaddr_t)&ro_m2p[f], pa, 1UL << L2_SHIFT, PTE_P | PTE_A | PTE_US | PTE_NX);
	}
}

/* Tables for the parts that are filled later must exist before L4s are copied. */
static void make_l3s(void)
{
	unsigned int slot;

	for (slot = HYPERVISOR_VIRT_FIRST_SLOT; slot <= HYPERVISOR_VIRT_LAST_SLOT; slot++)
		if (slot == l4_index(VMAP_VIRT_START) &&
		    !entry_of(VMAP_VIRT_START, L3_SHIFT, 0))
			panic("no memory for page tables");
}

void paging_init(void)
{
	have_1g = cpuid(0x80000000, 0).a >= 0x80000001 && cpuid(0x80000001, 0).d & (1U << 26);
	find_max_page();
	map_direct();
	map_image();
	make_l3s();
	write_cr3(virt_to_paddr(idle_l4));
	early_limit = ~0UL;
	make_frame_table();
	make_m2p();
	/* the other CPUs start on boot_l4 and need what we have */
	memcpy(&boot_l4[HYPERVISOR_VIRT_FIRST_SLOT], &idle_l4[HYPERVISOR_VIRT_FIRST_SLOT],
		(HYPERVISOR_VIRT_LAST_SLOT - HYPERVISOR_VIRT_FIRST_SLOT + 1) * sizeof(pte_t));
}

void paging_heap_ready(void)
{
	heap_up = true;
}

/* Frames that have a struct page but are not RAM, and the first MiB, belong to dom_io. */
void paging_claim_holes(void)
{
	unsigned long f = 0, next;

	while (f < max_page) {
		struct page *pg = mfn_to_page(mk_mfn(f));

		next = f + 1;
		if (!mfn_valid(mk_mfn(f))) {
			next = ROUND_DOWN(f, 1UL << FRAME_PIECE_SHIFT) + (1UL << FRAME_PIECE_SHIFT);
		} else if (f < 0x100 ||
			   !e820_all_ram(&host_e820, f << PAGE_SHIFT, (f + 1) << PAGE_SHIFT)) {
			page_set_owner(pg, dom_io);
			pg->count_info = PGC_allocated | 1;
			pg->type_info = PGT_writable_page | PGT_validated | 1;
		}
		f = next;
	}
}

/* --- later mappings ------------------------------------------------------------------------------- */

int hv_map_pages(vaddr_t va, mfn_t m, unsigned long nr, uint64_t flags)
{
	int rc = 0;

	spin_lock(&map_lock);
	for (; nr && !rc; nr--) {
		pte_t *e = entry_of(va, L1_SHIFT, flags);

		if (e)
			WRITE_ONCE(*e, mk_pte(m, flags));
		else
			rc = -ENOMEM;
		invlpg(va);
		va += PAGE_SIZE;
		m = mfn_add(m, 1);
	}
	spin_unlock(&map_lock);
	return rc;
}

static void hv_unmap_pages(vaddr_t va, unsigned long nr)
{
	spin_lock(&map_lock);
	for (; nr; nr--) {
		pte_t *e = entry_of(va, L1_SHIFT, 0);

		if (e)
			WRITE_ONCE(*e, 0);
		invlpg(va);
		va += PAGE_SIZE;
	}
	spin_unlock(&map_lock);
	if (cpumask_weight(&cpu_running_map) > 1)
		flush_mask(&cpu_running_map, FLUSH_TLB, 0);
}

#define VMAP_PAGES 16384U
static unsigned long vmap_used[BITS_TO_LONGS(VMAP_PAGES)];
static uint16_t vmap_len[VMAP_PAGES]; /* pages of the mapping that starts here */

/* First of nr + 1 unused pages (one stays unmapped), marked used; VMAP_PAGES if there are none. */
static unsigned int vmap_take(unsigned int nr)
{
	unsigned int first = 0, end;
	spin_lock(&map_lock);
	for (;;) {
		first = find_next_zero_bit(vmap_used, VMAP_PAGES, first);
		if (first + nr + 1 > VMAP_PAGES) {
			first = VMAP_PAGES;
			break;
		}
		end = find_next_bit(vmap_used, VMAP_PAGES, first);
		if (end - first > nr) {
			vmap_len[first] = nr;
			for (end = first; end <= first + nr; end++)
				set_bit(end, vmap_used);
			break;
		}
		first = end;
	}
	spin_unlock(&map_lock);
	return first;
}

static void vmap_give(unsigned int first)
{
	unsigned int i, nr = vmap_len[first];

	spin_lock(&map_lock);
	for (i = first; i <= first + nr; i++)
		clear_bit(i, vmap_used);
	spin_unlock(&map_lock);
}

void *ioremap_flags(paddr_t p, size_t len, uint64_t flags)
{
	unsigned long nr = PFN_UP((p & ~PAGE_MASK) + len);
	vaddr_t va;
	unsigned int first;

	if (!len || nr >= VMAP_PAGES)
		return NULL;
	first = vmap_take(nr);
	if (first == VMAP_PAGES)
		return NULL;
	va = VMAP_VIRT_START + ((vaddr_t)first << PAGE_SHIFT);
	if (hv_map_pages(va, mk_mfn(PFN_DOWN(p)), nr, flags)) {
		vmap_give(first);
		return NULL;
	}
	return (void *)(va + (p & ~PAGE_MASK));
}

void *ioremap(paddr_t p, size_t len)
{
	return ioremap_flags(p, len, PTE_HV | PTE_NX | PTE_PCD | PTE_PWT);
}

void iounmap(void *v)
{
	unsigned int first = ((vaddr_t)v - VMAP_VIRT_START) >> PAGE_SHIFT;

	if (!v)
		return;
	hv_unmap_pages(ROUND_DOWN((vaddr_t)v, PAGE_SIZE), vmap_len[first]);
	vmap_give(first);
}
