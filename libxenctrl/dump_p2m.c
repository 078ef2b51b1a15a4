/* SPDX-License-Identifier: MIT */
/* dump_p2m.c: reading a guest's list of frames. All of it is the guest's word: every number is
 * bounded, every frame is mapped as the guest's own or not at all. */
#include <string.h>
#include <sys/mman.h>

#include "dump.h"

#define PFNS_MAX (1ULL << 28) /* 1 TiB */

int p2m_find(struct xc_interface *xch, uint32_t domid, const struct shared_info *shared,
	     struct p2m *ret_p2m)
{
	struct p2m p = {
		.xch = xch, .domid = domid, .pfns = shared->arch.max_pfn,
		.vaddr = shared->arch.p2m_vaddr,
	};

	if (shared->arch.p2m_cr3)
		p.root = xen_cr3_to_pfn(shared->arch.p2m_cr3);
	else if (shared->arch.pfn_to_mfn_frame_list_list != ~0UL)
		p.lists = shared->arch.pfn_to_mfn_frame_list_list;
	if (p.pfns == 0 || (!p.root && !p.lists))
		return xc_note(xch, -ENODATA, "its kernel has not said where its list of frames is");
	if (p.pfns > PFNS_MAX)
		return xc_note(xch, -EINVAL, "its kernel claims %llu frames",
			       (unsigned long long)p.pfns);
	*ret_p2m = p;
	return 0;
}

static int read_frame(const struct p2m *p, xen_pfn_t frame, uint64_t entries[P2M_PER_PAGE])
{
	void *addr;
	int rc = do_map(p->xch, p->domid, PROT_READ, &frame, 1, NULL, &addr);

	if (rc == 0) {
		memcpy(entries, addr, XC_PAGE_SIZE);
		p->xch->backend->unmap(p->xch->ctx, addr, 1);
	}
	return rc;
}

int p2m_page(const struct p2m *p, uint64_t index, uint64_t entries[P2M_PER_PAGE])
{
	xen_pfn_t frame = 0;
	int rc;

	if (p->root) {
		rc = do_walk(p->xch, p->domid, p->root, p->vaddr + (index << XC_PAGE_SHIFT), &frame);
		return rc ? rc : read_frame(p, frame, entries);
	}
	rc = read_frame(p, p->lists, entries);
	if (rc == 0)
		rc = read_frame(p, entries[index / P2M_PER_PAGE], entries);
	return rc ? rc : read_frame(p, entries[index % P2M_PER_PAGE], entries);
}
