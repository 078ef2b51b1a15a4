/* SPDX-License-Identifier: GPL-2.0-only */
/* netlink.c: requests to rtnetlink, one at a time, by libnl's messages. */
#include "xend/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

/* What a request's answers leave behind. */
struct answer {
	int err;	/* 1: not answered yet */
	struct link *link;
};

int netlink_open(struct nl_sock **ret_sock)
{
	struct nl_sock *sock = nl_socket_alloc();
	int rc;

	if (!sock)
		return -ENOMEM;
	rc = nl_connect(sock, NETLINK_ROUTE);
	if (rc) {
		nl_socket_free(sock);
		return rc == -NLE_NOMEM ? -ENOMEM : -EPROTONOSUPPORT;
	}
	*ret_sock = sock;
	return 0;
}

void netlink_close(struct nl_sock *sock)
{
	nl_socket_free(sock);
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct answer *a = arg;

	a->err = e->error < 0 ? e->error : -EIO;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;

	a->err = 0;
	return NL_STOP;
}

static void copy_string(char *to, size_t size, const struct nlattr *a)
{
	if (a)
		nla_strlcpy(to, a, size);
}

static int on_link(struct nl_msg *msg, void *arg)
{
	struct answer *answer = arg;
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct nlattr *a[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];
	const struct ifinfomsg *ifi = nlmsg_data(h);
	struct link *l = answer->link;

	if (!l || h->nlmsg_type != RTM_NEWLINK || nlmsg_parse(h, sizeof(*ifi), a, IFLA_MAX, NULL) < 0)
		return NL_OK;
	*l = (struct link){ .index = ifi->ifi_index, .flags = ifi->ifi_flags };
	if (a[IFLA_MTU])
		l->mtu = nla_get_u32(a[IFLA_MTU]);
	if (a[IFLA_MASTER])
		l->master = (int)nla_get_u32(a[IFLA_MASTER]);
	copy_string(l->alias, sizeof(l->alias), a[IFLA_IFALIAS]);
	if (a[IFLA_LINKINFO] && !nla_parse_nested(info, IFLA_INFO_MAX, a[IFLA_LINKINFO], NULL))
		copy_string(l->kind, sizeof(l->kind), info[IFLA_INFO_KIND]);
	return NL_OK;
}

/* Sends msg, frees it and waits for the kernel's answer. */
static int request(struct nl_sock *sock, struct nl_msg *msg, bool complete, struct link *ret_link)
{
	struct answer a = { .err = complete ? 1 : -ENOMEM, .link = ret_link };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);

	if (cb && complete) {
		nl_cb_err(cb, NL_CB_CUSTOM, on_error, &a);
		nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &a);
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_link, &a);
		if (nl_send_auto(sock, msg) < 0)
			a.err = -EIO;
		while (a.err > 0)
			if (nl_recvmsgs(sock, cb) < 0 && a.err > 0)
				a.err = -EIO;
	} else {
		a.err = -ENOMEM;
	}
	nl_cb_put(cb);
	nlmsg_free(msg);
	return a.err;
}

static struct nl_msg *link_message(int type, int flags, int index, uint32_t change, uint32_t on)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_change = change,
		.ifi_flags = on };
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags | NLM_F_ACK);

	if (msg && nlmsg_append(msg, &ifi, sizeof(ifi), NLMSG_ALIGNTO)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int link_get(struct nl_sock *sock, const char *name, struct link *ret_link)
{
	struct nl_msg *msg = link_message(RTM_GETLINK, 0, 0, 0, 0);
	struct link l = { 0 };
	int rc;

	if (strlen(name) >= IFNAMSIZ) {
		nlmsg_free(msg);
		return -ENODEV;
	}
	rc = request(sock, msg, msg && !nla_put_string(msg, IFLA_IFNAME, name), &l);
	if (!rc)
		*ret_link = l;
	return rc;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Whatever happens to any interface wakes us; what it was we ask then. */
static int wait_for_link(struct nl_sock *sock, int events, const char *name, int ms, struct link *ret_link)
{
	int64_t end = now_ms() + ms, left;
	struct pollfd p = { .fd = events, .events = POLLIN };
	char buf[16384];
	int rc;

	for (;;) {
		rc = link_get(sock, name, ret_link);
		left = end - now_ms();
		if (rc != -ENODEV || left <= 0)
			return rc;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
		while (recv(events, buf, sizeof(buf), MSG_DONTWAIT) > 0)
			;
	}
}

int link_wait(struct nl_sock *sock, const char *name, int ms, struct link *ret_link)
{
	struct nl_sock *events;
	int rc = link_get(sock, name, ret_link);

	if (rc != -ENODEV)
		return rc;
	rc = netlink_open(&events);
	if (rc)
		return rc;
	rc = nl_socket_add_memberships(events, RTNLGRP_LINK, 0) ? -EIO : 0;
	if (!rc)
		rc = wait_for_link(sock, nl_socket_get_fd(events), name, ms, ret_link);
	netlink_close(events);
	return rc;
}

int link_rename(struct nl_sock *sock, int index, const char *name)
{
	struct nl_msg *msg = link_message(RTM_SETLINK, 0, index, 0, 0);

	return request(sock, msg, msg && !nla_put_string(msg, IFLA_IFNAME, name), NULL);
}

int link_set_mtu(struct nl_sock *sock, int index, uint32_t mtu)
{
	struct nl_msg *msg = link_message(RTM_SETLINK, 0, index, 0, 0);

	return request(sock, msg, msg && !nla_put_u32(msg, IFLA_MTU, mtu), NULL);
}

int link_set_master(struct nl_sock *sock, int index, int master)
{
	struct nl_msg *msg = link_message(RTM_SETLINK, 0, index, 0, 0);

	return request(sock, msg, msg && !nla_put_u32(msg, IFLA_MASTER, (uint32_t)master), NULL);
}

int link_set_up(struct nl_sock *sock, int index, bool up)
{
	struct nl_msg *msg = link_message(RTM_SETLINK, 0, index, IFF_UP, up ? IFF_UP : 0);

	return request(sock, msg, msg, NULL);
}

int link_add_bridge(struct nl_sock *sock, const char *name, const char *alias, const uint8_t mac[6])
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	struct nlattr *info, *data;
	bool complete = msg && !nla_put_string(msg, IFLA_IFNAME, name) &&
			!nla_put(msg, IFLA_ADDRESS, 6, mac);
	struct link l;
	int rc;

	info = complete ? nla_nest_start(msg, IFLA_LINKINFO) : NULL;
	complete = info && !nla_put_string(msg, IFLA_INFO_KIND, "bridge");
	data = complete ? nla_nest_start(msg, IFLA_INFO_DATA) : NULL;
	complete = data && !nla_put_u32(msg, IFLA_BR_STP_STATE, 0) &&
		   !nla_put_u32(msg, IFLA_BR_FORWARD_DELAY, 0);
	if (complete) {
		nla_nest_end(msg, data);
		nla_nest_end(msg, info);
	}
	rc = request(sock, msg, complete, NULL);
	if (!rc)
		rc = link_get(sock, name, &l);
	if (rc)
		return rc;
	msg = link_message(RTM_SETLINK, 0, l.index, 0, 0);
	return request(sock, msg, msg && !nla_put_string(msg, IFLA_IFALIAS, alias), NULL);
}

int link_delete(struct nl_sock *sock, int index)
{
	struct nl_msg *msg = link_message(RTM_DELLINK, 0, index, 0, 0);

	return request(sock, msg, msg, NULL);
}

static size_t addr_len(const struct net_addr *addr)
{
	return addr->family == AF_INET ? 4 : 16;
}

int addr_add(struct nl_sock *sock, int index, const struct net_addr *addr)
{
	struct ifaddrmsg ifa = { .ifa_family = (uint8_t)addr->family,
		.ifa_prefixlen = (uint8_t)addr->bits, .ifa_index = (uint32_t)index,
		/* at once, though nobody can be asked yet whether it is taken */
		.ifa_flags = addr->family == AF_INET6 ? IFA_F_NODAD : 0 };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	uint8_t broadcast[4];
	bool complete = msg && !nlmsg_append(msg, &ifa, sizeof(ifa), NLMSG_ALIGNTO) &&
			!nla_put(msg, IFA_LOCAL, (int)addr_len(addr), addr->bytes) &&
			!nla_put(msg, IFA_ADDRESS, (int)addr_len(addr), addr->bytes);

	if (complete && addr->family == AF_INET && addr->bits < 31) {
		for (unsigned int i = 0; i < 4; i++)
			broadcast[i] = addr->bits >= 8 * (i + 1) ? addr->bytes[i] :
				(uint8_t)(addr->bytes[i] |
					0xff >> (addr->bits > 8 * i ? addr->bits - 8 * i : 0));
		complete = !nla_put(msg, IFA_BROADCAST, 4, broadcast);
	}
	return request(sock, msg, complete, NULL);
}

int route_add(struct nl_sock *sock, int index, const struct net_addr *addr)
{
	struct rtmsg rtm = { .rtm_family = (uint8_t)addr->family, .rtm_dst_len = (uint8_t)addr->bits,
		.rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_LINK, .rtm_type = RTN_UNICAST };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	bool complete = msg && !nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO) &&
			!nla_put(msg, RTA_DST, (int)addr_len(addr), addr->bytes) &&
			!nla_put_u32(msg, RTA_OIF, (uint32_t)index);

	return request(sock, msg, complete, NULL);
}

int net_addr_parse(const char *text, struct net_addr *ret_addr)
{
	struct net_addr a = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	char copy[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "/");
	unsigned long bits = a.family == AF_INET ? 32 : 128, max = bits;
	char *end;

	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (text[len]) {
		bits = strtoul(text + len + 1, &end, 10);
		if (!text[len + 1] || *end || bits > max)
			return -EINVAL;
	}
	if (inet_pton(a.family, copy, a.bytes) != 1)
		return -EINVAL;
	a.bits = (unsigned int)bits;
	*ret_addr = a;
	return 0;
}
