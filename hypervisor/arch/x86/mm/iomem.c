/* SPDX-License-Identifier: GPL-2.0-only */
/* iomem.c: frames that are no memory: the privileged domain may map all but the hypervisor's own,
 * others what they were given (access.c).
 *
 * denied[] and read_only[] are filled at boot and constant afterwards. */
#include <asm/access.h>
#include "mm.h"

static struct rangeset_entry denied[32], read_only[4];
static unsigned int denied_count, read_only_count;
unsigned long iomem_first_read_only = ~0UL;

void iomem_deny(mfn_t first, mfn_t last)
{
	if (denied_count == ARRAY_SIZE(denied))
		panic("iomem_deny: more than %zu ranges", ARRAY_SIZE(denied));
	denied[denied_count].start = mfn_x(first);
	denied[denied_count].end = mfn_x(last);
	denied_count++;
}

static bool in_ranges(const struct rangeset_entry *r, unsigned int n, mfn_t m)
{
	while (n--)
		if (mfn_x(m) >= r[n].start && mfn_x(m) <= r[n].end)
			return true;
	return false;
}

void iomem_make_read_only(mfn_t first, mfn_t last)
{
	if (read_only_count == ARRAY_SIZE(read_only))
		panic("iomem_make_read_only: more than %zu ranges", ARRAY_SIZE(read_only));
	iomem_first_read_only = min(iomem_first_read_only, mfn_x(first));
	read_only[read_only_count].start = mfn_x(first);
	read_only[read_only_count].end = mfn_x(last);
	read_only_count++;
}

bool iomem_in_read_only(mfn_t m)
{
	return in_ranges(read_only, read_only_count, m);
}

/* Highest frame the CPU can address, + 1: bits above are reserved in page tables. */
static unsigned long frames_end(void)
{
	static unsigned int bits;

	if (!bits)
		bits = cpuid(0x80000000, 0).a >= 0x80000008 ? cpuid(0x80000008, 0).a & 0xff : 36;
	return 1UL << (bits - PAGE_SHIFT);
}

bool mfn_addressable(unsigned long mfn)
{
	return mfn < frames_end();
}

bool iomem_range_ok(unsigned long first, unsigned long last)
{
	unsigned int i;

	if (last >= frames_end())
		return false;
	for (i = 0; i < denied_count; i++)
		if (first <= denied[i].end && last >= denied[i].start)
			return false;
	return true;
}

bool iomem_access_permitted(const struct domain *d, mfn_t m)
{
	return (d->arch.io_all || d->arch.io_some) && iomem_range_permitted(d, mfn_x(m), mfn_x(m));
}
