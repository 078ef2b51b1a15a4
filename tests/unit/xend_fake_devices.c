/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_fake_devices.c: what is behind the fake's disks and network interfaces. */
#include "tests/unit/xend_fake_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- disks --------------------------------------------------------------------------------------- */

/* Workers run side by side, each a process: a place is taken by one of them. */
static bool claim(bool *taken)
{
	return !__atomic_exchange_n(taken, true, __ATOMIC_SEQ_CST);
}

int f_disk_there(struct backend *be, const char *path)
{
	int rc = step("disk_there");

	return !rc && !strcmp(path, "/nosuch") ? -ENOENT : rc;
}

/* The path tells what it is: the inode's number stands behind its last letter. */
int f_disk_open(struct backend *be, const struct be_disk *disk, struct be_disk_open *ret_open,
	char *why, size_t size)
{
	int rc = step("disk_open");

	if (!rc && !strcmp(disk->path, "/nosuch"))
		rc = -ENOENT;
	for (int i = 0; !rc && i < FAKE_DISKS; i++) {
		struct fake_disk *d = &fake->disks[i];

		if (!claim(&d->taken))
			continue;
		d->used = true;
		d->bytes = 0;
		snprintf(d->tag, sizeof(d->tag), "%s", disk->tag);
		snprintf(d->path, sizeof(d->path), "%s", disk->path);
		*ret_open = (struct be_disk_open){ .major = 7, .minor = (uint32_t)i, .dev = 1,
			.ino = (uint64_t)disk->path[strlen(disk->path) - 1] };
		return 0;
	}
	snprintf(why, size, "cannot open %s: %s", disk->path, strerror(-rc));
	return rc;
}

int f_disk_resize(struct backend *be, const struct be_disk *disk, const struct be_disk_open *open,
	uint64_t bytes, uint64_t *ret_bytes, char *why, size_t size)
{
	struct fake_disk *d = &fake->disks[open->minor];
	int rc = step("disk_resize");

	if (!rc && (!d->used || strcmp(d->tag, disk->tag)))
		rc = -ENODEV;
	if (rc) {
		snprintf(why, size, "%s: %s", disk->path, strerror(-rc));
		return rc;
	}
	*ret_bytes = d->bytes = bytes ? bytes : 4096;
	return 0;
}

int f_disk_close(struct backend *be, const char *tag, uint32_t domid, uint32_t devid, char *why,
	size_t size)
{
	int rc = step("disk_close");

	for (int i = 0; !rc && i < FAKE_DISKS; i++)
		if (fake->disks[i].used && !strcmp(fake->disks[i].tag, tag))
			fake->disks[i].used = fake->disks[i].taken = false;
	if (rc)
		snprintf(why, size, "%s", strerror(-rc));
	return rc;
}

int f_disk_settle(struct backend *be, uint32_t domid, uint32_t devid, const struct be_disk_open *open,
	unsigned int ms, char *why, size_t size)
{
	int rc = step("disk_settle");

	__atomic_add_fetch(&fake->settles, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&fake->unsettled, __ATOMIC_SEQ_CST))
		usleep(1000);
	if (fake->never_settles)
		rc = -ETIMEDOUT;
	if (rc)
		snprintf(why, size, "a request is under way");
	return rc;
}

unsigned int fake_disks(void)
{
	unsigned int n = 0;

	for (int i = 0; i < FAKE_DISKS; i++)
		n += fake->disks[i].used;
	return n;
}

static int errors[2] = { -1, -1 };

int f_disk_errors(struct backend *be)
{
	if (errors[0] < 0 && pipe2(errors, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	return errors[0];
}

int f_disk_error(struct backend *be, struct be_disk_error *ret_error)
{
	return read(errors[0], ret_error, sizeof(*ret_error)) == (ssize_t)sizeof(*ret_error) ? 0 : -EAGAIN;
}

void fake_disk_fails(const struct be_disk_error *e)
{
	if (write(errors[1], e, sizeof(*e)) != (ssize_t)sizeof(*e))
		perror("fake_disk_fails");
}

/* ---- networks ------------------------------------------------------------------------------------ */

unsigned int fake_vifs(void)
{
	unsigned int n = 0;

	for (int i = 0; i < FAKE_VIFS; i++)
		n += fake->vifs[i].used;
	return n;
}

struct fake_vif *fake_vif(const char *ifname)
{
	for (int i = 0; i < FAKE_VIFS; i++)
		if (fake->vifs[i].used && !strcmp(fake->vifs[i].ifname, ifname))
			return &fake->vifs[i];
	return NULL;
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

int f_vif_check(struct backend *be, const struct be_vif *vif, char *why, size_t size)
{
	int rc = step("vif_check");

	if (!rc && vif->bridge && !strcmp(vif->bridge, "nosuch"))
		rc = -ENODEV;
	if (rc)
		snprintf(why, size, "there is no bridge %s: %s", vif->bridge, strerror(-rc));
	if (!rc && vif->net)
		__atomic_add_fetch(&fake->networks_up, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; !rc && i < FAKE_VIFS; i++) {
		struct fake_vif *v = &fake->vifs[i];

		if (!claim(&v->taken))
			continue;
		v->plugged = false;
		v->mode = vif->mode;
		v->mtu = vif->mtu;
		v->ours = vif->net != NULL;
		memcpy(v->mac, vif->mac, sizeof(v->mac));
		copy(v->tag, sizeof(v->tag), vif->tag);
		copy(v->ifname, sizeof(v->ifname), vif->ifname);
		copy(v->bridge, sizeof(v->bridge), vif->bridge);
		copy(v->ip, sizeof(v->ip), vif->ip);
		copy(v->script, sizeof(v->script), vif->script);
		copy(v->domain, sizeof(v->domain), vif->domain);
		v->used = true;
		break;
	}
	return rc;
}

int f_vif_plug(struct backend *be, const struct be_vif *vif, char *why, size_t size)
{
	struct fake_vif *v = fake_vif(vif->ifname);
	int rc = step("vif_plug");

	while (fake->hang_plug)
		usleep(1000);
	if (!rc && v)
		v->plugged = true;
	if (rc)
		snprintf(why, size, "plug: %s", strerror(-rc));
	return rc;
}

int f_vif_unplug(struct backend *be, const struct be_vif *vif, char *why, size_t size)
{
	__atomic_add_fetch(&fake->unplugs, 1, __ATOMIC_SEQ_CST);
	return step("vif_unplug");
}

int f_vif_release(struct backend *be, const struct be_vif *vif, char *why, size_t size)
{
	int rc = step("vif_release");

	for (int i = 0; !rc && i < FAKE_VIFS; i++)
		if (fake->vifs[i].used && !strcmp(fake->vifs[i].tag, vif->tag))
			fake->vifs[i].used = fake->vifs[i].taken = false;
	if (rc)
		snprintf(why, size, "%s", strerror(-rc));
	return rc;
}

int f_network_up(struct backend *be, const struct be_network *net, char *why, size_t size)
{
	fake->networks_up++;
	return 0;
}

int f_network_down(struct backend *be, const struct be_network *net, char *why, size_t size)
{
	fake->networks_down++;
	return 0;
}

/* ---- framebuffers -------------------------------------------------------------------------------- */

static int qemu_end = -1;	/* its other side is what vfb_watch() gave */

int f_vfb_check(struct backend *be, const char *program, char *why, size_t size)
{
	snprintf(why, size, "vfb: there is no QEMU");
	return fake->no_qemu ? -ENOENT : 0;
}

int f_vfb_open(struct backend *be, const struct be_vfb *vfb, unsigned int *ret_port, char *why, size_t size)
{
	struct fake_qemu *q = &fake->qemu;

	if (fake->qemu_fails) {
		snprintf(why, size, "QEMU ended at once: no display");
		return -ECHILD;
	}
	memset(q, 0, sizeof(*q));
	q->used = true;
	q->domid = vfb->domid;
	q->display = vfb->display;
	q->unused = vfb->unused;
	snprintf(q->tag, sizeof(q->tag), "%s", vfb->tag);
	snprintf(q->domain, sizeof(q->domain), "%s", vfb->domain);
	snprintf(q->listen, sizeof(q->listen), "%s", vfb->listen);
	snprintf(q->passwd, sizeof(q->passwd), "%s", vfb->passwd ? vfb->passwd : "");
	snprintf(q->keymap, sizeof(q->keymap), "%s", vfb->keymap ? vfb->keymap : "");
	*ret_port = 5900 + (unsigned int)vfb->display;
	return 0;
}

int f_vfb_watch(struct backend *be, const char *tag)
{
	int fds[2];

	if (!fake->qemu.used || fake->qemu.ended || strcmp(tag, fake->qemu.tag))
		return -ESRCH;
	if (qemu_end >= 0)
		close(qemu_end);
	if (pipe2(fds, O_CLOEXEC) < 0)
		abort();
	qemu_end = fds[1];
	return fds[0];
}

int f_vfb_close(struct backend *be, const char *tag, char *why, size_t size)
{
	if (!strcmp(tag, fake->qemu.tag))
		fake->qemu.used = false;
	return 0;
}

void fake_qemu_ends(void)
{
	fake->qemu.ended = true;
	close(qemu_end);
	qemu_end = -1;
}
