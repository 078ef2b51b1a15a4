/* SPDX-License-Identifier: GPL-2.0-only */
/* netlink.h: the kernel's interfaces, addresses and routes, over rtnetlink. For workers: it waits.
 *
 * Everything returns 0 or the kernel's own -Exxx. */
#ifndef XEND_NETLINK_H
#define XEND_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

struct nl_sock;

struct link {
	int index, master;	/* master: 0: none */
	uint32_t flags, mtu;	/* IFF_*; bytes */
	char kind[16];		/* "bridge", "" of hardware */
	char alias[64];
};

/* An address of either family, with a prefix. */
struct net_addr {
	int family;
	uint8_t bytes[16];
	unsigned int bits;
};

int netlink_open(struct nl_sock **ret_sock);
void netlink_close(struct nl_sock *sock);	/* NULL allowed */

/* -ENODEV: there is none of that name. */
int link_get(struct nl_sock *sock, const char *name, struct link *ret_link);
/* The same, waiting for it to come. */
int link_wait(struct nl_sock *sock, const char *name, int ms, struct link *ret_link);
int link_rename(struct nl_sock *sock, int index, const char *name);
int link_set_mtu(struct nl_sock *sock, int index, uint32_t mtu);
int link_set_master(struct nl_sock *sock, int index, int master);
int link_set_up(struct nl_sock *sock, int index, bool up);
/* A bridge without spanning tree that forwards at once, and keeps its address whatever joins it. */
int link_add_bridge(struct nl_sock *sock, const char *name, const char *alias, const uint8_t mac[6]);
int link_delete(struct nl_sock *sock, int index);

/* -EEXIST: it has it already. */
int addr_add(struct nl_sock *sock, int index, const struct net_addr *addr);
/* A route by way of the interface itself. -EEXIST: there is one of that prefix. */
int route_add(struct nl_sock *sock, int index, const struct net_addr *addr);

/* "10.0.0.7" or "10.0.0.0/8", of either family; bits of a plain address: all. -EINVAL. */
int net_addr_parse(const char *text, struct net_addr *ret_addr);

#endif
