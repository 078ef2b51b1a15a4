/* SPDX-License-Identifier: GPL-2.0-only */
/* iomem.c: frames that are no memory: the privileged domain may map all but the hypervisor's own,
 * others none.
 *
 * denied[] is filled at boot and constant afterwards. */
#include "mm.h"

static struct rangeset_entry denied[32];
static unsigned int denied_count;

void iomem_deny(mfn_t first, mfn_t last)
{
	if (denied_count == ARRAY_SIZE(denied))
		panic("iomem_deny: more than %zu ranges", ARRAY_SIZE(denied));
	denied[denied_count].start = mfn_x(first);
	denied[denied_count].end = mfn_x(last);
	denied_count++;
}

/* Highest frame the CPU can address, + 1: bits above are reserved in page tables. */
static unsigned long frames_end(void)
{
	static unsigned int bits;

	if (!bits)
		bits = cpuid(0x80000000, 0).a >= 0x80000008 ? cpuid(0x80000008, 0).a & 0xff : 36;
	return 1UL << (bits - PAGE_SHIFT);
}

bool iomem_access_permitted(const struct domain *d, mfn_t m)
{
	unsigned int i;

	if (!d->arch.io_all || mfn_x(m) >= frames_end())
		return false;
	for (i = 0; i < denied_count; i++)
		if (mfn_x(m) >= denied[i].start && mfn_x(m) <= denied[i].end)
			return false;
	return true;
}
