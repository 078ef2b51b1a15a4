/* SPDX-License-Identifier: GPL-2.0-only */
/* iomem.c: frames that are no memory: the privileged domain may map all but the hypervisor's own,
 * others what they were given (access.c).
 *
 * denied[] and read_only[] are filled at boot and constant afterwards. What is read-only for a time is
 * in a set with a lock of its own. */
#include <hv/rangeset.h>
#include <asm/access.h>
#include "mm.h"

static struct rangeset_entry denied[32], read_only[16];
static unsigned int denied_count, read_only_count;
static struct rangeset *protected_frames;
unsigned long iomem_first_read_only = ~0UL;
static unsigned long last_read_only;

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

static void widen_bounds(unsigned long first, unsigned long last)
{
	WRITE_ONCE(iomem_first_read_only, min(iomem_first_read_only, first));
	WRITE_ONCE(last_read_only, max(last_read_only, last));
}

void iomem_make_read_only(mfn_t first, mfn_t last)
{
	if (read_only_count == ARRAY_SIZE(read_only))
		panic("iomem_make_read_only: more than %zu ranges", ARRAY_SIZE(read_only));
	widen_bounds(mfn_x(first), mfn_x(last));
	read_only[read_only_count].start = mfn_x(first);
	read_only[read_only_count].end = mfn_x(last);
	read_only_count++;
}

/* Callers are serialised (irq/msix_ro.c). */
int iomem_protect(unsigned long first, unsigned long last)
{
	struct rangeset *s = protected_frames;
	int rc;

	if (!s)
		s = rangeset_new();
	if (!s)
		return -ENOMEM;
	WRITE_ONCE(protected_frames, s);
	rc = rangeset_add(s, first, last);
	if (!rc)
		widen_bounds(first, last);
	return rc;
}

void iomem_unprotect(unsigned long first, unsigned long last)
{
	if (protected_frames)
		(void)rangeset_remove(protected_frames, first, last);
}

/* Memory never is, even if dom0 has put a device's registers over it: a reference to write stays one. */
bool iomem_in_read_only(mfn_t m)
{
	if (mfn_x(m) > READ_ONCE(last_read_only) || arch_mfn_is_ram(m))
		return false;
	return in_ranges(read_only, read_only_count, m) ||
		rangeset_contains(READ_ONCE(protected_frames), mfn_x(m), mfn_x(m));
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
