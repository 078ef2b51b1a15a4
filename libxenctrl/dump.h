/* SPDX-License-Identifier: MIT */
/* dump.h: the parts of dump.c. */
#ifndef LIBXENCTRL_DUMP_H
#define LIBXENCTRL_DUMP_H

#include "private.h"

#define P2M_PER_PAGE (XC_PAGE_SIZE / sizeof(uint64_t))

/* Where a guest keeps its list of frames, by what its shared page says. */
struct p2m {
	struct xc_interface *xch;
	uint32_t domid;
	uint64_t pfns; /* how many entries it has */
	uint64_t vaddr;
	xen_pfn_t root; /* of the tables that map it at vaddr, or 0: */
	xen_pfn_t lists; /* the frame that lists the frames that list its frames */
};

int p2m_find(struct xc_interface *xch, uint32_t domid, const struct shared_info *shared,
	     struct p2m *ret_p2m);
/* Entries of one page of the list, from pfn index * P2M_PER_PAGE on; -EFAULT: it has a hole there. */
int p2m_page(const struct p2m *p2m, uint64_t index, uint64_t entries[P2M_PER_PAGE]);

#endif /* LIBXENCTRL_DUMP_H */
