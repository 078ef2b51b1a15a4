/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_net_test.c: interfaces, routes, rules and xend's own network, on this kernel, in a network namespace
 * of its own. Where that is not allowed, or the kernel has no bridges, it is skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "xend/netlink.h"
#include "xend/network.h"
#include "xend/nft.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct nl_sock *nl;
static char dir[64] = "/tmp/xend-net-XXXXXX", leases[128];
static const uint8_t mac[6] = { 0, 0x16, 0x3e, 1, 2, 3 };

static void test_addresses(void **state)
{
	static const struct {
		const char *text;
		int rc, family;
		unsigned int bits;
	} cases[] = {
		{ "10.0.0.7", 0, 2, 32 }, { "10.0.0.0/8", 0, 2, 8 }, { "fd00::7", 0, 10, 128 },
		{ "fd00::/64", 0, 10, 64 }, { "10.0.0.0/33", -EINVAL }, { "10.0.0", -EINVAL },
		{ "", -EINVAL }, { "10.0.0.7/", -EINVAL }, { "fd00::/129", -EINVAL },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc", -EINVAL },
	};
	struct net_addr a;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(net_addr_parse(cases[i].text, &a), cases[i].rc);
		if (cases[i].rc)
			continue;
		assert_int_equal(a.family, cases[i].family);
		assert_int_equal(a.bits, cases[i].bits);
	}
}

static int make(const char *name, struct link *ret_link)
{
	int rc = link_add_bridge(nl, name, "a test's", mac);

	return rc ? rc : link_get(nl, name, ret_link);
}

static void test_links(void **state)
{
	struct link a, b;
	struct net_addr addr;

	assert_int_equal(link_get(nl, "nosuch", &a), -ENODEV);
	assert_int_equal(link_get(nl, "a-name-that-is-too-long", &a), -ENODEV);
	assert_int_equal(link_wait(nl, "nosuch", 20, &a), -ENODEV);
	assert_int_equal(make("a", &a), 0);
	assert_string_equal(a.kind, "bridge");
	assert_string_equal(a.alias, "a test's");
	assert_int_equal(make("a", &b), -EEXIST);
	assert_int_equal(make("b", &b), 0);
	assert_int_equal(link_rename(nl, a.index, "b"), -EEXIST);
	assert_int_equal(link_rename(nl, a.index, "c"), 0);
	assert_int_equal(link_get(nl, "a", &a), -ENODEV);
	assert_int_equal(link_set_mtu(nl, a.index, 1400), 0);
	assert_int_equal(link_set_mtu(nl, a.index, 10), -EINVAL);
	assert_int_equal(link_set_master(nl, a.index, b.index), -ELOOP);	/* a bridge in a bridge */
	assert_int_equal(link_set_up(nl, a.index, true), 0);
	assert_int_equal(link_get(nl, "c", &a), 0);
	assert_true(a.flags & IFF_UP);
	assert_int_equal(a.mtu, 1400);
	net_addr_parse("10.9.0.1/24", &addr);
	assert_int_equal(addr_add(nl, a.index, &addr), 0);
	assert_int_equal(addr_add(nl, a.index, &addr), -EEXIST);
	net_addr_parse("10.9.1.7", &addr);
	assert_int_equal(route_add(nl, a.index, &addr), 0);
	assert_int_equal(route_add(nl, a.index, &addr), -EEXIST);
	assert_int_equal(link_delete(nl, a.index), 0);
	assert_int_equal(link_delete(nl, b.index), 0);
	assert_int_equal(link_delete(nl, b.index), -ENODEV);
}

static void test_rules(void **state)
{
	struct be_network net = { .bridge = "xenbr0" };
	struct be_vif vif = { .domid = 1, .ifname = "g0" };
	static const char *const ips[] = { NULL, "10.0.0.7", "10.0.0.7/32 10.0.0.8/30 fd00::7", "fd00::/64" };
	char why[256] = "";
	struct link l;
	int rc;

	memcpy(vif.mac, mac, 6);
	assert_int_equal(make("g0", &l), 0);
	rc = nft_guard(&vif, why, sizeof(why));
	if (rc == -EOPNOTSUPP || rc == -EPERM || strstr(why, "cache initialization") ||
	    strstr(why, "libnftables.so")) {
		link_delete(nl, l.index);
		skip();		/* a kernel or a host without it */
	}
	for (int i = 0; i < 8; i++) {
		vif.ip = ips[i / 2];
		vif.net = i % 2 ? &net : NULL;
		if (nft_guard(&vif, why, sizeof(why)))
			fail_msg("%s", why);
	}
	assert_int_equal(nft_masquerade("g0", why, sizeof(why)), 0);
	assert_int_equal(nft_masquerade("g0", why, sizeof(why)), 0);
	assert_int_equal(link_delete(nl, l.index), 0);
	nft_clear();
}

static long dnsmasq(void)
{
	char path[128], text[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/dnsmasq.pid", dir);
	f = fopen(path, "r");
	if (f && !fgets(text, sizeof(text), f))
		text[0] = '\0';
	if (f)
		fclose(f);
	return atol(text);
}

static void test_network(void **state)
{
	struct be_network net = { .bridge = "xenbr0", .address = "192.168.99.1", .bits = 24,
		.address6 = "fd99:1::1", .run_dir = dir, .lease_file = leases };
	struct be_vif vif = { .domid = 1, .domain = "a.web_1", .tag = "uuid/0", .net = &net, .ip = "192.168.99.9" };
	char why[512] = "", path[128], text[64] = "";
	struct link l;
	long pid;
	FILE *f;
	int rc = network_up(&net, why, sizeof(why));

	if (rc && strstr(why, "filter"))
		skip();		/* a kernel without it */
	if (rc)
		fail_msg("%s", why);
	pid = dnsmasq();
	assert_true(pid > 1);
	if (!access("/proc/net/if_inet6", F_OK))
		assert_int_equal(system("grep -q '^fd990001000000000000000000000001 .* 40 .* xenbr0$' "
			"/proc/net/if_inet6 && grep -q ' 010099FD000000000000000001000000:0035 ' /proc/net/udp6"), 0);
	nft_clear();		/* by an administrator's "flush ruleset", say */
	assert_int_equal(network_up(&net, why, sizeof(why)), 0);
	assert_int_equal(dnsmasq(), pid);
	kill((pid_t)pid, SIGKILL);	/* it comes again */
	while (!kill((pid_t)pid, 0))
		usleep(1000);
	assert_int_equal(network_up(&net, why, sizeof(why)), 0);
	assert_int_not_equal(dnsmasq(), pid);

	memcpy(vif.mac, mac, 6);
	assert_int_equal(network_host_add(&vif, why, sizeof(why)), 0);
	snprintf(path, sizeof(path), "%s/hosts/uuid.0", dir);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "00:16:3e:01:02:03,192.168.99.9,a-web-1\n");
	network_host_remove(&net, "uuid/0");
	assert_int_not_equal(access(path, F_OK), 0);

	assert_int_equal(network_down(&net, why, sizeof(why)), 0);
	assert_int_equal(link_get(nl, "xenbr0", &l), -ENODEV);
	assert_int_equal(network_down(&net, why, sizeof(why)), 0);
}

/* A bridge of the administrator's, by chance of that name. */
static void test_not_ours(void **state)
{
	struct be_network net = { .bridge = "xenbr0", .address = "192.168.99.1", .bits = 24,
		.run_dir = dir, .lease_file = leases };
	char why[512] = "";
	struct link l;

	assert_int_equal(make("xenbr0", &l), 0);
	assert_int_equal(network_up(&net, why, sizeof(why)), -EEXIST);
	assert_non_null(strstr(why, "xend did not make"));
	assert_int_equal(network_down(&net, why, sizeof(why)), 0);
	assert_int_equal(link_get(nl, "xenbr0", &l), 0);
	assert_int_equal(link_delete(nl, l.index), 0);
}

int main(void)
{
	const struct CMUnitTest without[] = { cmocka_unit_test(test_addresses) };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links), cmocka_unit_test(test_rules), cmocka_unit_test(test_network),
		cmocka_unit_test(test_not_ours),
	};
	struct link l;
	int rc = cmocka_run_group_tests(without, NULL, NULL);

	if (rc)
		return rc;
	if (geteuid() || unshare(CLONE_NEWNET) < 0 || netlink_open(&nl) || make("probe", &l)) {
		print_message("no network namespace with bridges here: the rest is skipped\n");
		return 0;
	}
	link_delete(nl, l.index);
	if (!mkdtemp(dir))
		return 1;
	chmod(dir, 0755);
	snprintf(leases, sizeof(leases), "%s/leases", dir);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	netlink_close(nl);
	snprintf(leases, sizeof(leases), "rm -rf %s", dir);
	return system(leases) || rc;
}
