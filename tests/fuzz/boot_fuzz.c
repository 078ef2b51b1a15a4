/* SPDX-License-Identifier: GPL-2.0-only */
/* boot_fuzz.c: any bytes as a disk with partitions and file systems, and as GRUB's configuration. */
#include "xend/boot/grub.h"
#include "xend/boot/pick.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_disk(const uint8_t *data, size_t size)
{
	const struct boot_want want = { .ramdisk_max = 1 << 20 };
	struct boot_disk disk;
	struct boot_got got;
	char why[400];
	int null = open("/dev/null", O_WRONLY);

	boot_disk_memory(&disk, data, size);
	if (!boot_pick(&disk, &want, null, null, &got, why, sizeof(why)) && got.kernel_size > BOOT_KERNEL_MAX)
		abort();
	close(null);
}

static void as_script(const uint8_t *data, size_t size)
{
	struct boot_menu *menu = calloc(1, sizeof(*menu));
	struct grub *g = calloc(1, sizeof(*g));

	if (!menu || !g)
		exit(2);
	grub_init(g, NULL, menu);
	grub_run(g, (const char *)data, size);
	for (int i = 0; i < menu->count; i++)
		grub_run_entry(g, &menu->entries[i]);
	if (boot_menu_find(menu, grub_get(g, "default", 7)) >= menu->count)
		abort();
	grub_clear(g);
	boot_menu_clear(menu);
	free(menu);
	free(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* No boot code: a disk. */
	if (size >= 512 && !data[0])
		as_disk(data, size);
	else
		as_script(data, size);
	return 0;
}
