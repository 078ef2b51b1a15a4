/* SPDX-License-Identifier: GPL-2.0-only */
/* part.c: the partition table of a disk that its guest wrote.
 *
 * Facts: UEFI specification 2.10, 5.2.3 and 5.3; the MBR as every PC has it. */
#include "xend/boot/part.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define MBR_SECTOR   512U
#define LOGICAL_MAX  32		/* links of extended partitions that are followed */
#define GPT_ENTRIES  128
#define GPT_ENTRY_MAX 4096U

struct mbr_entry {
	uint8_t status, first_chs[3], type, last_chs[3];
	uint32_t start, sectors;
} __attribute__((packed));

struct gpt_header {
	char magic[8];
	uint32_t revision, header_size, header_crc, zero;
	uint64_t here, other, first, last;
	uint8_t guid[16];
	uint64_t entries;
	uint32_t count, entry_size, entries_crc;
} __attribute__((packed));

struct gpt_entry {
	uint8_t type[16], guid[16];
	uint64_t first, last, flags;
} __attribute__((packed));

struct list {
	struct boot_disk *disk;
	struct boot_part *parts;
	int count;
};

/* What lies beyond the disk's end is cut off; one place stays free for the whole disk. */
static void add(struct list *l, unsigned int number, uint64_t start, uint64_t size)
{
	if (l->count >= BOOT_PARTS_MAX - 1 || !size || start >= l->disk->size)
		return;
	if (size > l->disk->size - start)
		size = l->disk->size - start;
	l->parts[l->count++] = (struct boot_part){ number, start, size };
}

static bool read_mbr(struct boot_disk *disk, uint64_t sector, struct mbr_entry entries[4])
{
	uint8_t buf[MBR_SECTOR];

	if (boot_disk_read(disk, sector * MBR_SECTOR, buf, sizeof(buf)) || buf[510] != 0x55 ||
	    buf[511] != 0xaa)
		return false;
	memcpy(entries, buf + 446, 4 * sizeof(entries[0]));
	return true;
}

static bool is_extended(const struct mbr_entry *e)
{
	return e->type == 0x05 || e->type == 0x0f || e->type == 0x85;
}

static uint64_t bytes(uint32_t sectors)
{
	return (uint64_t)le32toh(sectors) * MBR_SECTOR;
}

/* Logical partitions: a chain of tables, each with one partition and the place of the next table. */
static void add_logical(struct list *l, uint64_t base)
{
	struct mbr_entry e[4];
	uint64_t at = base;

	for (unsigned int i = 0; i < LOGICAL_MAX && read_mbr(l->disk, at / MBR_SECTOR, e); i++) {
		add(l, 5 + i, at + bytes(e[0].start), bytes(e[0].sectors));
		if (!is_extended(&e[1]) || !e[1].start)
			return;
		at = base + bytes(e[1].start);
	}
}

/* A boot sector without a table ends with the same two bytes. */
static bool is_table(const struct mbr_entry e[4])
{
	for (int i = 0; i < 4; i++)
		if (e[i].status & 0x7f)
			return false;
	return true;
}

static void add_mbr(struct list *l, const struct mbr_entry e[4])
{
	for (unsigned int i = 0; i < 4; i++)
		if (e[i].type && !is_extended(&e[i]))
			add(l, i + 1, bytes(e[i].start), bytes(e[i].sectors));
	for (unsigned int i = 0; i < 4; i++) {
		if (is_extended(&e[i]) && e[i].start) {
			add_logical(l, bytes(e[i].start));
			return;
		}
	}
}

static void add_gpt_entry(struct list *l, unsigned int number, const struct gpt_entry *e, uint64_t sector)
{
	static const uint8_t unused[16];
	uint64_t first = le64toh(e->first), last = le64toh(e->last), sectors = l->disk->size / sector;

	if (!memcmp(e->type, unused, sizeof(unused)) || first >= sectors || last < first)
		return;
	if (last >= sectors)
		last = sectors - 1;
	add(l, number, first * sector, (last - first + 1) * sector);
}

/* The sector's size is the device's, which the table does not tell. */
static bool add_gpt(struct list *l, uint64_t sector)
{
	struct gpt_header h;
	struct gpt_entry e;
	uint64_t at, size;

	if (boot_disk_read(l->disk, sector, &h, sizeof(h)) || memcmp(h.magic, "EFI PART", 8))
		return false;
	size = le32toh(h.entry_size);
	at = le64toh(h.entries);
	if (size < sizeof(e) || size > GPT_ENTRY_MAX || at >= l->disk->size / sector)
		return true;
	at *= sector;
	for (unsigned int i = 0; i < le32toh(h.count) && i < GPT_ENTRIES; i++, at += size) {
		if (boot_disk_read(l->disk, at, &e, sizeof(e)))
			break;
		add_gpt_entry(l, i + 1, &e, sector);
	}
	return true;
}

int boot_parts(struct boot_disk *disk, struct boot_part parts[BOOT_PARTS_MAX])
{
	struct list l = { disk, parts, 0 };
	struct mbr_entry e[4];
	uint8_t first[MBR_SECTOR];
	int rc = boot_disk_read(disk, 0, first, sizeof(first));

	if (rc)
		return rc;
	if (!add_gpt(&l, 512) && !add_gpt(&l, 4096) && read_mbr(disk, 0, e) && is_table(e))
		add_mbr(&l, e);
	parts[l.count] = (struct boot_part){ 0, 0, disk->size };
	return l.count + 1;
}
