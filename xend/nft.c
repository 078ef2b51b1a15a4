/* SPDX-License-Identifier: GPL-2.0-only */
/* nft.c: rules as text, for libnftables. Each run is one transaction of the kernel's. */
#include "xend/nft.h"
#include "xend/netlink.h"
#include "xend/run.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nftables/libnftables.h>

#define LIBRARY "libnftables.so.1"
#define TEXT_MAX 8192

/* The few calls of the library that we need. */
static struct {
	void *handle;
	typeof(nft_ctx_new) *new;
	typeof(nft_ctx_free) *free;
	typeof(nft_ctx_buffer_error) *buffer_error;
	typeof(nft_ctx_get_error_buffer) *get_error;
	typeof(nft_run_cmd_from_buffer) *run;
} lib;

static int library_load(char *why, size_t size)
{
	const struct {
		const char *name;
		void **at;
	} symbols[] = {
		{ "nft_ctx_new", (void **)&lib.new }, { "nft_ctx_free", (void **)&lib.free },
		{ "nft_ctx_buffer_error", (void **)&lib.buffer_error },
		{ "nft_ctx_get_error_buffer", (void **)&lib.get_error },
		{ "nft_run_cmd_from_buffer", (void **)&lib.run },
	};
	void *handle;

	if (lib.handle)
		return 0;
	handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; handle && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		*symbols[i].at = dlsym(handle, symbols[i].name);
		if (!*symbols[i].at) {
			dlclose(handle);
			handle = NULL;
		}
	}
	if (!handle) {
		snprintf(why, size, "the packet filter needs %s (package libnftables1)", LIBRARY);
		return -ENOENT;
	}
	lib.handle = handle;
	return 0;
}

/* "<cmdline>:1:2-3: Error: Could not process rule: Operation not supported": the last of it. */
static int error_of(const char *said, char *why, size_t size)
{
	static const int known[] = { EPERM, EOPNOTSUPP, EBUSY, EEXIST, ENOENT, EINVAL, ENOMEM };
	const char *p = strstr(said, "Error: ");
	size_t len;

	p = p ? p + strlen("Error: ") : said;
	len = strcspn(p, "\n");
	snprintf(why, size, "the packet filter: %.*s", (int)(len < 200 ? len : 200), p);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(why, strerror(known[i])))
			return -known[i];
	return -EIO;
}

static int run(const char *text, char *why, size_t size)
{
	struct nft_ctx *ctx;
	int rc = library_load(why, size);

	if (rc)
		return rc;
	ctx = lib.new(NFT_CTX_DEFAULT);
	if (!ctx || lib.buffer_error(ctx)) {
		if (ctx)
			lib.free(ctx);
		snprintf(why, size, "the packet filter: out of memory");
		return -ENOMEM;
	}
	if (lib.run(ctx, text))
		rc = error_of(lib.get_error(ctx), why, size);
	lib.free(ctx);
	return rc;
}

struct text {
	char buf[TEXT_MAX];
	size_t len;
};

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, sizeof(t->buf) - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n < sizeof(t->buf) - t->len ? (size_t)n : sizeof(t->buf) - t->len - 1;
}

/* The addresses of one family of "10.0.0.7 10.0.0.8/31 fe80::1", separated by commas. */
static int addresses(const char *list, int family, char *ret, size_t size)
{
	char copy[512], *save, *word;
	struct net_addr a;
	int n = 0;

	*ret = '\0';
	snprintf(copy, sizeof(copy), "%s", list ? list : "");
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (net_addr_parse(word, &a) || a.family != family)
			continue;
		snprintf(ret + strlen(ret), size - strlen(ret), "%s%s", n++ ? ", " : "", word);
	}
	return n;
}

/* A guest with addresses of its own: those, and asking for them. */
static void guard_addresses(struct text *t, const char *chain, const char *mac, const char *list)
{
	char v4[600], v6[600];

	if (addresses(list, AF_INET, v4, sizeof(v4))) {
		add(t, "add rule netdev xend %s arp saddr ether %s arp saddr ip { 0.0.0.0, %s } accept\n",
			chain, mac, v4);
		add(t, "add rule netdev xend %s ip saddr { %s } accept\n", chain, v4);
		add(t, "add rule netdev xend %s ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept\n",
			chain);
	}
	if (addresses(list, AF_INET6, v6, sizeof(v6))) {
		add(t, "add rule netdev xend %s ip6 saddr { %s } accept\n", chain, v6);
		add(t, "add rule netdev xend %s ip6 saddr { ::, fe80::/10 } icmpv6 type { nd-neighbor-solicit,"
			" nd-neighbor-advert, nd-router-solicit, mld2-listener-report } accept\n", chain);
	}
	add(t, "add rule netdev xend %s drop\n", chain);
}

/* A guest of our network: it is no server of addresses. */
static void guard_network(struct text *t, const char *chain, const char *mac)
{
	add(t, "add rule netdev xend %s arp saddr ether != %s drop\n", chain, mac);
	add(t, "add rule netdev xend %s udp sport { 67, 547 } drop\n", chain);
	add(t, "add rule netdev xend %s icmpv6 type nd-router-advert drop\n", chain);
}

int nft_guard(const struct be_vif *vif, char *why, size_t size)
{
	const uint8_t *m = vif->mac;
	struct text t = { .len = 0 };
	char chain[32], mac[18];

	snprintf(chain, sizeof(chain), "vif-%u-%u", vif->domid, vif->devid);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	run_modprobe("/sys/module/nf_tables", "nf_tables");
	add(&t, "add table netdev xend\n");
	add(&t, "add chain netdev xend %s { type filter hook ingress device \"%s\" priority filter; "
		"policy accept; }\n", chain, vif->ifname);
	add(&t, "flush chain netdev xend %s\n", chain);
	add(&t, "add rule netdev xend %s ether saddr != %s drop\n", chain, mac);
	if (vif->net)
		guard_network(&t, chain, mac);
	if (vif->ip)
		guard_addresses(&t, chain, mac, vif->ip);
	return run(t.buf, why, size);
}

int nft_masquerade(const char *ifname, char *why, size_t size)
{
	struct text t = { .len = 0 };

	run_modprobe("/sys/module/nft_chain_nat", "nft_chain_nat");
	run_modprobe("/sys/module/nft_masq", "nft_masq");
	add(&t, "add table ip xend\n"
		"add set ip xend inside { type ifname; }\n"
		"add chain ip xend out { type nat hook postrouting priority srcnat; policy accept; }\n"
		"flush chain ip xend out\n"
		"add rule ip xend out iifname @inside oifname != @inside masquerade\n"
		"add element ip xend inside { \"%s\" }\n", ifname);
	return run(t.buf, why, size);
}

int nft_masquerade_end(const char *ifname)
{
	struct text t = { .len = 0 };
	char why[256];

	if (access("/sys/module/nft_masq", F_OK) < 0)
		return 0;
	/* Added first, so that to delete it is never an error. */
	add(&t, "add table ip xend\nadd set ip xend inside { type ifname; }\n"
		"add element ip xend inside { \"%s\" }\ndelete element ip xend inside { \"%s\" }\n",
		ifname, ifname);
	return run(t.buf, why, sizeof(why));
}

void nft_clear(void)
{
	char why[256];

	if (access("/sys/module/nf_tables", F_OK) == 0)
		run("add table ip xend\ndelete table ip xend\nadd table netdev xend\ndelete table netdev xend\n",
			why, sizeof(why));
}
