/* SPDX-License-Identifier: GPL-2.0-only */
/* unpack_kernel.c: xen-unpack-kernel(8): from a distribution's packed kernel (bzImage) to the ELF
 * file that the hypervisor starts as dom0. A kernel that cannot be dom0 is refused here, where
 * somebody reads the reason, and not at the next boot. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libxenctrl/image.h"
#include "util/io.h"

#define FEATURE_DOM0 (1U << 11) /* XENFEAT_dom0 in the note SUPPORTED_FEATURES */

static const struct option options[] = {
	{ "check", no_argument, NULL, 'c' },
	{ "newer", no_argument, NULL, 'n' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static void usage(FILE *to)
{
	fputs("Usage: xen-unpack-kernel [-n] KERNEL OUTPUT\n"
	      "       xen-unpack-kernel -c KERNEL\n"
	      "Unpacks a kernel for use as dom0.\n\n"
	      "  -c, --check   only say whether KERNEL can be dom0\n"
	      "  -n, --newer   do nothing when OUTPUT is newer than KERNEL\n"
	      "  -h, --help    print this\n", to);
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "xen-unpack-kernel: %s: %s\n", what, why);
	return 1;
}

static bool is_newer(const char *output, const char *kernel)
{
	struct stat o, k;

	if (stat(output, &o) || stat(kernel, &k) || !o.st_size)
		return false;
	return o.st_mtim.tv_sec > k.st_mtim.tv_sec ||
	       (o.st_mtim.tv_sec == k.st_mtim.tv_sec && o.st_mtim.tv_nsec >= k.st_mtim.tv_nsec);
}

/* NULL, or why the kernel cannot be dom0. */
static const char *unfit(const struct image *image)
{
	const struct image_notes *n = &image->notes;

	if (!(n->seen & NOTE_ENTRY))
		return "no paravirtual kernel: it has no Xen entry point (CONFIG_XEN_PV)";
	if (n->seen & NOTE_SUPPORTED_FEATURES && !(n->supported_features & FEATURE_DOM0))
		return "a kernel for guests only (built without CONFIG_XEN_DOM0)";
	return NULL;
}

/* Complete and on the disk under a name of its own first: what is called @path can always boot. */
static int write_file(const char *path, const struct image_buf *elf)
{
	char *tmp;
	int fd, rc;

	if (asprintf(&tmp, "%s.new", path) < 0)
		return -ENOMEM;
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	rc = fd < 0 ? -errno : io_write_all(fd, elf->data, elf->size);
	if (!rc && fsync(fd))
		rc = -errno;
	if (fd >= 0 && close(fd) && !rc)
		rc = -errno;
	if (!rc && rename(tmp, path))
		rc = -errno;
	if (rc)
		unlink(tmp);
	free(tmp);
	return rc;
}

static int unpack(const char *kernel, const char *output)
{
	struct image image = { 0 };
	const char *why = NULL;
	int rc;

	if (image_load_file(&image, kernel))
		why = image.text;
	else
		why = unfit(&image);
	rc = why ? fail(kernel, why) : 0;
	if (!rc && output) {
		int err = write_file(output, &image.elf);

		rc = err ? fail(output, strerror(-err)) : 0;
	}
	image_free(&image);
	return rc;
}

int main(int argc, char **argv)
{
	bool check = false, newer = false;
	int c;

	while ((c = getopt_long(argc, argv, "cnh", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			return 0;
		}
		if (c != 'c' && c != 'n') {
			usage(stderr);
			return 2;
		}
		check |= c == 'c';
		newer |= c == 'n';
	}
	if (argc - optind != (check ? 1 : 2)) {
		usage(stderr);
		return 2;
	}
	if (!check && newer && is_newer(argv[optind + 1], argv[optind]))
		return 0;
	return unpack(argv[optind], check ? NULL : argv[optind + 1]);
}
