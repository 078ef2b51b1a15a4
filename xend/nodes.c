/* SPDX-License-Identifier: GPL-2.0-only */
/* nodes.c: a domain's store nodes, as Linux guests and the packaged tools expect them.
 *
 * The home is the guest's to read, not to write, but for the nodes of the table. */
#include "xend/device.h"
#include "xend/hvc.h"

#include <inttypes.h>
#include <stdio.h>

#define HOME "/local/domain/%u"

/* Below the home: the folders that the guest may read, then the nodes that it owns. */
static const struct {
	const char *path;
	enum store_access access;
} home_nodes[] = {
	{ "cpu", ST_GUEST_READ },
	{ "memory", ST_GUEST_READ },
	{ "device", ST_GUEST_READ },
	{ "control", ST_GUEST_READ },
	{ "console", ST_GUEST_READ },
	{ "store", ST_GUEST_READ },
	{ "control/shutdown", ST_GUEST_OWNS },
	{ "control/sysrq", ST_GUEST_OWNS },
	{ "control/feature-poweroff", ST_GUEST_OWNS },
	{ "control/feature-reboot", ST_GUEST_OWNS },
	{ "control/feature-halt", ST_GUEST_OWNS },
	{ "control/feature-suspend", ST_GUEST_OWNS },
	{ "control/feature-sysrq", ST_GUEST_OWNS },
	{ "control/feature-balloon", ST_GUEST_OWNS },
	{ "device/suspend/event-channel", ST_GUEST_OWNS },
	{ "data", ST_GUEST_OWNS },
	{ "drivers", ST_GUEST_OWNS },
	{ "feature", ST_GUEST_OWNS },
	{ "attr", ST_GUEST_OWNS },
	{ "error", ST_GUEST_OWNS },
	{ "guest", ST_GUEST_OWNS },
};

static void home_number(struct store_batch *b, uint32_t domid, const char *path, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	store_write(b, text, HOME "/%s", domid, path);
}

static void nodes_home(struct store_batch *b, const struct domain *d)
{
	uint32_t id = d->domid;
	char path[64];

	store_mknod(b, id, ST_GUEST_READ, HOME, id);
	for (size_t i = 0; i < sizeof(home_nodes) / sizeof(home_nodes[0]); i++)
		store_mknod(b, id, home_nodes[i].access, HOME "/%s", id, home_nodes[i].path);
	snprintf(path, sizeof(path), "/vm/%s", d->cfg.uuid);
	store_write(b, path, HOME "/vm", id);
	store_write(b, d->cfg.name, HOME "/name", id);
	home_number(b, id, "domid", id);
	if (d->cfg.description && *d->cfg.description)
		store_write(b, d->cfg.description, HOME "/description", id);
	for (int64_t v = 0; v < d->cfg.maxvcpus; v++)
		store_write(b, config_vcpu_online(&d->cfg, (unsigned int)v) ? "online" : "offline",
			HOME "/cpu/%d/availability", id, (int)v);
	home_number(b, id, "memory/static-max", (uint64_t)d->cfg.maxmem_mib << 10);
	home_number(b, id, "memory/target", (uint64_t)d->cfg.memory_mib << 10);
	home_number(b, id, "memory/videoram", 0);
	store_write(b, "1", HOME "/control/platform-feature-multiprocessor-suspend", id);
	store_write(b, "1", HOME "/control/platform-feature-xs_reset_watches", id);
	home_number(b, id, "store/ring-ref", d->built.store_mfn);
	home_number(b, id, "store/port", d->store_port);
	home_number(b, id, "console/ring-ref", d->built.console_mfn);
	home_number(b, id, "console/port", d->console_port);
	home_number(b, id, "console/limit", 1u << 20);
	store_write(b, "xend", HOME "/console/type", id);	/* xenconsoled leaves it alone */
	store_write(b, "pty", HOME "/console/output", id);
	store_write(b, "", HOME "/console/tty", id);
}

static void nodes_vm(struct store_batch *b, const struct domain *d)
{
	const char *u = d->cfg.uuid;
	char text[32];

	store_mknod(b, d->domid, ST_GUEST_READ, "/vm/%s", u);
	store_write(b, u, "/vm/%s/uuid", u);
	store_write(b, d->cfg.name, "/vm/%s/name", u);
	store_write(b, "linux", "/vm/%s/image/ostype", u);
	if (d->cfg.kernel)
		store_write(b, d->cfg.kernel, "/vm/%s/image/kernel", u);
	else
		store_write(b, d->cfg.bootloader, "/vm/%s/bootloader", u);
	if (d->cfg.ramdisk)
		store_write(b, d->cfg.ramdisk, "/vm/%s/image/ramdisk", u);
	store_write(b, d->cfg.cmdline ? d->cfg.cmdline : "", "/vm/%s/image/cmdline", u);
	store_write(b, action_name((enum action)d->cfg.on_poweroff), "/vm/%s/on_poweroff", u);
	store_write(b, action_name((enum action)d->cfg.on_reboot), "/vm/%s/on_reboot", u);
	store_write(b, action_name((enum action)d->cfg.on_crash), "/vm/%s/on_crash", u);
	store_write(b, "0", "/vm/%s/rtc/timeoffset", u);
	snprintf(text, sizeof(text), "%" PRId64, d->start_time);
	store_write(b, text, "/vm/%s/start_time", u);
	snprintf(text, sizeof(text), "%" PRId64, d->restart_count);
	store_write(b, text, "/vm/%s/xend/restart_count", u);
}

void nodes_identity(struct store_batch *b, const struct domain *d)
{
	char path[64];

	store_rm(b, "/vm/%s", d->cfg.uuid);
	nodes_vm(b, d);
	snprintf(path, sizeof(path), "/vm/%s", d->cfg.uuid);
	store_write(b, path, HOME "/vm", d->domid);
	store_write(b, d->cfg.name, HOME "/name", d->domid);
}

void nodes_write(struct store_batch *b, const struct domain *d)
{
	/* What an earlier domain of this id may have left behind. */
	store_rm(b, HOME, d->domid);
	store_rm(b, "/vm/%s", d->cfg.uuid);
	nodes_home(b, d);
	nodes_vm(b, d);
	hvcs_nodes(b, d);
}

void nodes_remove(struct store_batch *b, const struct domain *d)
{
	if (d->domid != DOMID_NONE) {
		store_release(b, d->domid);
		store_rm(b, HOME, d->domid);
		store_rm(b, "/libxl/%u", d->domid);
		store_rm(b, "/local/domain/0/backend/console/%u", d->domid);
		devices_nodes_remove(b, d->domid);
	}
	store_rm(b, "/vm/%s", d->cfg.uuid);
}

void nodes_device(struct store_batch *b, uint32_t domid, const char *back, const char *front,
	unsigned int back_state)
{
	char text[16];

	store_rm(b, "%s", back);
	store_rm(b, "%s", front);
	store_mknod(b, domid, ST_GUEST_READ, "%s", back);
	store_mknod(b, domid, ST_GUEST_OWNS, "%s", front);
	snprintf(text, sizeof(text), "%u", domid);
	store_write(b, front, "%s/frontend", back);
	store_write(b, text, "%s/frontend-id", back);
	store_write(b, "1", "%s/online", back);
	snprintf(text, sizeof(text), "%u", back_state);
	store_write(b, text, "%s/state", back);
	store_write(b, back, "%s/backend", front);
	store_write(b, "0", "%s/backend-id", front);
	store_write(b, "1", "%s/state", front);		/* XenbusStateInitialising */
}
