/* SPDX-License-Identifier: GPL-2.0-only */
/* iotrace.c: requests to block devices that failed, read from a trace instance of our own.
 *
 * xen-blkback tells nobody but the guest. What drivers end with an error is block_rq_error, which names the whole
 * device: an error in one of its partitions is told twice, of the one and the other. Devices that have no queue of
 * their own, such as dm, show in block_bio_complete. The trace's file system is mounted
 * nowhere for this. An instance that an earlier xend left is taken over. */
#include "xend/iotrace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define INSTANCE "instances/xend"

struct iotrace {
	int fs, pipe;
	struct be_disk_error partition;	/* err 0: none; the last error as one of a partition */
	size_t len;
	char buf[4096];
};

/* What makes it: files below the instance, in this order. poll() is to wake for a single line. */
static const struct setting {
	const char *file, *value;
} settings[] = {
	{ "buffer_size_kb", "16" },
	{ "buffer_percent", "0" },
	{ "events/block/block_rq_error/enable", "1" },
	{ "events/block/block_bio_complete/filter", "error != 0" },
	{ "events/block/block_bio_complete/enable", "1" },
	{ "tracing_on", "1" },
};

static int set(int fs, const struct setting *s)
{
	char path[128];
	int fd, rc = 0;

	snprintf(path, sizeof(path), INSTANCE "/%s", s->file);
	fd = openat(fs, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, s->value, strlen(s->value)) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

static int mount_fs(int *ret_fs)
{
	int context = fsopen("tracefs", FSOPEN_CLOEXEC), rc = 0;

	if (context < 0)
		return -errno;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		rc = -errno;
	*ret_fs = rc ? -1 : fsmount(context, FSMOUNT_CLOEXEC, 0);
	if (!rc && *ret_fs < 0)
		rc = -errno;
	close(context);
	return rc;
}

int iotrace_new(struct iotrace **ret_trace)
{
	struct iotrace *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return -ENOMEM;
	t->fs = t->pipe = -1;
	rc = mount_fs(&t->fs);
	if (!rc && mkdirat(t->fs, INSTANCE, 0700) < 0 && errno != EEXIST)
		rc = -errno;
	for (size_t i = 0; !rc && i < sizeof(settings) / sizeof(settings[0]); i++)
		rc = set(t->fs, &settings[i]);
	if (!rc) {
		t->pipe = openat(t->fs, INSTANCE "/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		rc = t->pipe < 0 ? -errno : 0;
	}
	if (rc) {
		iotrace_free(t);
		return rc;
	}
	*ret_trace = t;
	return 0;
}

void iotrace_free(struct iotrace *t)
{
	if (!t)
		return;
	if (t->pipe >= 0)
		close(t->pipe);
	if (t->fs >= 0) {
		unlinkat(t->fs, INSTANCE, AT_REMOVEDIR);
		close(t->fs);
	}
	free(t);
}

int iotrace_fd(const struct iotrace *t)
{
	return t->pipe;
}

/* "...: block_rq_error: 7,0 WS () 2048 + 8 [-28]"; of a bio without the parentheses. */
bool iotrace_parse(const char *line, struct be_disk_error *ret_error)
{
	static const char *const events[] = { ": block_rq_error: ", ": block_bio_complete: " };
	const char *at = NULL, *plus, *err;
	struct be_disk_error e = { 0 };
	char ops[16];

	for (size_t i = 0; !at && i < 2; i++) {
		at = strstr(line, events[i]);
		at = at ? at + strlen(events[i]) : NULL;
	}
	if (!at || sscanf(at, "%u,%u %15s", &e.major, &e.minor, ops) != 3)
		return false;
	plus = strstr(at, " + ");
	err = strrchr(at, '[');
	if (!plus || !err)
		return false;
	while (plus > at && plus[-1] >= '0' && plus[-1] <= '9')
		plus--;
	e.sector = strtoull(plus, NULL, 10);
	e.err = -atoi(err + 1);
	e.write = strpbrk(ops, "WD") != NULL;
	if (e.err <= 0)
		return false;
	*ret_error = e;
	return true;
}

/* An empty text for a file that is not there. */
static const char *attribute(int dir, const char *device, const char *name, char text[32])
{
	char path[300];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", device, name);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, 31);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static bool in_partition(int dir, const char *name, struct be_disk_error *e)
{
	char text[32];
	uint64_t start = strtoull(attribute(dir, name, "start", text), NULL, 10);
	uint64_t size = strtoull(attribute(dir, name, "size", text), NULL, 10);

	if (!*attribute(dir, name, "partition", text) || e->sector < start || e->sector - start >= size)
		return false;
	e->sector -= start;
	return sscanf(attribute(dir, name, "dev", text), "%u:%u", &e->major, &e->minor) == 2;
}

bool iotrace_partition(const char *devices, const struct be_disk_error *e, struct be_disk_error *ret_error)
{
	char path[300];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "%.200s/%u:%u", devices, e->major, e->minor);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		*ret_error = *e;
		found = entry->d_name[0] != '.' && in_partition(dirfd(dir), entry->d_name, ret_error);
	}
	closedir(dir);
	return found;
}

int iotrace_next(struct iotrace *t, struct be_disk_error *ret_error)
{
	char *end;
	ssize_t n;
	bool is;

	if (t->partition.err) {
		*ret_error = t->partition;
		t->partition.err = 0;
		return 0;
	}
	for (;;) {
		t->buf[t->len] = '\0';
		end = strchr(t->buf, '\n');
		if (end) {
			*end = '\0';
			is = iotrace_parse(t->buf, ret_error);
			t->len -= (size_t)(end + 1 - t->buf);
			memmove(t->buf, end + 1, t->len);
			if (!is)
				continue;
			if (!iotrace_partition("/sys/dev/block", ret_error, &t->partition))
				t->partition.err = 0;
			return 0;
		}
		if (t->len == sizeof(t->buf) - 1)
			t->len = 0;	/* no line of ours is that long */
		n = read(t->pipe, t->buf + t->len, sizeof(t->buf) - 1 - t->len);
		if (n <= 0)
			return n < 0 && errno != EAGAIN ? -errno : -EAGAIN;
		t->len += (size_t)n;
	}
}
