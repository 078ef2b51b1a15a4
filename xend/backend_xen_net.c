/* SPDX-License-Identifier: GPL-2.0-only */
/* backend_xen_net.c: dom0's ends of network interfaces: named, guarded, bridged or routed. In workers.
 *
 * What belongs to the interface (its place in a bridge, routes, its guard) goes with it; what does not
 * (masquerading by its name, its entry in our network's list) is given back by be_vif_release(). */
#include "xend/backend_xen.h"
#include "xend/netlink.h"
#include "xend/network.h"
#include "xend/nft.h"
#include "xend/run.h"
#include "xend/vifscript.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COME_MS	     5000	/* for the interface, once the driver has taken the device up */

static int fail(int err, char *why, size_t size, const char *what, const char *name)
{
	snprintf(why, size, "%s %s: %s", what, name, strerror(-err));
	return err;
}

/* ---- check --------------------------------------------------------------------------------------- */

static int check_bridge(struct nl_sock *nl, const char *name, char *why, size_t size)
{
	struct link l;
	int rc = link_get(nl, name, &l);

	if (rc)
		return fail(rc, why, size, "there is no bridge", name);
	if (strcmp(l.kind, "bridge")) {
		snprintf(why, size, "%s is an interface, but no bridge", name);
		return -EINVAL;
	}
	return 0;
}

static int check_links(struct nl_sock *nl, const struct be_vif *vif, char *why, size_t size)
{
	struct link l;
	int rc = 0;

	if (vif->mode == VIF_BRIDGE)
		rc = check_bridge(nl, vif->bridge, why, size);
	if (!rc && vif->gatewaydev && (rc = link_get(nl, vif->gatewaydev, &l)))
		return fail(rc, why, size, "there is no interface", vif->gatewaydev);
	if (!rc && !link_get(nl, vif->ifname, &l))
		return fail(-EEXIST, why, size, "an interface is called so already:", vif->ifname);
	return rc;
}

int be_vif_check(struct backend *be, const struct be_vif *vif, char *why, size_t size)
{
	struct nl_sock *nl;
	int rc = 0;

	run_modprobe("/sys/bus/xen-backend/drivers/vif", "xen-netback");
	if (vif->script)
		return access(vif->script, X_OK) < 0 ?
			fail(-errno, why, size, "cannot run", vif->script) : 0;
	if (vif->net)
		rc = network_up(vif->net, why, size);
	if (rc)
		return rc;
	rc = netlink_open(&nl);
	if (rc)
		return fail(rc, why, size, "no", "netlink");
	rc = check_links(nl, vif, why, size);
	netlink_close(nl);
	return rc;
}

/* ---- plug ---------------------------------------------------------------------------------------- */

static int plug_bridge(struct nl_sock *nl, const struct be_vif *vif, const struct link *l, char *why,
	size_t size)
{
	struct link bridge;
	char name[64];
	int rc = link_get(nl, vif->bridge, &bridge);

	if (rc)
		return fail(rc, why, size, "there is no bridge", vif->bridge);
	/* Domain 0 itself has nothing to say on the wire to the guest. */
	snprintf(name, sizeof(name), "net/ipv6/conf/%s/disable_ipv6", vif->ifname);
	sysctl_write(name, "1");
	if (!vif->mtu && bridge.mtu != l->mtu)
		rc = link_set_mtu(nl, l->index, bridge.mtu);
	if (!rc)
		rc = link_set_master(nl, l->index, bridge.index);
	return rc ? fail(rc, why, size, "cannot be connected to bridge", vif->bridge) : 0;
}

static int plug_route(struct nl_sock *nl, const struct be_vif *vif, const struct link *l, char *why,
	size_t size)
{
	char list[512], name[64], *save, *word;
	struct net_addr a;
	int rc = 0;

	sysctl_write("net/ipv4/ip_forward", "1");
	snprintf(name, sizeof(name), "net/ipv4/conf/%s/proxy_arp", vif->ifname);
	sysctl_write(name, "1");
	if (vif->gatewaydev) {
		snprintf(name, sizeof(name), "net/ipv4/conf/%s/proxy_arp", vif->gatewaydev);
		sysctl_write(name, "1");
	}
	snprintf(list, sizeof(list), "%s", vif->ip);
	for (word = strtok_r(list, " ", &save); !rc && word; word = strtok_r(NULL, " ", &save)) {
		if (net_addr_parse(word, &a))
			continue;
		rc = route_add(nl, l->index, &a);
		if (rc)
			return fail(rc, why, size, "no route to", word);
	}
	return vif->mode == VIF_NAT ? nft_masquerade(vif->ifname, why, size) : 0;
}

/* The name first, by which the rest goes; up last, so that not a frame passes unguarded. */
static int plug_link(struct nl_sock *nl, const struct be_vif *vif, const struct link *l, char *why,
	size_t size)
{
	char name[16];
	int rc = 0;

	snprintf(name, sizeof(name), "vif%u.%u", vif->domid, vif->devid);
	if (strcmp(name, vif->ifname) && (rc = link_rename(nl, l->index, vif->ifname)))
		return fail(rc, why, size, "cannot be called", vif->ifname);
	if ((vif->ip || vif->net) && (rc = nft_guard(vif, why, size)))
		return rc;
	if (vif->mtu && (rc = link_set_mtu(nl, l->index, vif->mtu))) {
		snprintf(why, size, "mtu %u: %s", vif->mtu, strerror(-rc));
		return rc;
	}
	/* A route needs an interface that is up. */
	if (vif->mode == VIF_BRIDGE)
		rc = plug_bridge(nl, vif, l, why, size);
	if (!rc && (rc = link_set_up(nl, l->index, true)))
		return fail(rc, why, size, "cannot set up", vif->ifname);
	if (!rc && vif->mode != VIF_BRIDGE)
		rc = plug_route(nl, vif, l, why, size);
	return rc;
}

int be_vif_plug(struct backend *be, const struct be_vif *vif, char *why, size_t size)
{
	struct nl_sock *nl;
	struct link l;
	char name[16];
	int rc;

	if (vif->script)
		return vifscript_run(vif, "online", why, size);
	rc = netlink_open(&nl);
	if (rc)
		return fail(rc, why, size, "no", "netlink");
	snprintf(name, sizeof(name), "vif%u.%u", vif->domid, vif->devid);
	rc = link_wait(nl, name, COME_MS, &l);
	if (rc)
		fail(rc, why, size, "the driver did not make interface", name);
	else
		rc = plug_link(nl, vif, &l, why, size);
	netlink_close(nl);
	return rc || !vif->net ? rc : network_host_add(vif, why, size);
}

int be_vif_unplug(struct backend *be, const struct be_vif *vif, char *why, size_t size)
{
	return vif->script ? vifscript_run(vif, "offline", why, size) : 0;
}

/* ---- release ------------------------------------------------------------------------------------- */

int be_vif_release(struct backend *be, const struct be_vif *vif, char *why, size_t size)
{
	int rc = be_wait_let_go("vif", vif->domid, vif->devid);

	if (rc) {
		snprintf(why, size, "dom0's driver still holds it");
		return rc;
	}
	if (vif->net)
		network_host_remove(vif->net, vif->tag);
	return !vif->script && vif->mode == VIF_NAT ? nft_masquerade_end(vif->ifname) : 0;
}

int be_network_up(struct backend *be, const struct be_network *net, char *why, size_t size)
{
	return network_up(net, why, size);
}

int be_network_down(struct backend *be, const struct be_network *net, char *why, size_t size)
{
	return network_down(net, why, size);
}
