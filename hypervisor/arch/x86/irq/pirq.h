/* SPDX-License-Identifier: GPL-2.0-only */
/* pirq.h: between pirq.c and physdev.c. */
#ifndef IRQ_PIRQ_H
#define IRQ_PIRQ_H

#include <hv/domain.h>
#include <asm/irq.h>

/* 0, or -EINVAL if pirq is out of range for d, -ENOMEM if d has none at all. */
int pirq_check(const struct domain *d, unsigned int pirq);
/* *pirq -1: the one that the line has or any free one, else exactly that: -EEXIST if the line has another.
 * What is mapped already stays as it is. */
int pirq_map_gsi(struct domain *d, unsigned int gsi, int *pirq);
int pirq_map_msi(struct domain *d, const struct msi_request *req, int *pirq);
int pirq_unmap(struct domain *d, unsigned int pirq);
/* One that no mapping without a number of its own will get. */
int pirq_reserve(struct domain *d, bool msi, unsigned int *ret_pirq);
void pirq_eoi(struct domain *d, unsigned int pirq);
/* The page where the guest reads which pirqs need an EOI; -EBUSY if it has one. */
int pirq_set_eoi_page(struct domain *d, gfn_t gfn, bool auto_unmask);
/* Trigger of a GSI changed: the page says so. */
void pirq_refresh_eoi_map(struct domain *d);

#endif
