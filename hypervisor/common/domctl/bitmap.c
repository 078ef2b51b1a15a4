/* SPDX-License-Identifier: GPL-2.0-only */
/* bitmap.c: bitmaps in domctls and sysctls. No locks. */
#include <hv/ctl_bitmap.h>
#include <hv/arch.h>
#include <hv/guest_access.h>
#include <hv/lib.h>

#define OUR_BYTES (CTL_BITMAP_MAX / 8)

static_assert(CTL_BITMAP_MAX % BITS_PER_LONG == 0, "whole words");

/* In 32 bits as in 4.17: the largest numbers of bits are none. */
static uint32_t guest_bytes(const struct xenctl_bitmap *map)
{
	return (map->nr_bits + 7) / 8;
}

int ctl_bitmap_get(unsigned long *bits, const struct xenctl_bitmap *map)
{
	uint8_t *byte = (uint8_t *)bits;
	uint32_t bytes = min(guest_bytes(map), (uint32_t)OUR_BYTES);

	memset(bits, 0, OUR_BYTES);
	if (bytes && copy_from_guest_raw(bits, map->bitmap.p, bytes))
		return -EFAULT;
	/* the rest of the last byte is not the caller's to set */
	if (bytes && map->nr_bits < CTL_BITMAP_MAX && map->nr_bits % 8)
		byte[bytes - 1] &= (1U << map->nr_bits % 8) - 1;
	return 0;
}

int ctl_bitmap_put(const struct xenctl_bitmap *map, const unsigned long *bits)
{
	uint8_t byte[OUR_BYTES];
	uint32_t theirs = guest_bytes(map);
	uint32_t bytes = min(theirs, (uint32_t)OUR_BYTES);

	memcpy(byte, bits, OUR_BYTES);
	if (bytes && map->nr_bits < CTL_BITMAP_MAX && map->nr_bits % 8)
		byte[bytes - 1] &= (1U << map->nr_bits % 8) - 1;
	if (bytes && copy_to_guest_raw(map->bitmap.p, byte, bytes))
		return -EFAULT;
	if (theirs > bytes && clear_guest_raw(map->bitmap.p + bytes, theirs - bytes))
		return -EFAULT;
	return 0;
}

int ctl_cpumask_get(struct cpumask *m, const struct xenctl_bitmap *map)
{
	unsigned long bits[BITS_TO_LONGS(CTL_BITMAP_MAX)];
	int rc = ctl_bitmap_get(bits, map);

	if (!rc)
		memcpy(m->bits, bits, sizeof(m->bits));
	return rc;
}

int ctl_cpumask_put(const struct xenctl_bitmap *map, const struct cpumask *m)
{
	unsigned long bits[BITS_TO_LONGS(CTL_BITMAP_MAX)] = { 0 };

	memcpy(bits, m->bits, sizeof(m->bits));
	return ctl_bitmap_put(map, bits);
}

unsigned int ctl_online_nodes(unsigned long *bits)
{
	memset(bits, 0, OUR_BYTES);
	bits[0] = arch_nodes();
	return fls_long(bits[0]) + 1;
}
