/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_ctl.h: dom0 controls: a machine with dom0 and one domain more, sysctls. */
#ifndef TESTS_HV_CTL_H
#define TESTS_HV_CTL_H

#include "hv_guest.h"
#include <xen/sysctl.h>

static struct domain *dom0 __maybe_unused, *a __maybe_unused;
static struct vcpu *v0; /* dom0's */

static inline int setup(void **state)
{
	host_init(4, 64, "loglvl=all");
	dom0 = host_make_dom0(2, 1000);
	a = host_make_domain(2, 1000);
	v0 = dom0->vcpu[0];
	return 0;
}

static inline long sysctl(struct xen_sysctl *op, uint32_t cmd)
{
	op->cmd = cmd;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return HC(v0, sysctl, op, 0, 0);
}

#endif
