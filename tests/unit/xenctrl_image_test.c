/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_image_test.c: the loader of kernel images, with good files in every packing and bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <errno.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "libxenctrl/dom.h"
#include "xc_kernel.h"

#define ROOM	(64U << 10)

static uint8_t kernel[KERNEL_SIZE];

static int setup(void **state)
{
	make_kernel(kernel, linux_notes);
	return 0;
}

static int load(struct image *image, const uint8_t *data, size_t size)
{
	/* a copy of exactly this size, so that the sanitizer sees any step over its end */
	uint8_t *copy = malloc(size ? size : 1);
	int rc;

	memcpy(copy, data, size);
	memset(image, 0, sizeof(*image));
	rc = image_load_memory(image, copy, size);
	free(copy);
	return rc;
}

static void refused(const uint8_t *data, size_t size, int error, const char *why)
{
	struct image image;

	assert_int_equal(load(&image, data, size), error);
	if (!strstr(image.text, why))
		fail_msg("\"%s\" is not in \"%s\"", why, image.text);
	image_free(&image);
}

static void accepted(const uint8_t *data, size_t size)
{
	struct image image;
	int rc = load(&image, data, size);

	if (rc)
		fail_msg("%d %s", rc, image.text);
	assert_int_equal(image.elf.size, KERNEL_SIZE);
	assert_memory_equal(image.elf.data, kernel, KERNEL_SIZE);
	image_free(&image);
}

/* ---- packings -------------------------------------------------------------------------------- */

static size_t pack_gzip(uint8_t *out)
{
	z_stream z = { .next_in = kernel, .avail_in = KERNEL_SIZE, .next_out = out,
		       .avail_out = ROOM };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

/* As the kernel's build does: x86 branches filtered, CRC32. */
static size_t pack_xz(uint8_t *out)
{
	lzma_options_lzma opt;
	lzma_filter filters[] = {
		{ LZMA_FILTER_X86, NULL }, { LZMA_FILTER_LZMA2, &opt }, { LZMA_VLI_UNKNOWN, NULL },
	};
	size_t size = 0;

	lzma_lzma_preset(&opt, 1);
	assert_int_equal(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, kernel,
						   KERNEL_SIZE, out, &size, ROOM), LZMA_OK);
	return size;
}

static size_t pack_lzma(uint8_t *out)
{
	lzma_options_lzma opt;
	lzma_stream s = LZMA_STREAM_INIT;

	lzma_lzma_preset(&opt, 1);
	assert_int_equal(lzma_alone_encoder(&s, &opt), LZMA_OK);
	s.next_in = kernel;
	s.avail_in = KERNEL_SIZE;
	s.next_out = out;
	s.avail_out = ROOM;
	assert_int_equal(lzma_code(&s, LZMA_FINISH), LZMA_STREAM_END);
	lzma_end(&s);
	return ROOM - s.avail_out;
}

static size_t pack_zstd(uint8_t *out)
{
	return ZSTD_compress(out, ROOM, kernel, KERNEL_SIZE, 3);
}

static size_t pack_lz4(uint8_t *out)
{
	return LZ4F_compressFrame(out, ROOM, kernel, KERNEL_SIZE, NULL);
}

static size_t pack_lz4_legacy(uint8_t *out)
{
	uint32_t magic = 0x184c2102, n;

	memcpy(out, &magic, 4);
	n = (uint32_t)LZ4_compress_default((char *)kernel, (char *)out + 8, KERNEL_SIZE, ROOM - 8);
	memcpy(out + 4, &n, 4);
	return n + 8;
}

static const struct {
	const char *name;
	size_t (*pack)(uint8_t *out);
	bool size_word;
} packings[] = {
	{ "gzip", pack_gzip, false }, { "xz", pack_xz, true }, { "lzma", pack_lzma, true },
	{ "zstd", pack_zstd, true }, { "lz4", pack_lz4, true },
	{ "lz4 -l", pack_lz4_legacy, true },
};
#define PACKINGS (sizeof(packings) / sizeof(packings[0]))

static void test_plain_elf(void **state)
{
	accepted(kernel, KERNEL_SIZE);
}

static void test_packed_elf(void **state)
{
	static uint8_t packed[ROOM];
	size_t i;

	for (i = 0; i < PACKINGS; i++)
		accepted(packed, packings[i].pack(packed));
}

static void test_bzimage(void **state)
{
	static uint8_t packed[ROOM], file[ROOM + 0x1000];
	const uint32_t size = KERNEL_SIZE;
	size_t i;

	for (i = 0; i < PACKINGS; i++)
		accepted(file, make_bzimage(file, packed, packings[i].pack(packed),
					    packings[i].size_word ? &size : NULL));
	accepted(file, make_bzimage(file, kernel, KERNEL_SIZE, NULL));
}

static void test_every_cut(void **state)
{
	static uint8_t packed[ROOM], file[ROOM + 0x1000];
	const uint32_t size = KERNEL_SIZE;
	struct image image;
	size_t i, n, cut;

	for (i = 0; i < PACKINGS; i++) {
		n = make_bzimage(file, packed, packings[i].pack(packed),
				 packings[i].size_word ? &size : NULL);
		for (cut = 0; cut < n; cut += 1 + cut / 50) {
			assert_int_not_equal(load(&image, file, cut), 0);
			assert_int_not_equal(image.text[0], 0);
			image_free(&image);
		}
	}
}

static void test_every_byte_damaged(void **state)
{
	static uint8_t packed[ROOM];
	struct image image;
	size_t i, n, at;

	for (i = 0; i < PACKINGS; i++) {
		n = packings[i].pack(packed);
		for (at = 0; at < n; at += 1 + at / 40) {
			packed[at] ^= 0x41;
			load(&image, packed, n); /* whatever it says: no crash, no leak */
			image_free(&image);
			packed[at] ^= 0x41;
		}
	}
}

static void test_limit(void **state)
{
	static uint8_t packed[ROOM];
	struct image image;
	size_t i, n;

	for (i = 0; i < PACKINGS; i++) {
		memset(&image, 0, sizeof(image));
		image.elf.limit = KERNEL_SIZE - 1;
		n = packings[i].pack(packed);
		assert_int_equal(image_load_memory(&image, packed, n), -EFBIG);
		image_free(&image);
	}
}

static int stop(void *opaque, size_t size, size_t expected)
{
	return -ECANCELED;
}

static void test_cancelled(void **state)
{
	static uint8_t packed[ROOM];
	struct image image;
	size_t i, n;

	for (i = 0; i < PACKINGS; i++) {
		memset(&image, 0, sizeof(image));
		image.elf.tick = stop;
		n = packings[i].pack(packed);
		assert_int_equal(image_load_memory(&image, packed, n), -ECANCELED);
		image_free(&image);
	}
}

static void test_not_kernels(void **state)
{
	static const uint8_t bzip2[] = "BZh91AY&SY and more", text[] = "#!/bin/sh\n";

	refused(text, sizeof(text), -ENOEXEC, "not a kernel");
	refused(text, 0, -ENOEXEC, "not a kernel");
	refused(bzip2, sizeof(bzip2), -ENOEXEC, "bzip2, which is not supported");
	refused((const uint8_t *)"\177ELF", 4, -ENOEXEC, "cut short");
}

static void test_bzimage_numbers(void **state)
{
	static uint8_t file[0x1000 + KERNEL_SIZE];
	const uint32_t huge = 0xfffffff0;
	size_t n = make_bzimage(file, kernel, KERNEL_SIZE, NULL);

	memcpy(file + 0x248, &huge, 4);
	refused(file, n, -ENOEXEC, "cut short or damaged");
	make_bzimage(file, kernel, KERNEL_SIZE, NULL);
	memcpy(file + 0x24c, &huge, 4);
	refused(file, n, -ENOEXEC, "cut short or damaged");
	make_bzimage(file, kernel, KERNEL_SIZE, NULL);
	file[0x206] = 1;
	refused(file, n, -ENOEXEC, "before 2.08");
}

/* ---- ELF ------------------------------------------------------------------------------------- */

static void test_parsed(void **state)
{
	struct image image;

	assert_int_equal(load(&image, kernel, KERNEL_SIZE), 0);
	assert_int_equal(image.load_count, 1);
	assert_int_equal(image.vstart, KERNEL_VIRT + KERNEL_PHYS);
	assert_int_equal(image.vend, KERNEL_VIRT + KERNEL_PHYS + KERNEL_CODE + KERNEL_BSS);
	assert_int_equal(image.notes.entry, KERNEL_VIRT + KERNEL_PHYS + 0x10);
	assert_int_equal(image.notes.init_p2m, KERNEL_P2M);
	assert_string_equal(image.notes.guest_os, "linux");
	assert_true(image.notes.seen & NOTE_MOD_START_PFN);
	assert_false(image.notes.seen & NOTE_HYPERCALL_PAGE);
	image_free(&image);
}

/* One 16, 32 or 64-bit number of the file changed. */
static void with_number(size_t at, size_t size, uint64_t value, int error, const char *why)
{
	uint8_t bad[KERNEL_SIZE];

	memcpy(bad, kernel, sizeof(bad));
	memcpy(bad + at, &value, size);
	refused(bad, sizeof(bad), error, why);
}

#define EH(field, value, why) \
	with_number(offsetof(Elf64_Ehdr, field), sizeof(((Elf64_Ehdr *)0)->field), value, \
		    -ENOEXEC, why)
#define PH(n, field, value, why) \
	with_number(sizeof(Elf64_Ehdr) + (n) * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, field), \
		    sizeof(((Elf64_Phdr *)0)->field), value, -ENOEXEC, why)

static void test_headers(void **state)
{
	EH(e_machine, EM_386, "not a 64-bit x86");
	EH(e_type, ET_REL, "not a kernel");
	EH(e_phnum, 0, "program headers");
	EH(e_phnum, 0xffff, "program headers");
	EH(e_phoff, ~0ULL, "program headers");
	EH(e_phoff, KERNEL_SIZE - 8, "program headers");
	EH(e_phentsize, 1, "program headers");
	with_number(EI_CLASS, 1, ELFCLASS32, -ENOEXEC, "not a 64-bit x86");
}

static void test_segments(void **state)
{
	PH(0, p_type, PT_NULL, "without loadable");
	PH(0, p_filesz, ~0ULL, "outside the file");
	PH(0, p_offset, ~0ULL, "outside the file");
	PH(0, p_offset, KERNEL_SIZE, "outside the file");
	PH(0, p_memsz, 1, "outside the file");
	PH(0, p_memsz, 1ULL << 40, "too large");
	PH(0, p_paddr, 1ULL << 40, "out of range");
	PH(0, p_paddr, ~0ULL - 0x1000, "out of range");
	PH(0, p_paddr, 0x40000000, "its entry");
	PH(1, p_offset, ~0ULL, "notes outside");
	PH(1, p_filesz, ~0ULL, "notes outside");
	PH(1, p_filesz, 13, "damaged ELF note");
	PH(1, p_type, PT_NULL, "no Xen ELF note ENTRY");
	with_number(0x200, 4, 0xffffffff, -ENOEXEC, "damaged ELF note"); /* name size */
	with_number(0x204, 4, 0xffffffff, -ENOEXEC, "damaged ELF note"); /* contents */
	with_number(0x204, 4, 3, -ENOEXEC, "is a number of 3 bytes");
	with_number(0x20c, 1, 'Y', -ENOEXEC, "no Xen ELF note ENTRY"); /* other owner */
}

static void with_notes(const struct kernel_note *notes, const char *why)
{
	uint8_t bad[KERNEL_SIZE];

	make_kernel(bad, notes);
	refused(bad, sizeof(bad), -ENOEXEC, why);
}

static void test_notes(void **state)
{
	struct kernel_note n[10];

	memcpy(n, linux_notes, sizeof(linux_notes));
	n[3].text = "xen-2.0\033[1m";
	with_notes(n, "\"xen-2.0?[1m\", not xen-3.0");
	n[3].text = "xen-3.0";
	n[1].number = KERNEL_VIRT + 1;
	with_notes(n, "not page-aligned");
	n[1].number = ~0ULL & ~0xfffULL;
	with_notes(n, "out of range");
	n[1].type = XEN_ELFNOTE_BSD_SYMTAB;
	with_notes(n, "without VIRT_BASE");
	n[2].type = XEN_ELFNOTE_BSD_SYMTAB;
	with_notes(n, "its entry"); /* no VIRT_BASE at all: 0 */
	memcpy(n, old_notes, sizeof(old_notes));
	n[2].number += 8;
	with_notes(n, "hypercall page");
	n[2].number = KERNEL_VIRT;
	with_notes(n, "hypercall page");
}

static void test_overlap(void **state)
{
	uint8_t bad[KERNEL_SIZE];
	Elf64_Phdr ph[3];

	memcpy(bad, kernel, sizeof(bad));
	memcpy(ph, bad + sizeof(Elf64_Ehdr), 2 * sizeof(ph[0]));
	ph[2] = ph[0];
	ph[2].p_paddr += 0x1000;
	memcpy(bad + sizeof(Elf64_Ehdr), ph, sizeof(ph));
	bad[offsetof(Elf64_Ehdr, e_phnum)] = 3;
	refused(bad, sizeof(bad), -ENOEXEC, "overlap");
}

static void test_files(void **state)
{
	char path[] = "/tmp/xenctrl_image_XXXXXX";
	struct image image = { 0 };
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(image_load_file(&image, path), -ENOEXEC);
	assert_string_equal(image.text, "empty file");
	assert_int_equal(write(fd, kernel, KERNEL_SIZE), KERNEL_SIZE);
	close(fd);
	assert_int_equal(image_load_file(&image, path), 0);
	image_free(&image);
	unlink(path);
	assert_int_equal(image_load_file(&image, path), -ENOENT);
	assert_int_equal(image_load_file(&image, "/"), -EINVAL);
	assert_int_equal(image_load_file(&image, "/dev/zero"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_elf),
		cmocka_unit_test(test_packed_elf),
		cmocka_unit_test(test_bzimage),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_every_byte_damaged),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_not_kernels),
		cmocka_unit_test(test_bzimage_numbers),
		cmocka_unit_test(test_parsed),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
