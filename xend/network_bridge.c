/* SPDX-License-Identifier: GPL-2.0-only */
/* network_bridge.c: the bridge of xend's own network, and its addresses. */
#include "xend/network_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xend/netlink.h"
#include "xend/run.h"

#define NEW_NAME  "xend.new"	/* until it has that alias */

/* The /64 that a machine without another one has for its guests: fd and 40 bits that are as good as random
 * (RFC 4193), always the same. */
static void address6_auto(char text[INET6_ADDRSTRLEN])
{
	uint64_t hash = 0xcbf29ce484222325ULL;	/* FNV-1a */
	char id[256];

	if (network_file_read("/etc/machine-id", id, sizeof(id)) || !*id)
		gethostname(id, sizeof(id) - 1);
	for (const char *p = id; *p && *p != '\n'; p++)
		hash = (hash ^ (uint8_t)*p) * 0x100000001b3ULL;
	snprintf(text, INET6_ADDRSTRLEN, "fd%02x:%x:%x:1::1", (unsigned int)(hash >> 32 & 0xff),
		(unsigned int)(hash >> 16 & 0xffff), (unsigned int)(hash & 0xffff));
}

/* False: the network, or the kernel, has no IPv6. */
bool network_address6(const struct be_network *net, char text[INET6_ADDRSTRLEN], struct net_addr *ret_addr)
{
	if (!net->address6)
		return false;
	if (!strcmp(net->address6, "auto"))
		address6_auto(text);
	else
		snprintf(text, INET6_ADDRSTRLEN, "%s", net->address6);
	if (net_addr_parse(text, ret_addr) || ret_addr->family != AF_INET6)
		return false;
	ret_addr->bits = 64;
	return access("/proc/net/if_inet6", F_OK) == 0;
}

/* It gets its name only when it says that it is ours. */
static int bridge_make(struct nl_sock *nl, const char *name, const struct net_addr *addr,
	struct link *ret_link)
{
	/* Not one of vif_default_mac()'s. */
	const uint8_t mac[6] = { 0x00, 0x16, 0x3e, 0xff, addr->bytes[2], addr->bytes[3] };
	struct link l;
	int rc;

	run_modprobe("/sys/module/bridge", "bridge");
	if (!link_get(nl, NEW_NAME, &l))
		link_delete(nl, l.index);	/* of a worker that was killed */
	rc = link_add_bridge(nl, NEW_NAME, ALIAS, mac);
	if (!rc)
		rc = link_get(nl, NEW_NAME, &l);
	if (!rc)
		rc = link_rename(nl, l.index, name);
	if (!rc)
		rc = link_get(nl, name, ret_link);
	return rc;
}

/* A host may have switched it off, which is no reason to have no network. */
static void bridge_up6(const struct be_network *net, struct nl_sock *nl, int index)
{
	char text[INET6_ADDRSTRLEN];
	struct net_addr addr;

	if (network_address6(net, text, &addr))
		addr_add(nl, index, &addr);
}

int network_bridge_up(const struct be_network *net, struct nl_sock *nl, char *why, size_t size)
{
	struct net_addr addr;
	struct link l;
	int rc;

	if (net_addr_parse(net->address, &addr))
		return network_fail(-EINVAL, why, size, net->address, net->bridge);
	addr.bits = net->bits;
	rc = link_get(nl, net->bridge, &l);
	if (rc == -ENODEV)
		rc = bridge_make(nl, net->bridge, &addr, &l);
	if (rc)
		return network_fail(rc, why, size, "cannot make the bridge", net->bridge);
	if (strcmp(l.alias, ALIAS)) {
		snprintf(why, size, "network %s: an interface of that name is there that xend did not make;"
			" it is left as it is", net->bridge);
		return -EEXIST;
	}
	rc = addr_add(nl, l.index, &addr);
	if (rc && rc != -EEXIST)
		return network_fail(rc, why, size, net->address, net->bridge);
	if (!(l.flags & IFF_UP))
		rc = link_set_up(nl, l.index, true);
	else
		rc = 0;
	bridge_up6(net, nl, l.index);
	return rc ? network_fail(rc, why, size, "cannot set it up", net->bridge) : 0;
}
