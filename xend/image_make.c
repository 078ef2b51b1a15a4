/* SPDX-License-Identifier: GPL-2.0-only */
/* image_make.c: a disk image, from nothing, a folder, an archive, or another image. Runs in workers.
 *
 * All is made in DIR/.new-NAME and moved into place at the end, the record last: an image that did not
 * come to its end is none. No file system is mounted: mke2fs fills it itself. */
#include "xend/image.h"
#include "xend/config.h"
#include "xend/run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/fs.h>

#define ROOM_MIB   256		/* beside what is in the image, without size_mib */
#define DEBIAN_MIB 4096

struct make {
	const struct image_job *job;
	struct worker_out *out;
	char work[IMAGE_PATH_MAX], disk[IMAGE_PATH_MAX], seed[IMAGE_PATH_MAX], tree[IMAGE_PATH_MAX];
	char uuid[UUID_TEXT];
	const char *format, *how;
	char *why;
	size_t size;
};

static int fail(struct make *m, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int fail(struct make *m, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->why, m->size, fmt, ap);
	va_end(ap);
	return err;
}

static int run(struct make *m, const char *package, const char *const argv[])
{
	char said[300];
	int rc = run_program(argv, said, sizeof(said));

	if (rc == -ENOENT)
		return fail(m, rc, "the program %s is not there (package %s)", argv[0], package);
	return rc ? fail(m, rc, "%s: %s", argv[0], *said ? said : "it failed and did not say why") : 0;
}

static int64_t asked_mib(const struct make *m)
{
	struct json_object *v;

	return json_object_object_get_ex(m->job->spec, "size_mib", &v) ? json_object_get_int64(v) : 0;
}

/* ---- what is to be in it --------------------------------------------------------------------------- */

/* A recipe: a script that is given a folder to fill, and may be changed by the host's owner. It runs with
 * process ids and mounts of its own, so that nothing of it outlives us. */
static int tree_debian(struct make *m)
{
	static const char *const names[] = { "suite", "mirror", "packages" };
	static const char *const vars[] = { "IMAGE_SUITE", "IMAGE_MIRROR", "IMAGE_PACKAGES" };
	char script[IMAGE_PATH_MAX];
	const char *const argv[] = { "setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork",
		"--kill-child", "--mount-proc", script, m->tree, NULL };

	image_path(m->job->scripts, "image-debian", "", script);
	if (access(script, X_OK) < 0)
		return fail(m, -errno, "%s: %s", script, strerror(errno));
	for (size_t i = 0; i < 3; i++)
		setenv(vars[i], image_text(m->job->spec, names[i]), 1);
	setenv("IMAGE_NAME", m->job->name, 1);
	setenv("IMAGE_UUID", m->uuid, 1);
	worker_progress(m->out, "fetching and unpacking Debian", 5);
	return run(m, "util-linux", argv);
}

static int tree_tar(struct make *m, const char *path)
{
	const char *const argv[] = { "tar", "-x", "--numeric-owner", "-p", "-C", m->tree, "-f", path, NULL };

	worker_progress(m->out, "unpacking the archive", 5);
	return run(m, "tar", argv);
}

static int tree_make(struct make *m)
{
	const char *source = image_text(m->job->spec, "source");
	struct stat st;

	if (!strcmp(source, "debian"))
		return mkdir(m->tree, 0755) < 0 ? fail(m, -errno, "%s: %s", m->tree, strerror(errno))
						: tree_debian(m);
	if (stat(source, &st) < 0)
		return fail(m, -errno, "%s: %s", source, strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		snprintf(m->tree, sizeof(m->tree), "%s", source);
		return 0;
	}
	if (mkdir(m->tree, 0755) < 0)
		return fail(m, -errno, "%s: %s", m->tree, strerror(errno));
	return tree_tar(m, source);
}

static uint64_t tree_bytes;

static int add_size(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	tree_bytes += (uint64_t)st->st_blocks * 512 + 4096;
	return 0;
}

static int64_t tree_mib(struct make *m)
{
	if (!strcmp(image_text(m->job->spec, "source"), "debian"))
		return DEBIAN_MIB;
	tree_bytes = 0;
	nftw(m->tree, add_size, 32, FTW_PHYS | FTW_MOUNT);
	return (int64_t)(tree_bytes >> 20) * 5 / 4 + ROOM_MIB;
}

/* ---- the disk -------------------------------------------------------------------------------------- */

static int disk_fill(struct make *m)
{
	char raw[IMAGE_PATH_MAX], size[32], label[17];
	const char *const mke2fs[] = { "mke2fs", "-q", "-F", "-t", "ext4", "-L", label, "-U", m->uuid, "-d",
		m->tree, raw, size, NULL };
	const char *const convert[] = { "qemu-img", "convert", "-q", "-f", "raw", "-O", "qcow2", raw, m->disk,
		NULL };
	bool qcow2 = !strcmp(m->format, "qcow2");
	int rc;

	image_path(m->work, "fs", "", raw);
	snprintf(label, sizeof(label), "%.16s", m->job->name);
	snprintf(size, sizeof(size), "%lldM", (long long)(asked_mib(m) ? asked_mib(m) : tree_mib(m)));
	worker_progress(m->out, "making the file system", 70);
	rc = run(m, "e2fsprogs", mke2fs);
	if (rc)
		return rc;
	if (!qcow2)
		return rename(raw, m->disk) < 0 ? fail(m, -errno, "%s: %s", m->disk, strerror(errno)) : 0;
	worker_progress(m->out, "converting to qcow2", 90);
	return run(m, "qemu-utils", convert);
}

/* Only what has data. */
static int copy_data(int from, int to)
{
	off_t at = 0, end;
	ssize_t n;

	while ((at = lseek(from, at, SEEK_DATA)) >= 0) {
		end = lseek(from, at, SEEK_HOLE);
		while (at < end) {
			off_t in = at, out = at;

			n = copy_file_range(from, &in, to, &out, (size_t)(end - at), 0);
			if (n <= 0)
				return n < 0 ? -errno : -EIO;
			at += n;
		}
	}
	return errno == ENXIO ? 0 : -errno;
}

/* Sharing the blocks where the file system can do that, else copying them. */
static int clone_raw(struct make *m, const char *from)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(m->disk, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;
	int rc = in < 0 || out < 0 || fstat(in, &st) < 0 ? -errno : 0;

	if (!rc && !ioctl(out, FICLONE, in)) {
		m->how = "reflink";
	} else if (!rc) {
		m->how = "copy";
		rc = copy_data(in, out);
		if (!rc && ftruncate(out, st.st_size) < 0)
			rc = -errno;
	}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return rc ? fail(m, rc, "cannot copy %s: %s", from, strerror(-rc)) : 0;
}

static int clone_qcow2(struct make *m, const char *from, const char *from_format)
{
	const char *const argv[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-F", from_format, "-b", from,
		m->disk, NULL };

	m->how = "backing";
	return run(m, "qemu-utils", argv);
}

static int disk_grow(struct make *m)
{
	char size[32];
	const char *const argv[] = { "qemu-img", "resize", "-q", "-f", m->format, m->disk, size, NULL };

	if (!asked_mib(m))
		return 0;
	snprintf(size, sizeof(size), "%lldM", (long long)asked_mib(m));
	return run(m, "qemu-utils", argv);
}

/* Of raw images a raw clone is made by copying, of all others one that builds on its original. */
static int disk_clone(struct make *m)
{
	struct json_object *from = image_describe(m->job->dir, m->job->from);
	const char *format = image_text(from, "format"), *path = image_text(from, "path");
	int rc;

	worker_progress(m->out, "cloning", 10);
	if (!strcmp(m->format, "raw") && !strcmp(format, "raw"))
		rc = clone_raw(m, path);
	else if (!strcmp(m->format, "qcow2"))
		rc = clone_qcow2(m, path, format);
	else
		rc = fail(m, -EINVAL, "a raw clone of a qcow2 image is not possible; take qcow2");
	json_object_put(from);
	return rc ? rc : disk_grow(m);
}

/* ---- all of it ------------------------------------------------------------------------------------- */

static int write_record(struct make *m, const char *path)
{
	struct json_object *o = json_object_new_object();
	const char *source = image_text(m->job->spec, "source");
	int rc;

	json_object_object_add(o, "format", json_object_new_string(m->format));
	json_object_object_add(o, "created", json_object_new_int64(time(NULL)));
	if (m->job->from) {
		json_object_object_add(o, "source", json_object_new_string(m->job->from));
		json_object_object_add(o, "clone", json_object_new_string(m->how));
		if (!strcmp(m->how, "backing"))
			json_object_object_add(o, "backing", json_object_new_string(m->job->from));
	} else {
		json_object_object_add(o, "source", json_object_new_string(source));
	}
	rc = json_object_to_file_ext(path, o, JSON_C_TO_STRING_NOSLASHESCAPE) ? -EIO : 0;
	json_object_put(o);
	return rc;
}

static int install(struct make *m)
{
	char record[IMAGE_PATH_MAX], to[IMAGE_PATH_MAX], suffix[16];
	int rc;

	image_path(m->work, "record", "", record);
	snprintf(suffix, sizeof(suffix), ".%s", m->format);
	rc = write_record(m, record);
	image_path(m->job->dir, m->job->name, suffix, to);
	if (!rc && rename(m->disk, to) < 0)
		rc = -errno;
	image_path(m->job->dir, m->job->name, ".seed", to);
	if (!rc && rename(m->seed, to) < 0 && errno != ENOENT)
		rc = -errno;
	image_path(m->job->dir, m->job->name, ".json", to);
	if (!rc && rename(record, to) < 0)
		rc = -errno;
	return rc ? fail(m, rc, "cannot put it into %s: %s", m->job->dir, strerror(-rc)) : 0;
}

/* Folders may be missing, the last one's parent too. */
static int make_folders(struct make *m)
{
	char path[IMAGE_PATH_MAX];

	snprintf(path, sizeof(path), "%s", m->work);
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(path, 0711) < 0 && errno != EEXIST)
			return fail(m, -errno, "%s: %s", path, strerror(errno));
		*p = '/';
	}
	return mkdir(path, 0700) < 0 ? fail(m, -errno, "%s: %s", path, strerror(errno)) : 0;
}

static int make_all(struct make *m)
{
	int rc = make_folders(m);

	if (!rc && m->job->from)
		rc = disk_clone(m);
	else if (!rc && !(rc = tree_make(m)))
		rc = disk_fill(m);
	if (!rc && image_seed_wanted(m->job->spec))
		rc = image_seed(m->job, m->work, m->seed, m->why, m->size);
	return rc ? rc : install(m);
}

int image_make(const struct image_job *job, struct worker_out *out, char *why, size_t size)
{
	struct make m = { .job = job, .out = out, .why = why, .size = size, .how = "",
		.format = image_text(job->spec, "format") };
	char work[IMAGE_NAME_MAX + 8];
	int rc;

	if (!*m.format)
		m.format = "qcow2";
	snprintf(work, sizeof(work), ".new-%s", job->name);
	image_path(job->dir, work, "", m.work);
	image_path(m.work, "disk", "", m.disk);
	image_path(m.work, "seed", "", m.seed);
	image_path(m.work, "tree", "", m.tree);
	rc = uuid_new(m.uuid);
	image_remove_tree(m.work);
	if (!rc)
		rc = make_all(&m);
	image_remove_tree(m.work);
	return rc;
}
