/* SPDX-License-Identifier: GPL-2.0-only */
/* image_fuzz.c: any bytes as a kernel image, through unpacking, ELF, notes and the layout. */
#include <stddef.h>
#include <stdint.h>

#include "libxenctrl/dom.h"

#define UNPACKED_LIMIT	(4U << 20) /* small, so that a bomb is quick */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image image = { .elf.limit = UNPACKED_LIMIT };
	struct dom_layout layout;

	if (image_load_memory(&image, data, size) == 0)
		dom_layout_compute(&image, 65536, size, &layout);
	image_free(&image);
	return 0;
}
