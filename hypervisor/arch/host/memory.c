/* SPDX-License-Identifier: GPL-2.0-only */
/* memory.c: machine memory, machine-to-physical table, references, guest access, grant mappings. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <asm/host.h>

struct page *frame_table;
char *host_memory;
unsigned long max_page;
unsigned long host_flushes;
uintptr_t host_poison_start, host_poison_end;
uintptr_t host_guest_start, host_guest_end;

unsigned long *host_m2p; /* [max_page] */

/* --- guest access ---------------------------------------------------------------------------- */

/* Bytes that can be accessed from p on. */
static size_t accessible(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p;

	if (!p)
		return 0;
	if (host_guest_end) {
		if (a < host_guest_start || a >= host_guest_end)
			return 0;
		bytes = min(bytes, host_guest_end - a);
	}
	if (a >= host_poison_end || a + bytes <= host_poison_start)
		return bytes;
	return a < host_poison_start ? host_poison_start - a : 0;
}

bool guest_pointer_ok(const void *guest)
{
	return (uintptr_t)guest < 1UL << 47;
}

size_t copy_from_guest_raw(void *dst, const void *guest, size_t bytes)
{
	size_t n = accessible(guest, bytes);

	if (n)
		memcpy(dst, guest, n);
	return bytes - n;
}

size_t copy_to_guest_raw(void *guest, const void *src, size_t bytes)
{
	size_t n = accessible(guest, bytes);

	if (n)
		memcpy(guest, src, n);
	return bytes - n;
}

size_t clear_guest_raw(void *guest, size_t bytes)
{
	size_t n = accessible(guest, bytes);

	if (n)
		memset(guest, 0, n);
	return bytes - n;
}

/* --- frames ---------------------------------------------------------------------------------- */

mfn_t arch_gfn_to_mfn(struct domain *d, gfn_t gfn)
{
	return gfn_x(gfn) < max_page ? mk_mfn(gfn_x(gfn)) : INVALID_MFN;
}

void arch_m2p_set(mfn_t m, unsigned long gfn)
{
	host_m2p[mfn_x(m)] = gfn;
}

unsigned long arch_m2p_get(mfn_t m)
{
	return mfn_valid(m) ? host_m2p[mfn_x(m)] : INVALID_M2P_ENTRY;
}

void arch_page_dirtied(struct domain *d, mfn_t m) { }

int arch_physmap_add(struct domain *d, gfn_t gfn, mfn_t m, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++)
		arch_m2p_set(mfn_add(m, i), gfn_x(gfn) + i);
	return 0;
}

void arch_physmap_remove(struct domain *d, gfn_t gfn, mfn_t m, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++)
		arch_m2p_set(mfn_add(m, i), INVALID_M2P_ENTRY);
}

bool arch_get_page_writable(struct page *pg, struct domain *d)
{
	if (!get_page(pg, d))
		return false;
	__atomic_fetch_add(&pg->type_info, 1, __ATOMIC_RELAXED);
	return true;
}

void arch_put_page_writable(struct page *pg)
{
	BUG_ON(__atomic_fetch_sub(&pg->type_info, 1, __ATOMIC_RELAXED) == 0);
	put_page(pg);
}

void arch_page_assigned(struct page *pg)
{
}

void arch_page_freed(struct page *pg)
{
	pg->tlb_stamp++;
}

void arch_page_alloc_flush(struct page *pg, unsigned int order)
{
	host_flushes++;
}

void arch_share_page(void *virt, struct domain *d, bool writable)
{
	xenheap_page_share(virt_to_page(virt), d);
}

void arch_unshare_page(void *virt)
{
	put_page_alloc_ref(virt_to_page(virt));
}

bool arch_mfn_is_ram(mfn_t m)
{
	return mfn_valid(m);
}

unsigned long arch_max_page(void)
{
	return max_page;
}

long arch_memory_op(unsigned int cmd, unsigned long guest_arg, unsigned long arg[])
{
	return -ENOSYS;
}

/* --- grant mappings -------------------------------------------------------------------------- */

static struct host_mapping mappings[1024];

struct host_mapping *host_find_mapping(uint64_t addr)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(mappings); i++)
		if (addr && mappings[i].addr == addr)
			return &mappings[i];
	return NULL;
}

void host_drop_mappings(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(mappings); i++) {
		struct page *pg = mfn_to_page(mk_mfn(mappings[i].mfn));

		if (!mappings[i].addr)
			continue;
		mappings[i].addr = 0;
		if (mappings[i].flags & GNTMAP_readonly)
			put_page(pg);
		else
			arch_put_page_writable(pg);
	}
}

int arch_gnttab_map(uint64_t host_addr, mfn_t frame, unsigned int flags)
{
	if (!host_addr || host_find_mapping(host_addr))
		return GNTST_general_error;
	for (unsigned int i = 0; i < ARRAY_SIZE(mappings); i++)
		if (!mappings[i].addr) {
			mappings[i] = (struct host_mapping){ host_addr, mfn_x(frame), flags };
			return GNTST_okay;
		}
	return GNTST_no_space;
}

int arch_gnttab_unmap(uint64_t host_addr, mfn_t frame, uint64_t new_addr, unsigned int flags)
{
	struct host_mapping *m = host_find_mapping(host_addr);

	/* An address and the place of a page-table entry are told apart by the flag alone. */
	if (!m || m->mfn != mfn_x(frame) || ((m->flags ^ flags) & GNTMAP_contains_pte))
		return GNTST_general_error;
	m->addr = 0;
	return GNTST_okay;
}

void arch_cache_clean(const void *p, size_t n)
{
}

void arch_gnttab_flush(struct domain *d)
{
	host_flushes++;
}
