/* SPDX-License-Identifier: GPL-2.0-only */
/* vifspec.h: a network interface as configurations describe it: "mac=...,bridge=br0,rate=10Mb/s".
 * Facts: xl-network-configuration(5) of 4.17; xm's keys are the same. */
#ifndef UTIL_VIFSPEC_H
#define UTIL_VIFSPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vif_spec {
	char *bridge, *script, *ip, *vifname, *gatewaydev;	/* NULL: not given */
	uint8_t mac[6];
	bool has_mac;
	uint32_t rate_bytes, rate_us;	/* so many bytes in each interval; 0: unlimited */
	uint32_t mtu;			/* 0: not given */
	int32_t devid;			/* -1: not given */
};

/* 0, or -EINVAL, -EOPNOTSUPP and one sentence in `why`; *ret_spec is empty then. */
int vif_spec_parse(const char *text, struct vif_spec *ret_spec, char *why, size_t size);
void vif_spec_clear(struct vif_spec *spec);

/* "N[GMK](B|b)/s[@N[m|u]s]": 0, or -EINVAL. The interval is 50 ms unless given. */
int vif_rate_parse(const char *text, uint32_t *ret_bytes, uint32_t *ret_us);

/* The address of a domain's interface that has none of its own: 00:16:3e and a hash of both, so that
 * it is the same at each start. */
void vif_default_mac(const char *uuid, uint32_t devid, uint8_t ret_mac[6]);

#endif
