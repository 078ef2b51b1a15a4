/* SPDX-License-Identifier: GPL-2.0-only */
/* hypfs: hypfs_op from dom0 and from a domain: the version, what reading and writing answers, and the format of
 * directories, numbers and strings. */
#include <xen/hypfs.h>
#include "child.h"

#define HYPERVISORS_OWN 0xffff830000000000UL

static union {
	struct xen_hypfs_direntry e;
	uint8_t bytes[4096];
} buf;

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static bool same(const char *a, const char *b)
{
	return length(a) == length(b) && !memcmp(a, b, length(a));
}

static long op(unsigned int cmd, const void *path, size_t len, const void *data, size_t size)
{
	return hypercall(__HYPERVISOR_hypfs_op, cmd, (unsigned long)path, len, (unsigned long)data, size);
}

static long read_path(const char *path)
{
	memset(&buf, 0xee, sizeof(buf));
	return op(XEN_HYPFS_OP_read, path, length(path) + 1, &buf, sizeof(buf));
}

static long write_path(const char *path, const char *text)
{
	return op(XEN_HYPFS_OP_write_contents, path, length(path) + 1, text, length(text) + 1);
}

static const char *content(void)
{
	return (const char *)(&buf.e + 1);
}

static void check_version(void)
{
	check_eq(op(XEN_HYPFS_OP_get_version, NULL, 0, NULL, 0), 1, "version 1");
	check_rc(op(XEN_HYPFS_OP_get_version, "/", 0, NULL, 0), XEN_EINVAL, "with a path");
	check_rc(op(XEN_HYPFS_OP_get_version, NULL, 1, NULL, 0), XEN_EINVAL, "with a length");
	check_rc(op(XEN_HYPFS_OP_get_version, NULL, 0, &buf, 0), XEN_EINVAL, "with a buffer");
	check_rc(op(XEN_HYPFS_OP_get_version, NULL, 0, NULL, 1), XEN_EINVAL, "with a size");
	check_rc(op(3, "/", 2, &buf, 100), XEN_EOPNOTSUPP, "no such operation");
	check_rc(op(3, "/nosuch", 8, &buf, 100), XEN_ENOENT, "of no such path");
}

static void check_paths(void)
{
	static char longest[1100];

	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	check_rc(op(XEN_HYPFS_OP_read, (void *)HYPERVISORS_OWN, 5, &buf, 100), XEN_EFAULT, "a bad pointer");
	check_rc(op(XEN_HYPFS_OP_read, "/", 1, &buf, 100), XEN_EINVAL, "without its zero");
	check_rc(op(XEN_HYPFS_OP_read, "/\0\0", 3, &buf, 100), XEN_EINVAL, "a zero within");
	check_rc(op(XEN_HYPFS_OP_read, "/", 0, &buf, 100), XEN_EINVAL, "of no length");
	check_rc(op(XEN_HYPFS_OP_read, longest, 1100, &buf, 100), XEN_EINVAL, "too long");
	longest[1023] = 0;
	check_rc(op(XEN_HYPFS_OP_read, longest, 1024, &buf, 100), XEN_ENOENT, "not too long");
	check_rc(read_path("params"), XEN_EINVAL, "not from the root");
	check_rc(read_path(""), XEN_EINVAL, "empty");
	check_rc(read_path("/nosuch"), XEN_ENOENT, "not there");
	check_rc(read_path("/params/"), 0, "a directory with a slash");
	check_rc(read_path("//params"), XEN_ENOENT, "two slashes");
	check_rc(read_path("/params/loglvl/"), XEN_ENOENT, "a file with a slash");
	check_rc(read_path("/params/loglvl/x"), XEN_ENOENT, "below a file");
	check_rc(read_path("/para"), XEN_ENOENT, "half a name");
	check_rc(read_path("/paramsx"), XEN_ENOENT, "more than a name");
	check_rc(read_path("/cpupool/1"), XEN_ENOENT, "no such pool");
	check_rc(read_path("/cpupool/00"), 0, "a pool by any number that is its");
	check_rc(read_path("/cpupool/0x0"), XEN_ENOENT, "a decimal one");
	check_rc(read_path("/cpupool/-0"), XEN_ENOENT, "without a sign");
	check_rc(read_path("/cpupool/"), 0, "the pools");
	check_rc(read_path("/cpupool/4294967296"), XEN_ENOENT, "a number too high");
}

/* A directory's entry of that name; its place must be where the one before says. */
static const struct xen_hypfs_dirlistentry *entry(const char *name)
{
	unsigned int at = 0;

	while (at < buf.e.content_len) {
		const struct xen_hypfs_dirlistentry *d = (const void *)(content() + at);

		if (same(d->name, name))
			return d;
		if (!d->off_next)
			break;
		at += d->off_next;
	}
	return NULL;
}

static void check_reads(void)
{
	const struct xen_hypfs_dirlistentry *d;

	check_rc(read_path("/"), 0, "the root");
	check(buf.e.type == XEN_HYPFS_TYPE_DIR && !buf.e.encoding && !buf.e.pad && !buf.e.max_write_len,
		"a directory, which cannot be written");
	d = entry("buildinfo");
	check(d && d->e.type == XEN_HYPFS_TYPE_DIR && d->off_next == 14 + 12, "its first entry");
	check(entry("params") && entry("cpupool") && !entry("nosuch"), "and others");
	check_eq(buf.e.content_len, 26 + 22 + 22, "take as much as they do");
	check_rc(read_path("/buildinfo/version/major"), 0, "a number");
	check(buf.e.type == XEN_HYPFS_TYPE_UINT && buf.e.content_len == 4 && !buf.e.max_write_len, "of 32 bits");
	check_eq(*(uint32_t *)content(), 4, "4");
	check_rc(read_path("/buildinfo/version/minor"), 0, "another");
	check_eq(*(uint32_t *)content(), 17, "17");
	check_rc(read_path("/buildinfo/version/extra"), 0, "a string");
	check(buf.e.type == XEN_HYPFS_TYPE_STRING && buf.e.content_len == length(content()) + 1 &&
		content()[0] == '.', "with its zero");
	check_rc(read_path("/buildinfo/compileinfo/compiler"), 0, "the compiler");
	check(length(content()) > 3, "has a name");
	check_rc(read_path("/buildinfo/config"), 0, "the build's configuration");
	check(buf.e.type == XEN_HYPFS_TYPE_STRING && buf.e.content_len > 400 && !buf.e.max_write_len, "is a text");
	check_rc(read_path("/cpupool/0/sched-gran"), 0, "what is scheduled in a pool");
	check(same(content(), "cpu"), "single CPUs");
	check_eq(buf.e.max_write_len, 8, "can be written");
	check_rc(op(XEN_HYPFS_OP_read, "/params", 8, &buf, 11), XEN_EINVAL, "no room for an entry");
	memset(&buf, 0, sizeof(buf));
	check_rc(op(XEN_HYPFS_OP_read, "/params", 8, &buf, 12), XEN_ENOBUFS, "nor for the contents");
	check(buf.e.content_len > 20 && !buf.bytes[12], "it is told how much is needed");
	check_rc(op(XEN_HYPFS_OP_read, "/params", 8, (void *)HYPERVISORS_OWN, 4096), XEN_EFAULT, "a bad buffer");
}

static void check_text_params(void)
{
	static const char *const crash[] = { "/params/crash-debug-debugkey", "/params/crash-debug-hwdom",
		"/params/crash-debug-kexeccmd", "/params/crash-debug-panic", "/params/crash-debug-watchdog" };

	check_rc(read_path("/params/conswitch"), 0, "the switch's key");
	check(same(content(), "a") && buf.e.type == XEN_HYPFS_TYPE_STRING, "a");
	check_eq(buf.e.max_write_len, 3, "another");
	check_rc(write_path("/params/conswitch", "bx"), 0, "is written");
	check_rc(read_path("/params/conswitch"), 0, "and read");
	check(same(content(), "bx"), "it");
	check_rc(write_path("/params/conswitch", "bxx"), XEN_ENOSPC, "not a long one");
	check_rc(op(XEN_HYPFS_OP_write_contents, "/params/conswitch", 18, "b", 1), XEN_EINVAL, "without its zero");
	check_rc(write_path("/params/conswitch", ""), 0, "none");
	check_rc(write_path("/params/conswitch", "a"), 0, "back");
	for (unsigned int i = 0; i < ARRAY_SIZE(crash); i++) {
		check(!read_path(crash[i]) && buf.e.content_len == 1 && buf.e.max_write_len == 32, crash[i]);
		check(!write_path(crash[i], "0+q") && !read_path(crash[i]) && same(content(), "0+q"), "keys");
		check_rc(write_path(crash[i], ""), 0, "none");
	}
}

static void check_writes(void)
{
	check_rc(read_path("/params/gnttab_max_frames"), 0, "a parameter");
	check(same(content(), "64") && buf.e.type == XEN_HYPFS_TYPE_STRING, "as it is");
	check_eq(buf.e.max_write_len, 12, "so much can be written");
	check_rc(write_path("/params/gnttab_max_frames", "32"), 0, "is written");
	check_rc(read_path("/params/gnttab_max_frames"), 0, "and read");
	check(same(content(), "32"), "as it was written");
	check_rc(write_path("/params/gnttab_max_frames", "many"), XEN_EINVAL, "no number");
	check_rc(write_path("/params/gnttab_max_frames", "99999999999"), XEN_ERANGE, "too high a one");
	check_rc(write_path("/params/gnttab_max_frames", "000000000000000000064"), 0, "a long one");
	check_rc(op(XEN_HYPFS_OP_write_contents, "/params/gnttab_max_frames", 26, &buf, 5000), XEN_ENOSPC,
		"too long a one");
	check_rc(op(XEN_HYPFS_OP_write_contents, "/params/gnttab_max_frames", 26, "64", 2), XEN_EDOM,
		"without its zero");
	check_rc(op(XEN_HYPFS_OP_write_contents, "/params/gnttab_max_frames", 26, (void *)HYPERVISORS_OWN, 3),
		XEN_EFAULT, "a bad buffer");
	check_rc(write_path("/params/gnttab_max_frames", "64"), 0, "back");
	check_rc(read_path("/params/loglvl"), 0, "a level");
	check(same(content(), "all/all"), "and that of what is limited");
	check_eq(buf.e.max_write_len, 16, "so much can be written");
	check_rc(write_path("/params/loglvl", "info"), 0, "is written");
	check_rc(write_path("/params/loglvl", "everything"), XEN_EINVAL, "no such one");
	check_rc(write_path("/params/loglvl", "all"), 0, "back");
	check_text_params();
	check_rc(write_path("/params", "x"), XEN_EACCES, "not a directory");
	check_rc(write_path("/buildinfo/version/major", "5"), XEN_EACCES, "nor a fact");
	check_rc(write_path("/cpupool/0/sched-gran", "cpu"), XEN_EBUSY, "a pool that has CPUs");
	check_rc(write_path("/cpupool/0/sched-gran", "x"), XEN_EINVAL, "nor a word");
	check_rc(write_path("/cpupool/0/sched-gran", "more than 8"), XEN_ENOSPC, "nor a long one");
	check_rc(write_path("/cpupool/0/nosuch", "cpu"), XEN_ENOENT, "nor what is not there");
}

static void not_allowed(void)
{
	check_rc(op(XEN_HYPFS_OP_get_version, NULL, 0, NULL, 0), XEN_EPERM, "not from a domain");
	check_rc(read_path("/"), XEN_EPERM, "nor to read");
}

static void check_build_id(void)
{
	static struct { uint32_t len; uint8_t buf[64]; } id = { .len = 64 };
	long n = hypercall2(__HYPERVISOR_xen_version, XENVER_build_id, NULL);

	check_eq(n, 20, "the length of a build id");
	check_eq(hypercall2(__HYPERVISOR_xen_version, XENVER_build_id, &id), 20, "a build id");
	check((id.buf[0] | id.buf[1] | id.buf[19]) && !id.buf[20], "so long");
	id.len = 20;
	check_eq(hypercall2(__HYPERVISOR_xen_version, XENVER_build_id, &id), 20, "with just the room");
	id.len = 19;
	check_rc(hypercall2(__HYPERVISOR_xen_version, XENVER_build_id, &id), XEN_ENOBUFS, "with less");
	id.len = 0;
	check_rc(hypercall2(__HYPERVISOR_xen_version, XENVER_build_id, &id), XEN_EINVAL, "with none");
	check_rc(hypercall2(__HYPERVISOR_xen_version, XENVER_build_id, HYPERVISORS_OWN), XEN_EFAULT, "nowhere");
}

void guest_main(void)
{
	check_version();
	check_paths();
	check_reads();
	check_writes();
	child_run(not_allowed, 30);
	check_build_id();
}
