/* SPDX-License-Identifier: GPL-2.0-only */
/* network.h: xend's own network: a bridge with addresses, names and a way out. For workers.
 *
 * Whoever needs it calls network_up(), which makes what is missing of it: after a kill -9 of xend or
 * the end of its dnsmasq, too. A bridge of that name that we did not make is not touched. */
#ifndef XEND_NETWORK_H
#define XEND_NETWORK_H

#include "xend/backend.h"

int network_up(const struct be_network *net, char *why, size_t size);
/* Unless a guest is connected: -EBUSY. */
int network_down(const struct be_network *net, char *why, size_t size);

/* From now on, or no longer, the interface gets its domain's name and the address of its ip=. */
int network_host_add(const struct be_vif *vif, char *why, size_t size);
void network_host_remove(const struct be_network *net, const char *tag);

/* Writes a file of /proc/sys, such as "net/ipv4/ip_forward". */
int sysctl_write(const char *name, const char *value);

#endif
