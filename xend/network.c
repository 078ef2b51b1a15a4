/* SPDX-License-Identifier: GPL-2.0-only */
/* network.c: xend's own network: up, down, and the names of its guests.
 *
 * Locks: RUN_DIR/network.lock (flock) is held by each function here: workers of several domains may
 * come at once. network_bridge.c and network_dnsmasq.c are called with it. */
#include "xend/network_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xend/netlink.h"
#include "xend/nft.h"

#define FORWARD "net/ipv4/ip_forward"

/* ---- files and errors ---------------------------------------------------------------------------- */

int network_fail(int err, char *why, size_t size, const char *what, const char *name)
{
	snprintf(why, size, "network %s: %s: %s", name, what, strerror(-err));
	return err;
}

void network_path(const struct be_network *net, const char *name, char path[PATH_SIZE])
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

int network_file_read(const char *path, char *text, size_t size)
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

void network_make_parents(const char *path)
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

	network_path(net, "hosts/", path);
	network_make_parents(path);
	network_path(net, "network.lock", path);
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

/* ---- all of it ----------------------------------------------------------------------------------- */

/* What it was before is kept for the network's end. */
static void forward_on(const struct be_network *net)
{
	char path[PATH_SIZE], text[8];

	if (!network_file_read("/proc/sys/" FORWARD, text, sizeof(text)) && text[0] == '0') {
		network_path(net, "ip_forward.was", path);
		file_write(path, text);
		sysctl_write(FORWARD, "1");
	}
}

static void forward_back(const struct be_network *net)
{
	char path[PATH_SIZE], text[8];

	network_path(net, "ip_forward.was", path);
	if (!network_file_read(path, text, sizeof(text)) && !unlink(path))
		sysctl_write(FORWARD, text);
}

static int up_locked(const struct be_network *net, char *why, size_t size)
{
	struct nl_sock *nl;
	int rc = netlink_open(&nl);

	if (rc)
		return network_fail(rc, why, size, "no netlink", net->bridge);
	rc = network_bridge_up(net, nl, why, size);
	netlink_close(nl);
	if (rc)
		return rc;
	/* Each time: an administrator's "flush ruleset" takes ours, too. */
	forward_on(net);
	rc = nft_masquerade(net->bridge, why, size);
	return rc || network_dnsmasq_pid(net) ? rc : network_dnsmasq_start(net, why, size);
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
		return network_fail(rc, why, size, "no netlink", net->bridge);
	}
	if (has_ports(net->bridge)) {
		snprintf(why, size, "network %s: guests are connected", net->bridge);
		rc = -EBUSY;
	} else if (!link_get(nl, net->bridge, &l) && !strcmp(l.alias, ALIAS)) {
		network_dnsmasq_signal(net, SIGTERM);
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
		network_fail(rc, why, size, path, vif->net->bridge);
	else
		network_dnsmasq_signal(vif->net, SIGHUP);
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
		network_dnsmasq_signal(net, SIGHUP);
	if (fd >= 0)
		close(fd);
}
