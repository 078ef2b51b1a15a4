/* SPDX-License-Identifier: GPL-2.0-only */
/* pick.c: looks through a disk's file systems for a boot configuration and follows it. */
#include "xend/boot/pick.h"
#include "xend/boot/grub.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pick {
	struct boot_fs *fs[BOOT_PARTS_MAX];
	int count;
	struct boot_fs *home;	/* with the configuration */
	struct boot_menu menu;
	struct grub grub;
	char damage[256];	/* of a file system that could not be opened */
	char *why;
	size_t why_size;
};

static int fail(struct pick *p, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct pick *p, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->why, p->why_size, fmt, ap);
	va_end(ap);
	return err;
}

/* "partition 2", or "the disk" without partitions. */
static const char *place(const struct boot_fs *fs)
{
	static char text[32];

	if (!boot_fs_number(fs))
		return "the disk itself";
	snprintf(text, sizeof(text), "partition %u", boot_fs_number(fs));
	return text;
}

/* ---- file systems -------------------------------------------------------------------------------- */

static int open_all(struct pick *p, struct boot_disk *disk)
{
	struct boot_part parts[BOOT_PARTS_MAX];
	int count = boot_parts(disk, parts), rc;
	char why[160];

	if (count < 0)
		return fail(p, count, "its first sector cannot be read: %s", strerror(-count));
	for (int i = 0; i < count; i++) {
		rc = boot_fs_open(disk, &parts[i], &p->fs[p->count], why, sizeof(why));
		if (!rc)
			p->count++;
		else if (rc != -ENODATA && !p->damage[0] && parts[i].number)
			snprintf(p->damage, sizeof(p->damage), "partition %u: %s", parts[i].number, why);
		else if (rc != -ENODATA && !p->damage[0])
			snprintf(p->damage, sizeof(p->damage), "%s", why);
	}
	if (p->count)
		return 0;
	if (p->damage[0])
		return fail(p, -EUCLEAN, "%s", p->damage);
	if (count > 1)
		return fail(p, -ENOENT, "none of its %d partitions has an ext2, ext3 or ext4 file system",
			count - 1);
	return fail(p, -ENOENT, "it has neither partitions nor an ext2, ext3 or ext4 file system");
}

static bool part_number_is(const char *root, unsigned int number)
{
	const char *comma = strrchr(root, ',');
	const char *digits = comma ? comma + strcspn(comma, "0123456789") : "";

	return *digits && strtoul(digits, NULL, 10) == number;
}

static bool root_is(const char *root, const struct boot_fs *fs)
{
	if (!strncmp(root, "UUID/", 5))
		return !strcasecmp(root + 5, boot_fs_uuid(fs));
	if (!strncmp(root, "LABEL/", 6))
		return !strcmp(root + 6, boot_fs_label(fs));
	return part_number_is(root, boot_fs_number(fs));
}

/* Where a file is: on the device that is named if that has it, else beside the configuration, there
 * below /boot, too. Its path is in `path` then. */
static struct boot_fs *locate(struct pick *p, const struct boot_file *file, char *path, size_t size)
{
	snprintf(path, size, "%s", file->path);
	for (int i = 0; i < p->count && file->root[0]; i++)
		if (root_is(file->root, p->fs[i]) && boot_fs_kind(p->fs[i], path) == BOOT_FILE)
			return p->fs[i];
	if (boot_fs_kind(p->home, path) == BOOT_FILE)
		return p->home;
	snprintf(path, size, "/boot/%s", file->path);
	if (boot_fs_kind(p->home, path) == BOOT_FILE)
		return p->home;
	snprintf(path, size, "%s", file->path);
	return NULL;
}

/* ---- the configuration --------------------------------------------------------------------------- */

static bool menu_useful(const struct pick *p)
{
	return p->menu.count || p->menu.direct.kernel.path;
}

static int read_grub(struct pick *p, struct boot_fs *fs, const char *folder, char *path, size_t size)
{
	char *data, cause[200], set[96];
	size_t length;
	int rc;

	snprintf(path, size, "%s/grub.cfg", folder);
	if (boot_fs_kind(fs, path) != BOOT_FILE)
		return -ENOENT;
	rc = boot_fs_read(fs, path, BOOT_CONFIG_MAX, &data, &length, cause, sizeof(cause));
	if (rc)
		return fail(p, rc, "%s, %s: %s", place(fs), path, cause);
	grub_init(&p->grub, fs, &p->menu);
	snprintf(set, sizeof(set), "%s", folder);
	grub_set(&p->grub, "prefix", set);
	rc = grub_run(&p->grub, data, length);
	free(data);
	if (rc == -E2BIG && !menu_useful(p))
		return fail(p, rc, "%s, %s: it is too long or nested too deep", place(fs), path);
	return rc == -ENOMEM ? fail(p, rc, "%s, %s: out of memory", place(fs), path) : 0;
}

static int read_bls(struct pick *p, struct boot_fs *fs, char *path, size_t size)
{
	int rc;

	snprintf(path, size, "/boot/loader/entries");
	grub_init(&p->grub, fs, &p->menu);
	if (grub_load_env(&p->grub, "/boot/grub2/grubenv"))
		grub_load_env(&p->grub, "/grub2/grubenv");
	rc = bls_read(&p->grub);
	return rc < 0 ? fail(p, rc, "%s, %s: %s", place(fs), path, strerror(-rc)) : rc ? 0 : -ENOENT;
}

/* The variable that says what is the default; "saved" stands for another. */
static int take_standard(struct pick *p)
{
	const char *name = grub_get(&p->grub, "default", 7);

	if (!*name || !strcmp(name, "saved"))
		name = grub_get(&p->grub, "saved_entry", 11);
	p->menu.standard = strdup(name);
	return p->menu.standard ? 0 : -ENOMEM;
}

static int read_menu(struct pick *p, char *path, size_t size)
{
	static const char *const folders[] = { "/boot/grub", "/grub", "/boot/grub2", "/grub2" };
	int rc = -ENOENT;

	for (int i = 0; i < p->count; i++) {
		for (size_t f = 0; f <= sizeof(folders) / sizeof(folders[0]); f++) {
			rc = f < sizeof(folders) / sizeof(folders[0])
				? read_grub(p, p->fs[i], folders[f], path, size)
				: read_bls(p, p->fs[i], path, size);
			if (rc && rc != -ENOENT)
				return rc;
			if (!rc && menu_useful(p)) {
				p->home = p->fs[i];
				return take_standard(p);
			}
			grub_clear(&p->grub);
		}
	}
	if (p->damage[0])
		return fail(p, -EUCLEAN, "%s", p->damage);
	if (p->count > 1)
		return fail(p, -ENOENT, "none of its %d file systems has a menu in /boot/grub/grub.cfg, "
			"/grub/grub.cfg or loader/entries", p->count);
	return fail(p, -ENOENT, "%s: no menu in /boot/grub/grub.cfg, /grub/grub.cfg or loader/entries",
		place(p->fs[0]));
}

static int choose(struct pick *p, const char *name, const char *path, struct boot_plan **ret_plan,
	const char **ret_title)
{
	int i = boot_menu_find(&p->menu, name), rc;
	struct boot_entry *e;

	*ret_title = "";
	if (i < 0 && name)
		return fail(p, -ENOENT, "%s, %s: no entry '%.100s'", place(p->home), path, name);
	if (!name && p->menu.direct.kernel.path && (i < 0 || p->grub.booted)) {
		*ret_plan = &p->menu.direct;
		return 0;
	}
	if (i < 0)
		return fail(p, -ENOENT, "%s, %s: no entry", place(p->home), path);
	e = &p->menu.entries[i];
	rc = grub_run_entry(&p->grub, e);
	if (rc < 0)
		return fail(p, rc, "%s, %s: entry '%.100s': %s", place(p->home), path, e->title,
			rc == -E2BIG ? "it is too long or nested too deep" : strerror(-rc));
	if (!e->plan.kernel.path)
		return fail(p, -ENOEXEC, "%s, %s: entry '%.100s' starts no Linux kernel%s", place(p->home),
			path, e->title, e->plan.multiboot ? " but another program" : "");
	*ret_title = e->title;
	*ret_plan = &e->plan;
	return 0;
}

/* ---- files --------------------------------------------------------------------------------------- */

static int copy(struct pick *p, const char *what, const struct boot_file *file, uint64_t limit, int fd,
	uint64_t *ret_size)
{
	char path[BOOT_TEXT_MAX + 8], cause[200];
	struct boot_fs *fs = locate(p, file, path, sizeof(path));
	int rc;

	if (!fs)
		return fail(p, -ENOENT, "%s, %s %.200s: no such file", place(p->home), what, path);
	rc = boot_fs_copy(fs, path, limit, fd, ret_size, cause, sizeof(cause));
	if (rc)
		return fail(p, rc, "%s, %s %.200s: %s", place(fs), what, path, cause);
	return 0;
}

/* Linux takes several archives one behind the other, each at a multiple of 4. */
static int copy_ramdisks(struct pick *p, const struct boot_plan *plan, uint64_t limit, int fd,
	uint64_t *ret_total)
{
	uint64_t total = 0, size;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < plan->initrd_count; i++) {
		while (total % 4 && total < limit && write(fd, "", 1) == 1)
			total++;
		rc = copy(p, "ramdisk", &plan->initrds[i], limit - total, fd, &size);
		total += rc ? 0 : size;
	}
	*ret_total = total;
	return rc;
}

static int copy_plan(struct pick *p, const struct boot_plan *plan, const struct boot_want *want,
	int kernel_fd, int ramdisk_fd, struct boot_got *got)
{
	uint64_t limit = want->ramdisk_max < BOOT_RAMDISK_MAX ? want->ramdisk_max : BOOT_RAMDISK_MAX;
	int rc = copy(p, "kernel", &plan->kernel, BOOT_KERNEL_MAX, kernel_fd, &got->kernel_size);

	if (!rc)
		rc = copy_ramdisks(p, plan, limit, ramdisk_fd, &got->ramdisk_size);
	return rc;
}

/* --kernel=: no configuration is looked at. */
static int pick_given(struct pick *p, const struct boot_want *want, int kernel_fd, int ramdisk_fd,
	struct boot_got *got)
{
	struct boot_plan plan = {
		.kernel = { (char *)"", (char *)want->kernel },
		.initrds = { { (char *)"", (char *)want->ramdisk } },
		.initrd_count = want->ramdisk != NULL,
	};

	p->home = p->fs[0];
	for (int i = p->count - 1; i >= 0; i--)
		if (boot_fs_kind(p->fs[i], want->kernel) == BOOT_FILE)
			p->home = p->fs[i];
	return copy_plan(p, &plan, want, kernel_fd, ramdisk_fd, got);
}

static int pick_menu(struct pick *p, const struct boot_want *want, int kernel_fd, int ramdisk_fd,
	struct boot_got *got)
{
	char path[64] = "";
	const char *title = "";
	struct boot_plan *plan = NULL;
	int rc = read_menu(p, path, sizeof(path));

	if (!rc)
		rc = choose(p, want->entry, path, &plan, &title);
	if (rc)
		return rc;
	snprintf(got->title, sizeof(got->title), "%s", title);
	snprintf(got->args, sizeof(got->args), "%s", plan->args ? plan->args : "");
	return copy_plan(p, plan, want, kernel_fd, ramdisk_fd, got);
}

int boot_pick(struct boot_disk *disk, const struct boot_want *want, int kernel_fd, int ramdisk_fd,
	struct boot_got *ret_got, char *why, size_t size)
{
	struct pick *p = calloc(1, sizeof(*p));
	struct boot_got got = { .title = "" };
	int rc;

	if (!p) {
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	p->why = why;
	p->why_size = size;
	rc = open_all(p, disk);
	if (!rc)
		rc = want->kernel ? pick_given(p, want, kernel_fd, ramdisk_fd, &got)
				  : pick_menu(p, want, kernel_fd, ramdisk_fd, &got);
	grub_clear(&p->grub);
	boot_menu_clear(&p->menu);
	for (int i = 0; i < p->count; i++)
		boot_fs_close(p->fs[i]);
	free(p);
	if (!rc)
		*ret_got = got;
	return rc;
}
