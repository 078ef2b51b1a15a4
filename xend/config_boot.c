/* SPDX-License-Identifier: GPL-2.0-only */
/* config_boot.c: where a domain's kernel comes from: a file of the host, or its own disk. */
#include "xend/config.h"
#include "xend/boot/pick.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int config_boot_words(const struct dom_config *c, struct boot_want *ret_want, const char **ret_args, char *why,
	size_t size)
{
	const char *words[CONFIG_BOOT_WORDS];
	size_t count = c->bootloader_args ? json_object_array_length(c->bootloader_args) : 0;

	if (count > CONFIG_BOOT_WORDS) {
		snprintf(why, size, "bootloader_args has more than %d words", CONFIG_BOOT_WORDS);
		return -EINVAL;
	}
	for (size_t i = 0; i < count; i++)
		words[i] = json_object_get_string(json_object_array_get_idx(c->bootloader_args, i));
	return boot_words(words, count, ret_want, ret_args, why, size);
}

int config_boot_disk(const struct dom_config *c, struct disk_spec *ret_spec, char *why, size_t size)
{
	size_t count = c->disk ? json_object_array_length(c->disk) : 0;
	int rc;

	for (size_t i = 0; i < count; i++) {
		rc = disk_spec_parse(json_object_get_string(json_object_array_get_idx(c->disk, i)), ret_spec,
			why, size);
		if (rc || (!ret_spec->cdrom && ret_spec->path && !ret_spec->script))
			return rc;
		disk_spec_clear(ret_spec);
	}
	snprintf(why, size, "there is neither a kernel nor a disk to take it from");
	return -EINVAL;
}

int config_boot_check(struct dom_config *c, char *why, size_t size)
{
	struct boot_want want;
	struct disk_spec spec;
	const char *args;
	int rc;

	if (!c->bootloader && c->kernel)
		return 0;
	if (!c->bootloader && (!c->disk || !json_object_array_length(c->disk))) {
		snprintf(why, size, "kernel is missing");
		return -EINVAL;
	}
	if (!c->bootloader && config_set_string(&c->bootloader, "builtin"))
		return -ENOMEM;
	if (strcmp(c->bootloader, "builtin") != 0)
		snprintf(why, size, "bootloader is '%.64s'; only builtin is possible", c->bootloader);
	else if (c->kernel || c->ramdisk)
		snprintf(why, size, "%s and bootloader are both given: the kernel comes from a file or from "
			"the disk", c->kernel ? "kernel" : "ramdisk");
	else if (!(rc = config_boot_words(c, &want, &args, why, size)) &&
		 !(rc = config_boot_disk(c, &spec, why, size))) {
		disk_spec_clear(&spec);
		return 0;
	}
	return -EINVAL;
}
