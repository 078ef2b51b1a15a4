/* SPDX-License-Identifier: GPL-2.0-only */
/* target.h: the domain a hypercall acts on, and whether the caller may. Hypercall context. */
#ifndef HV_TARGET_H
#define HV_TARGET_H

#include <hv/domain.h>
#include <asm/current.h>

/* Referenced domain of an id in a hypercall's arguments, DOMID_SELF for the caller; or NULL. */
static inline struct domain *target_get(domid_t domid)
{
	if (domid == DOMID_SELF) {
		domain_get(current->domain);
		return current->domain;
	}
	return domain_get_by_id(domid);
}

/* The caller may act on d: d is itself, or it is privileged. */
static inline bool target_permitted(const struct domain *d)
{
	return d == current->domain || current->domain->is_privileged;
}

/* Both at once: -ESRCH, -EPERM. */
static inline int target_get_permitted(domid_t domid, struct domain **ret_d)
{
	struct domain *d = target_get(domid);

	if (!d)
		return -ESRCH;
	if (!target_permitted(d)) {
		domain_put(d);
		return -EPERM;
	}
	*ret_d = d;
	return 0;
}

/* A vcpu by an id that a guest or tool gave; NULL if there is none. */
static inline struct vcpu *domain_vcpu(const struct domain *d, unsigned long id)
{
	return id < d->max_vcpus && d->vcpu ? d->vcpu[id] : NULL;
}

#endif
