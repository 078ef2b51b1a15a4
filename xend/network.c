/* SPDX-License-Identifier: GPL-2.0-only */
/* network.c: the bridge, its addresses, masquerading, and dnsmasq.
 *
 * Locks: RUN_DIR/network.lock (flock) is held by each function here: workers of several domains may
 * come at once. */
#include "xend/network.h"
#include "xend/netlink.h"
#include "xend/nft.h"
#include "xend/run.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALIAS	  "xend's own network"	/* by which we know our bridge */
#define NEW_NAME  "xend.new"		/* until it has that */
#define FORWARD	  "net/ipv4/ip_forward"
#define PATH_SIZE 512

static int fail(int err, char *why, size_t size, const char *what, const char *name)
{
	snprintf(why, size, "network %s: %s: %s", name, what, strerror(-err));
	return err;
}

static void path_of(const struct be_network *net, const char *name, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", net->run_dir, name);
}

int sysctl_write(const char *name, const char *value)
{
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, value, strlen(value));
	close(fd);
	return n == (ssize_t)strlen(value) ? 0 : -EIO;
}

static int file_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return n < 0 ? -ENOENT : 0;
}

static int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -EIO;
}

static void make_parents(const char *path)
{
	char copy[PATH_SIZE];

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *p = strchr(copy + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(copy, 0755);
		*p = '/';
	}
}

/* The lock ends when the descriptor is closed. */
static int lock(const struct be_network *net, char *why, size_t size)
{
	char path[PATH_SIZE];
	int fd;

	path_of(net, "hosts/", path);
	make_parents(path);
	path_of(net, "network.lock", path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		snprintf(why, size, "network %s: cannot lock %.200s: %s", net->bridge, path,
			strerror(errno));
		if (fd >= 0)
			close(fd);
		return -EIO;
	}
	return fd;
}

/* ---- the bridge ---------------------------------------------------------------------------------- */

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

/* The /64 that a machine without another one has for its guests: fd and 40 bits that are as good as random
 * (RFC 4193), always the same. */
static void address6_auto(char text[INET6_ADDRSTRLEN])
{
	uint64_t hash = 0xcbf29ce484222325ULL;	/* FNV-1a */
	char id[256];

	if (file_read("/etc/machine-id", id, sizeof(id)) || !*id)
		gethostname(id, sizeof(id) - 1);
	for (const char *p = id; *p && *p != '\n'; p++)
		hash = (hash ^ (uint8_t)*p) * 0x100000001b3ULL;
	snprintf(text, INET6_ADDRSTRLEN, "fd%02x:%x:%x:1::1", (unsigned int)(hash >> 32 & 0xff),
		(unsigned int)(hash >> 16 & 0xffff), (unsigned int)(hash & 0xffff));
}

/* False: the network, or the kernel, has no IPv6. */
static bool address6(const struct be_network *net, char text[INET6_ADDRSTRLEN], struct net_addr *ret_addr)
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

/* A host may have switched it off, which is no reason to have no network. */
static void bridge_up6(const struct be_network *net, struct nl_sock *nl, int index)
{
	char text[INET6_ADDRSTRLEN];
	struct net_addr addr;

	if (address6(net, text, &addr))
		addr_add(nl, index, &addr);
}

static int bridge_up(const struct be_network *net, struct nl_sock *nl, char *why, size_t size)
{
	struct net_addr addr;
	struct link l;
	int rc;

	if (net_addr_parse(net->address, &addr))
		return fail(-EINVAL, why, size, net->address, net->bridge);
	addr.bits = net->bits;
	rc = link_get(nl, net->bridge, &l);
	if (rc == -ENODEV)
		rc = bridge_make(nl, net->bridge, &addr, &l);
	if (rc)
		return fail(rc, why, size, "cannot make the bridge", net->bridge);
	if (strcmp(l.alias, ALIAS)) {
		snprintf(why, size, "network %s: an interface of that name is there that xend did not make;"
			" it is left as it is", net->bridge);
		return -EEXIST;
	}
	rc = addr_add(nl, l.index, &addr);
	if (rc && rc != -EEXIST)
		return fail(rc, why, size, net->address, net->bridge);
	if (!(l.flags & IFF_UP))
		rc = link_set_up(nl, l.index, true);
	else
		rc = 0;
	bridge_up6(net, nl, l.index);
	return rc ? fail(rc, why, size, "cannot set it up", net->bridge) : 0;
}

/* What it was before is kept for the network's end. */
static void forward_on(const struct be_network *net)
{
	char path[PATH_SIZE], text[8];

	if (!file_read("/proc/sys/" FORWARD, text, sizeof(text)) && text[0] == '0') {
		path_of(net, "ip_forward.was", path);
		file_write(path, text);
		sysctl_write(FORWARD, "1");
	}
}

static void forward_back(const struct be_network *net)
{
	char path[PATH_SIZE], text[8];

	path_of(net, "ip_forward.was", path);
	if (!file_read(path, text, sizeof(text)) && !unlink(path))
		sysctl_write(FORWARD, text);
}

/* ---- dnsmasq ------------------------------------------------------------------------------------- */

/* Its process, if it is one and ours: it has our folder among its arguments. 0: there is none. */
static pid_t dnsmasq_pid(const struct be_network *net)
{
	char path[PATH_SIZE], text[4096];
	long pid;
	int fd;
	ssize_t n;

	path_of(net, "dnsmasq.pid", path);
	if (file_read(path, text, sizeof(text)) || (pid = atol(text)) <= 1)
		return 0;
	snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	path_of(net, "dnsmasq.pid", path);
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

static int dnsmasq_start(const struct be_network *net, char *why, size_t size)
{
	char interface[64], pid[PATH_SIZE + 16], leases[PATH_SIZE + 24], hosts[PATH_SIZE + 24], range[64];
	char self[128 + INET6_ADDRSTRLEN], said[256], range6[96], lifetime[64], own6[INET6_ADDRSTRLEN] = "";
	struct net_addr addr6;
	const bool v6 = address6(net, own6, &addr6);
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
	make_parents(net->lease_file);
	rc = run_program(argv, said, sizeof(said));
	if (rc)
		snprintf(why, size, "network %s: dnsmasq, which serves addresses and names: %s",
			net->bridge, *said ? said : strerror(-rc));
	return rc;
}

static void dnsmasq_signal(const struct be_network *net, int sig)
{
	pid_t pid = dnsmasq_pid(net);

	if (pid)
		kill(pid, sig);
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static int up_locked(const struct be_network *net, char *why, size_t size)
{
	struct nl_sock *nl;
	int rc = netlink_open(&nl);

	if (rc)
		return fail(rc, why, size, "no netlink", net->bridge);
	rc = bridge_up(net, nl, why, size);
	netlink_close(nl);
	if (rc)
		return rc;
	/* Each time: an administrator's "flush ruleset" takes ours, too. */
	forward_on(net);
	rc = nft_masquerade(net->bridge, why, size);
	return rc || dnsmasq_pid(net) ? rc : dnsmasq_start(net, why, size);
}

int network_up(const struct be_network *net, char *why, size_t size)
{
	int fd = lock(net, why, size), rc;

	if (fd < 0)
		return fd;
	rc = up_locked(net, why, size);
	close(fd);
	return rc;
}

static bool any_entry(const char *path, const char *prefix)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	bool any = false;

	while (dir && (e = readdir(dir)))
		any |= e->d_name[0] != '.' && !strncmp(e->d_name, prefix, strlen(prefix));
	if (dir)
		closedir(dir);
	return any;
}

static bool has_ports(const char *bridge)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/brif", bridge);
	return any_entry(path, "");
}

/* Of whatever network: guards are in one table. */
static bool any_vif(void)
{
	return any_entry("/sys/bus/xen-backend/devices", "vif-");
}

int network_down(const struct be_network *net, char *why, size_t size)
{
	int fd = lock(net, why, size), rc;
	struct nl_sock *nl;
	struct link l;

	if (fd < 0)
		return fd;
	rc = netlink_open(&nl);
	if (rc) {
		close(fd);
		return fail(rc, why, size, "no netlink", net->bridge);
	}
	if (has_ports(net->bridge)) {
		snprintf(why, size, "network %s: guests are connected", net->bridge);
		rc = -EBUSY;
	} else if (!link_get(nl, net->bridge, &l) && !strcmp(l.alias, ALIAS)) {
		dnsmasq_signal(net, SIGTERM);
		nft_masquerade_end(net->bridge);
		if (!any_vif())
			nft_clear();
		forward_back(net);
		rc = link_delete(nl, l.index);
	}
	netlink_close(nl);
	close(fd);
	return rc;
}

/* ---- names --------------------------------------------------------------------------------------- */

static void host_path(const struct be_network *net, const char *tag, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/hosts/%s", net->run_dir, tag);
	for (char *p = strrchr(path, '/'); p && tag[0] && strchr(tag, '/'); p = NULL)
		*p = '.';
}

/* A label of the name system has letters, digits and '-'. */
static void label_of(const struct be_vif *vif, char *label, size_t size)
{
	if (vif->devid)
		snprintf(label, size, "%.50s-%u", vif->domain, vif->devid);
	else
		snprintf(label, size, "%.60s", vif->domain);
	for (char *p = label; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", *p))
			*p = '-';
}

int network_host_add(const struct be_vif *vif, char *why, size_t size)
{
	char path[PATH_SIZE], label[64], text[256], first[64] = "";
	const uint8_t *m = vif->mac;
	int fd = lock(vif->net, why, size), rc;
	struct net_addr a;

	if (fd < 0)
		return fd;
	label_of(vif, label, sizeof(label));
	if (vif->ip)
		snprintf(first, sizeof(first), "%.*s", (int)strcspn(vif->ip, " /"), vif->ip);
	if (net_addr_parse(first, &a) || a.family != AF_INET)
		first[0] = '\0';
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x,%s%s%s\n", m[0], m[1], m[2], m[3],
		m[4], m[5], first, *first ? "," : "", label);
	host_path(vif->net, vif->tag, path);
	rc = file_write(path, text);
	if (rc)
		fail(rc, why, size, path, vif->net->bridge);
	else
		dnsmasq_signal(vif->net, SIGHUP);
	close(fd);
	return rc;
}

void network_host_remove(const struct be_network *net, const char *tag)
{
	char path[PATH_SIZE], why[256];
	int fd;

	host_path(net, tag, path);
	if (access(path, F_OK) < 0)
		return;
	fd = lock(net, why, sizeof(why));
	if (!unlink(path))
		dnsmasq_signal(net, SIGHUP);
	if (fd >= 0)
		close(fd);
}
