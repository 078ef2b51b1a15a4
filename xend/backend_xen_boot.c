/* SPDX-License-Identifier: GPL-2.0-only */
/* backend_xen_boot.c: a domain's kernel, ramdisk and command line out of its own disk. Runs in workers. */
#include "xend/backend_xen.h"

#include <errno.h>
#include <stdio.h>

#include <xenctrl.h>

/* The disk's words, then --args=, then the configuration's: of two, Linux takes the last. */
static int join_cmdline(const struct hv_build *build, struct be_boot *b, char *why, size_t size)
{
	const char *const parts[] = { b->image.args, build->boot->args, build->cmdline };
	size_t len = 0;

	for (size_t i = 0; i < 3; i++) {
		if (!parts[i] || !*parts[i])
			continue;
		len += (size_t)snprintf(b->cmdline + len, sizeof(b->cmdline) - len, "%s%s", len ? " " : "",
			parts[i]);
		if (len >= sizeof(b->cmdline)) {
			snprintf(why, size, "image %.200s, entry '%.100s': its kernel's command line, with "
				"what the configuration adds, is longer than %d", build->boot->path,
				b->image.title, CONFIG_CMDLINE_MAX);
			return -E2BIG;
		}
	}
	return 0;
}

int be_boot_read(const struct hv_build *build, struct be_boot *ret_boot, char *why, size_t size)
{
	struct boot_job job = {
		.path = build->boot->path, .backing = build->boot->backing, .number = build->domid,
		.want = *build->boot->want, .unpack = xc_dom_unpack,
	};
	int rc;

	*ret_boot = (struct be_boot){ .build = *build };
	/* What does not fit into the guest need not be read. */
	job.want.ramdisk_max = build->memory_kib << 10;
	rc = boot_read_image(&job, &ret_boot->image, why, size);
	if (rc)
		return rc;
	rc = join_cmdline(build, ret_boot, why, size);
	if (rc) {
		boot_image_close(&ret_boot->image);
		return rc;
	}
	snprintf(ret_boot->kernel, sizeof(ret_boot->kernel), "/proc/self/fd/%d", ret_boot->image.kernel_fd);
	snprintf(ret_boot->ramdisk, sizeof(ret_boot->ramdisk), "/proc/self/fd/%d", ret_boot->image.ramdisk_fd);
	ret_boot->build.kernel = ret_boot->kernel;
	ret_boot->build.ramdisk = ret_boot->image.ramdisk_fd >= 0 ? ret_boot->ramdisk : NULL;
	ret_boot->build.cmdline = ret_boot->cmdline;
	return 0;
}
