/* SPDX-License-Identifier: GPL-2.0-only */
/* access.c: which I/O frames, ports and interrupts a domain may use.
 *
 * dom0 (io_all) may use everything but the hypervisor's own: its sets hold what was taken from it. Those
 * of the other domains hold what they were given.
 *
 * Locks: those of the sets. The sets come with the domain and go with it. */
#include <hv/domain.h>
#include <hv/rangeset.h>
#include <asm/access.h>
#include <asm/ports.h>
#include <asm/x86.h>

int access_init(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < NR_ACCESS; i++) {
		d->arch.access[i] = rangeset_new();
		if (!d->arch.access[i])
			return -ENOMEM;
	}
	return 0;
}

void access_free(struct domain *d)
{
	unsigned int i;

	for (i = 0; i < NR_ACCESS; i++) {
		rangeset_free(d->arch.access[i]);
		d->arch.access[i] = NULL;
	}
}

bool access_given(const struct domain *d, enum access_kind kind, unsigned long first,
	unsigned long last)
{
	struct rangeset *s = d->arch.access[kind];

	return d->arch.io_all ? !rangeset_overlaps(s, first, last) :
		rangeset_contains(s, first, last);
}

int access_change(struct domain *d, enum access_kind kind, unsigned long first, unsigned long last,
	bool allow)
{
	struct rangeset *s = d->arch.access[kind];
	int rc = allow == d->arch.io_all ? rangeset_remove(s, first, last) :
		rangeset_add(s, first, last);

	if (!d->arch.io_all)
		d->arch.io_some = !rangeset_is_empty(d->arch.access[ACCESS_IOMEM]) ||
			!rangeset_is_empty(d->arch.access[ACCESS_PORTS]);
	return rc;
}

bool ports_access_permitted(const struct domain *d, unsigned int first, unsigned int last)
{
	return access_given(d, ACCESS_PORTS, first, last) && !ports_are_denied(first, last);
}

/* The frames from m to last, none of which may be the hypervisor's. */
bool iomem_range_permitted(const struct domain *d, unsigned long first, unsigned long last)
{
	return access_given(d, ACCESS_IOMEM, first, last) && iomem_range_ok(first, last);
}
