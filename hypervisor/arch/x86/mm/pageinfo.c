/* SPDX-License-Identifier: GPL-2.0-only */
/* pageinfo.c: what the tools ask about the types of a domain's frames (save, dump). */
#include <hv/guest_access.h>
#include <xen/domctl.h>
#include "mm.h"

#define MAX_FRAMES 1024
#define CHUNK      64

static unsigned long frame_type(struct domain *d, mfn_t m)
{
	static const uint32_t tab[] = {
		[1] = XEN_DOMCTL_PFINFO_L1TAB, [2] = XEN_DOMCTL_PFINFO_L2TAB,
		[3] = XEN_DOMCTL_PFINFO_L3TAB, [4] = XEN_DOMCTL_PFINFO_L4TAB,
	};
	unsigned long type = XEN_DOMCTL_PFINFO_NOTAB;
	struct page *pg;
	uint64_t x;

	if (!mfn_valid(m))
		return XEN_DOMCTL_PFINFO_XTAB;
	pg = mfn_to_page(m);
	if (!get_page(pg, d))
		return XEN_DOMCTL_PFINFO_XTAB;
	x = READ_ONCE(pg->type_info);
	if (READ_ONCE(pg->count_info) & PGC_xen_heap)
		type = XEN_DOMCTL_PFINFO_XTAB;
	else if (type_is_table(x) && (x & PGT_validated) && (x & PGT_count_mask))
		type = tab[type_level(x)] | (x & PGT_pinned ? XEN_DOMCTL_PFINFO_LPINTAB : 0);
	put_page(pg);
	return type;
}

int mm_getpageframeinfo3(struct domain *d, uint64_t num, XEN_GUEST_HANDLE(xen_pfn_t) array)
{
	unsigned long buf[CHUNK];
	unsigned int done, n, i;

	if (num > MAX_FRAMES)
		return -E2BIG;
	for (done = 0; done < num; done += n) {
		n = min((unsigned int)num - done, (unsigned int)CHUNK);
		if (copy_from_guest_offset(buf, array, done, n))
			return -EFAULT;
		for (i = 0; i < n; i++)
			buf[i] = frame_type(d, mk_mfn(buf[i]));
		if (copy_to_guest_offset(array, done, buf, n))
			return -EFAULT;
	}
	return 0;
}
