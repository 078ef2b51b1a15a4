/* SPDX-License-Identifier: GPL-2.0-only */
/* words.c: what a domain's configuration says to the boot reader. */
#include "xend/boot/pick.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int boot_words(const char *const words[], size_t count, struct boot_want *ret_want, const char **ret_args,
	char *why, size_t size)
{
	struct boot_want want = { 0 };
	const char *args = NULL;
	struct {
		const char *option;
		const char **to;
	} const options[] = {
		{ "--entry", &want.entry }, { "--kernel", &want.kernel }, { "--ramdisk", &want.ramdisk },
		{ "--args", &args }, { "--quiet", NULL }, { "-q", NULL },
	};

	for (size_t i = 0; i < count; i++) {
		const size_t all = sizeof(options) / sizeof(options[0]);
		size_t len = strcspn(words[i], "="), o = 0;

		while (o < all && (strncmp(words[i], options[o].option, len) || options[o].option[len]))
			o++;
		if (o == all) {
			snprintf(why, size, "bootloader_args: '%.64s' is not known; --entry=, --kernel=, "
				"--ramdisk= and --args= are", words[i]);
			return -EINVAL;
		}
		if (!options[o].to)
			continue;
		if (!words[i][len] && i + 1 == count) {
			snprintf(why, size, "bootloader_args: %s needs a value", words[i]);
			return -EINVAL;
		}
		*options[o].to = words[i][len] ? words[i] + len + 1 : words[++i];
	}
	if (want.ramdisk && !want.kernel) {
		snprintf(why, size, "bootloader_args: --ramdisk= goes with --kernel=");
		return -EINVAL;
	}
	*ret_want = want;
	*ret_args = args;
	return 0;
}
