/* SPDX-License-Identifier: GPL-2.0-only */
/* asm/access.h: what of the machine itself a domain may use (access.c). */
#ifndef ASM_ACCESS_H
#define ASM_ACCESS_H

#include <hv/domain.h>

int access_init(struct domain *d);
void access_free(struct domain *d);
/* Given to d and not taken away, whatever the hypervisor keeps for itself. */
bool access_given(const struct domain *d, enum access_kind kind, unsigned long first,
	unsigned long last);
int access_change(struct domain *d, enum access_kind kind, unsigned long first, unsigned long last,
	bool allow);
bool ports_access_permitted(const struct domain *d, unsigned int first, unsigned int last);
bool iomem_range_permitted(const struct domain *d, unsigned long first, unsigned long last);
/* Devices are its business: cache attributes and cache flushes, too. */
static inline bool domain_has_io(const struct domain *d) { return d->arch.io_all || d->arch.io_some; }

#endif
