/* SPDX-License-Identifier: MIT */
/* image.h: from a kernel file to the pieces the builder places. Everything in a file is hostile:
 * each number is checked before it is used, and sizes have limits before anything is allocated. */
#ifndef LIBXENCTRL_IMAGE_H
#define LIBXENCTRL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_FILE_MAX		(256UL << 20) /* packed kernel */
#define IMAGE_UNPACKED_MAX	(512UL << 20)
#define IMAGE_LOADS_MAX		16

/* A growing buffer that never grows beyond its limit. */
struct image_buf {
	uint8_t *data;
	size_t size, room, limit;
	/* Called after each MiB or so of unpacking, when set; @expected is what the file says the
	 * whole will be, or a guess: not to be trusted. < 0 stops with that error. */
	int (*tick)(void *opaque, size_t size, size_t expected);
	void *opaque;
	size_t expected;
};

struct image_load {
	uint64_t offset, filesz; /* in the ELF file */
	uint64_t vaddr, memsz; /* where the kernel wants it, by its physical address */
};

enum image_note_seen {
	NOTE_ENTRY = 1 << 0,
	NOTE_VIRT_BASE = 1 << 1,
	NOTE_PADDR_OFFSET = 1 << 2,
	NOTE_HYPERCALL_PAGE = 1 << 3,
	NOTE_INIT_P2M = 1 << 4,
	NOTE_HV_START_LOW = 1 << 5,
	NOTE_MOD_START_PFN = 1 << 6,
	NOTE_SUPPORTED_FEATURES = 1 << 7,
	NOTE_XEN_VERSION = 1 << 8,
};

struct image_notes {
	unsigned int seen; /* NOTE_* */
	uint64_t entry, virt_base, paddr_offset, hypercall_page, init_p2m, hv_start_low;
	uint64_t mod_start_pfn, supported_features;
	char xen_version[16], guest_os[16], guest_version[16];
};

struct image {
	struct image_buf elf;
	struct image_load loads[IMAGE_LOADS_MAX];
	unsigned int load_count; /* sorted, not overlapping */
	uint64_t vstart, vend; /* what the loads cover */
	struct image_notes notes;
	char text[160]; /* why a function of this file failed */
};

/* All return 0 or -Exxx with image->text. image_free() is for every struct image that was zeroed,
 * however far it got. */
int image_load_file(struct image *image, const char *path);
int image_load_memory(struct image *image, const uint8_t *data, size_t size);
void image_free(struct image *image);

/* A step of the above; wants image->elf. */
int image_parse(struct image *image);

int image_fail(struct image *image, int rc, const char *why, ...)
	__attribute__((format(printf, 3, 4)));

/* Room for @more bytes at buf->data + buf->size; -EFBIG beyond the limit. */
int image_buf_reserve(struct image_buf *buf, size_t more);

/* One decoder per format, for data with its magic: appends to @out. -EINVAL: damaged or cut short,
 * -EFBIG: beyond the limit. */
int unpack_gzip(const uint8_t *in, size_t size, struct image_buf *out);
int unpack_xz(const uint8_t *in, size_t size, struct image_buf *out);
int unpack_lzma(const uint8_t *in, size_t size, struct image_buf *out);
int unpack_zstd(const uint8_t *in, size_t size, struct image_buf *out);
int unpack_lz4(const uint8_t *in, size_t size, struct image_buf *out);
int unpack_lz4_legacy(const uint8_t *in, size_t size, struct image_buf *out);

#endif /* LIBXENCTRL_IMAGE_H */
