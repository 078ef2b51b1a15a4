/* SPDX-License-Identifier: MIT */
/* memory.c: memory of other domains, given and mapped. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "private.h"

/* ---- giving ---------------------------------------------------------------------------------- */

long do_populate(struct xc_interface *xch, uint32_t domid, unsigned long count, unsigned int order,
		 unsigned int mem_flags, xen_pfn_t *extents)
{
	struct xen_memory_reservation r = {
		.nr_extents = count, .extent_order = order, .mem_flags = mem_flags,
		.domid = (domid_t)domid,
	};
	struct xc_buf b;
	long rc;

	if (count == 0 || count > 65536)
		return -EINVAL;
	rc = buf_get(xch, &b, count * sizeof(*extents), extents);
	if (rc < 0)
		return rc;
	set_xen_guest_handle(r.extent_start, b.p);
	rc = do_memory_op(xch, XENMEM_populate_physmap, &r, sizeof(r));
	if (rc > (long)count)
		rc = -EPROTO;
	if (rc > 0)
		memcpy(extents, b.p, (size_t)rc * sizeof(*extents));
	buf_put(xch, &b);
	return rc == 0 ? -ENOMEM : rc;
}

long xc_domain_populate_physmap(struct xc_interface *xch, uint32_t domid, unsigned long count,
				unsigned int order, unsigned int mem_flags, xen_pfn_t *extents)
{
	return xc_edge(xch, do_populate(xch, domid, count, order, mem_flags, extents),
		       "memory for domain %u", domid);
}

int xc_domain_set_memory_map(struct xc_interface *xch, uint32_t domid,
			     const struct xc_e820entry *map, unsigned int count)
{
	struct xen_foreign_memory_map arg = {
		.domid = (domid_t)domid, .map.nr_entries = count,
	};
	struct xc_buf b = { 0 };
	long rc = count && count <= 128 ? buf_get(xch, &b, count * sizeof(*map), map) : -EINVAL;

	if (rc == 0) {
		set_xen_guest_handle(arg.map.buffer, b.p);
		rc = do_memory_op(xch, XENMEM_set_memory_map, &arg, sizeof(arg));
	}
	buf_put(xch, &b);
	return (int)xc_edge(xch, rc < 0 ? rc : 0, "memory map of domain %u", domid);
}

int xc_shadow_control(struct xc_interface *xch, uint32_t domid, unsigned int op, unsigned int mode,
		      uint8_t *bitmap, uint64_t pages, struct xen_domctl_shadow_op_stats *ret_stats)
{
	struct xen_domctl ctl = { .cmd = XEN_DOMCTL_shadow_op, .domain = (domid_t)domid };
	struct xen_domctl_shadow_op *s = &ctl.u.shadow_op;
	struct xc_buf b = { 0 };
	int rc = pages > 1ULL << 36 ? -EINVAL : 0;

	if (rc == 0 && bitmap)
		rc = buf_get(xch, &b, (pages + 7) / 8, NULL);
	if (rc == 0) {
		s->op = op;
		s->mode = mode;
		s->pages = pages;
		set_xen_guest_handle(s->dirty_bitmap, b.p);
		rc = do_domctl(xch, &ctl);
	}
	if (rc == 0 && s->pages > pages)
		rc = -EPROTO;
	if (rc == 0) {
		if (bitmap && b.p)
			memcpy(bitmap, b.p, b.bytes);
		if (ret_stats)
			*ret_stats = s->stats;
		rc = (int)s->pages;
	}
	buf_put(xch, &b);
	return (int)xc_edge(xch, rc, "shadow operation %u of domain %u", op, domid);
}

/* ---- mapping --------------------------------------------------------------------------------- */

int do_map(struct xc_interface *xch, uint32_t domid, int prot, const xen_pfn_t *frames,
	   size_t count, int *errs, void **ret_addr)
{
	int *own = NULL, rc;
	size_t i;

	if (count == 0 || count > UINT32_MAX >> XC_PAGE_SHIFT)
		return -EINVAL;
	if (!errs) {
		own = calloc(count, sizeof(*own));
		if (!own)
			return -ENOMEM;
	}
	rc = xch->backend->map_foreign(xch->ctx, domid, prot, frames, count, errs ? errs : own,
				       ret_addr);
	for (i = 0; own && rc == 0 && i < count; i++) {
		if (own[i] == 0)
			continue;
		rc = own[i];
		xch->backend->unmap(xch->ctx, *ret_addr, count);
	}
	free(own);
	return rc;
}

void *xc_map_foreign(struct xc_interface *xch, uint32_t domid, int prot, const xen_pfn_t *frames,
		     size_t count, int *errs)
{
	void *addr = NULL;
	int rc = do_map(xch, domid, prot, frames, count, errs, &addr);

	if (xc_edge(xch, rc, "map %zu frames of domain %u", count, domid) < 0)
		return NULL;
	return addr;
}

void xc_unmap_foreign(struct xc_interface *xch, void *addr, size_t count)
{
	if (addr)
		xch->backend->unmap(xch->ctx, addr, count);
}

void *xc_map_resource(struct xc_interface *xch, uint32_t domid, unsigned int type, unsigned int id,
		      unsigned long frame, unsigned long count, int prot)
{
	void *addr = NULL;
	int rc = xch->backend->map_resource(xch->ctx, domid, type, id, frame, count, prot, &addr);

	if (xc_edge(xch, rc, "map resource %u of domain %u", type, domid) < 0)
		return NULL;
	return addr;
}

/* ---- grants ---------------------------------------------------------------------------------- */

/* Hypervisors without acquire_resource give the frame away by setup_table. */
static int map_grant_frame_old(struct xc_interface *xch, uint32_t domid, void **ret_addr)
{
	struct {
		struct gnttab_setup_table op;
		xen_pfn_t frame;
	} *arg = xch->arg_page;
	xen_pfn_t frame;
	long rc;

	memset(arg, 0, sizeof(*arg));
	arg->op.dom = (domid_t)domid;
	arg->op.nr_frames = 1;
	set_xen_guest_handle(arg->op.frame_list, &arg->frame);
	rc = do_hypercall(xch, __HYPERVISOR_grant_table_op, GNTTABOP_setup_table, (uintptr_t)arg, 1,
			  0, 0);
	if (rc < 0)
		return (int)rc;
	if (arg->op.status != GNTST_okay)
		return xc_note(xch, -EIO, "grant table status %d", arg->op.status);
	frame = arg->frame;
	return do_map(xch, domid, PROT_READ | PROT_WRITE, &frame, 1, NULL, ret_addr);
}

/* @entries[i] goes to reference i; the flags last, since they make an entry valid. */
static int do_grant_seed(struct xc_interface *xch, uint32_t domid, const struct grant_entry_v1 *entries,
		  unsigned int count)
{
	struct grant_entry_v1 *table;
	void *addr = NULL;
	unsigned int i;
	int rc = xch->backend->map_resource(xch->ctx, domid, XENMEM_resource_grant_table,
					    XENMEM_resource_grant_table_id_shared, 0, 1,
					    PROT_READ | PROT_WRITE, &addr);

	if (rc == -EOPNOTSUPP || rc == -ENOSYS)
		rc = map_grant_frame_old(xch, domid, &addr);
	if (rc < 0)
		return rc;
	table = addr;
	for (i = 0; i < count && i < GNTTAB_NR_RESERVED_ENTRIES; i++) {
		if (!entries[i].frame)
			continue;
		table[i].frame = entries[i].frame;
		table[i].domid = entries[i].domid;
		__atomic_store_n(&table[i].flags, entries[i].flags, __ATOMIC_RELEASE);
	}
	xch->backend->unmap(xch->ctx, addr, 1);
	return 0;
}

int xc_grant_seed(struct xc_interface *xch, uint32_t domid, xen_pfn_t console_mfn,
		  uint32_t console_domid, xen_pfn_t store_mfn, uint32_t store_domid)
{
	const struct grant_entry_v1 entries[] = {
		[GNTTAB_RESERVED_CONSOLE] = { GTF_permit_access, (domid_t)console_domid,
					      (uint32_t)console_mfn },
		[GNTTAB_RESERVED_XENSTORE] = { GTF_permit_access, (domid_t)store_domid,
					       (uint32_t)store_mfn },
	};
	int rc = -EINVAL;

	if (console_mfn <= UINT32_MAX && store_mfn <= UINT32_MAX)
		rc = do_grant_seed(xch, domid, entries, 2);
	return (int)xc_edge(xch, rc, "grant table of domain %u", domid);
}

/* ---- translation ----------------------------------------------------------------------------- */

#define PTE_P		1ULL
#define PTE_PSE		0x80ULL
#define PTE_FRAME	0x000ffffffffff000ULL

static int read_pte(struct xc_interface *xch, uint32_t domid, xen_pfn_t table, unsigned int index,
		    uint64_t *ret_pte)
{
	void *addr;
	int rc = do_map(xch, domid, PROT_READ, &table, 1, NULL, &addr);

	if (rc == 0) {
		*ret_pte = ((volatile uint64_t *)addr)[index];
		xch->backend->unmap(xch->ctx, addr, 1);
	}
	return rc;
}

int do_walk(struct xc_interface *xch, uint32_t domid, xen_pfn_t root, uint64_t va,
	    xen_pfn_t *ret_mfn)
{
	uint64_t pte = root << XC_PAGE_SHIFT;
	int level, rc = 0;

	for (level = 4; level >= 1 && rc == 0; level--) {
		rc = read_pte(xch, domid, (pte & PTE_FRAME) >> XC_PAGE_SHIFT,
			      va >> (12 + 9 * (level - 1)) & 511, &pte);
		if (rc == 0 && !(pte & PTE_P))
			rc = -EFAULT;
		else if (rc == 0 && level > 1 && level < 4 && (pte & PTE_PSE))
			rc = -EOPNOTSUPP; /* PV guests have no large pages */
	}
	if (rc == 0)
		*ret_mfn = (pte & PTE_FRAME) >> XC_PAGE_SHIFT;
	return rc;
}

int xc_translate_address(struct xc_interface *xch, uint32_t domid, uint32_t vcpu, uint64_t va,
			 xen_pfn_t *ret_mfn)
{
	struct vcpu_guest_context *c = malloc(sizeof(*c));
	xen_pfn_t root;
	int rc;

	if (!c)
		return (int)xc_edge(xch, -ENOMEM, "translate");
	if (xc_vcpu_getcontext(xch, domid, vcpu, c) < 0) {
		free(c);
		return -1;
	}
	root = xen_cr3_to_pfn(c->ctrlreg[3]);
	free(c);
	rc = do_walk(xch, domid, root, va, ret_mfn);
	return (int)xc_edge(xch, rc, "translate %#llx in domain %u", (unsigned long long)va, domid);
}
