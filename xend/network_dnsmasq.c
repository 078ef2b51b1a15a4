/* SPDX-License-Identifier: GPL-2.0-only */
/* network_dnsmasq.c: the dnsmasq of xend's own network, which serves addresses and names. */
#include "xend/network_private.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xend/netlink.h"
#include "xend/run.h"

/* Its process, if it is one and ours: it has our folder among its arguments. 0: there is none. */
pid_t network_dnsmasq_pid(const struct be_network *net)
{
	char path[PATH_SIZE], text[4096];
	long pid;
	int fd;
	ssize_t n;

	network_path(net, "dnsmasq.pid", path);
	if (network_file_read(path, text, sizeof(text)) || (pid = atol(text)) <= 1)
		return 0;
	snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	network_path(net, "dnsmasq.pid", path);
	return n > 0 && memmem(text, (size_t)n, "dnsmasq", 7) &&
	       memmem(text, (size_t)n, path, strlen(path)) ? (pid_t)pid : 0;
}

/* The addresses behind ours up to the last but one of the prefix. */
static void range_of(const struct be_network *net, char *text, size_t size)
{
	struct net_addr a;
	uint32_t own, first, last;

	net_addr_parse(net->address, &a);
	own = (uint32_t)a.bytes[0] << 24 | (uint32_t)a.bytes[1] << 16 | (uint32_t)a.bytes[2] << 8 |
	      a.bytes[3];
	first = (own & ~(0xffffffffU >> net->bits)) + 1;
	last = (own | 0xffffffffU >> net->bits) - 1;
	/* Whichever side of ours has more room; usually ours is the first. */
	if (own - first > last - own)
		last = own - 1;
	else
		first = own + 1;
	snprintf(text, size, "--dhcp-range=%u.%u.%u.%u,%u.%u.%u.%u,1h", first >> 24, first >> 16 & 255,
		first >> 8 & 255, first & 255, last >> 24, last >> 16 & 255, last >> 8 & 255, last & 255);
}

int network_dnsmasq_start(const struct be_network *net, char *why, size_t size)
{
	char interface[64], pid[PATH_SIZE + 16], leases[PATH_SIZE + 24], hosts[PATH_SIZE + 24], range[64];
	char self[128 + INET6_ADDRSTRLEN], said[256], range6[96], lifetime[64], own6[INET6_ADDRSTRLEN] = "";
	struct net_addr addr6;
	const bool v6 = network_address6(net, own6, &addr6);
	const char *const argv[] = { "dnsmasq", "--conf-file=", interface, "--except-interface=lo",
		"--bind-interfaces", "--no-hosts", pid, leases, hosts, range, self, "--dhcp-ignore-names",
		"--dhcp-authoritative", "--domain=xen", "--local=/xen/", "--bogus-priv", "--no-ping",
		"--quiet-dhcp", v6 ? "--enable-ra" : NULL, range6, lifetime, NULL };
	int rc;

	snprintf(interface, sizeof(interface), "--interface=%s", net->bridge);
	snprintf(pid, sizeof(pid), "--pid-file=%.400s/dnsmasq.pid", net->run_dir);
	snprintf(leases, sizeof(leases), "--dhcp-leasefile=%.400s", net->lease_file);
	snprintf(hosts, sizeof(hosts), "--dhcp-hostsfile=%.400s/hosts", net->run_dir);
	snprintf(self, sizeof(self), "--host-record=dom0,dom0.xen,%s%s%s", net->address, v6 ? "," : "",
		v6 ? own6 : "");
	/* Guests make their own addresses of it, which get the names that they have by IPv4; no way out. */
	if (v6) {
		memset(addr6.bytes + 8, 0, 8);
		inet_ntop(AF_INET6, addr6.bytes, own6, sizeof(own6));
	}
	snprintf(range6, sizeof(range6), "--dhcp-range=%s,ra-names,64,1h", own6);
	snprintf(lifetime, sizeof(lifetime), "--ra-param=%s,60,0", net->bridge);
	range_of(net, range, sizeof(range));
	network_make_parents(net->lease_file);
	rc = run_program(argv, said, sizeof(said));
	if (rc)
		snprintf(why, size, "network %s: dnsmasq, which serves addresses and names: %s",
			net->bridge, *said ? said : strerror(-rc));
	return rc;
}

void network_dnsmasq_signal(const struct be_network *net, int sig)
{
	pid_t pid = network_dnsmasq_pid(net);

	if (pid)
		kill(pid, sig);
}
