/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_dump_test.c: core dumps of a domain of the fake machine. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/xenctrl_guest.h"

static void with_shared(void (*change)(struct shared_info *shared, uint64_t arg), uint64_t arg)
{
	xen_pfn_t mfn = fake->dom[domid].shared_info;
	struct shared_info *s = xc_map_foreign(xch, domid, PROT_READ | PROT_WRITE, &mfn, 1, NULL);

	assert_non_null(s);
	change(s, arg);
	xc_unmap_foreign(xch, s, 1);
}

static void set_tables(struct shared_info *s, uint64_t pfns)
{
	s->arch.max_pfn = pfns;
	s->arch.p2m_cr3 = fake->dom[domid].pinned_l4 << 12;
	s->arch.p2m_vaddr = KERNEL_P2M;
	s->arch.pfn_to_mfn_frame_list_list = ~0UL;
}

static void set_list(struct shared_info *s, uint64_t mfn)
{
	s->arch.max_pfn = 600;
	s->arch.p2m_cr3 = 0;
	s->arch.pfn_to_mfn_frame_list_list = mfn;
}

static int keep_percent(void *opaque, const char *step, int percent)
{
	*(int *)opaque = percent;
	return percent < 0;
}

struct core {
	uint8_t *file;
	const Elf64_Shdr *pages, *p2m, *note, *vcpus;
};

/* The domain's dump, its headers checked; -1 and errno as dump_core gives them. */
static long dump(struct core *c)
{
	int fd = memfd_create("core", 0), last = -1;
	long n = xc_domain_dump_core(xch, domid, fd, keep_percent, &last);
	const Elf64_Ehdr *e;
	const Elf64_Shdr *s;
	off_t size = lseek(fd, 0, SEEK_END);

	if (n < 0) {
		close(fd);
		return n;
	}
	assert_int_equal(last, 100);
	c->file = malloc((size_t)size);
	assert_int_equal(pread(fd, c->file, (size_t)size, 0), size);
	close(fd);
	e = (const void *)c->file;
	assert_memory_equal(e->e_ident, ELFMAG, SELFMAG);
	assert_int_equal(e->e_type, ET_CORE);
	assert_int_equal(e->e_phnum, 0);
	s = (const void *)(c->file + e->e_shoff);
	for (int i = 1; i < e->e_shnum; i++) {
		const char *name = (char *)c->file + s[e->e_shstrndx].sh_offset + s[i].sh_name;

		assert_true(s[i].sh_offset + s[i].sh_size <= (uint64_t)size);
		c->pages = strcmp(name, ".xen_pages") ? c->pages : &s[i];
		c->p2m = strcmp(name, ".xen_p2m") ? c->p2m : &s[i];
		c->note = strcmp(name, ".note.Xen") ? c->note : &s[i];
		c->vcpus = strcmp(name, ".xen_prstatus") ? c->vcpus : &s[i];
	}
	assert_true(c->pages && c->p2m && c->note && c->vcpus);
	assert_int_equal(c->pages->sh_size, n * 4096);
	assert_int_equal(c->p2m->sh_size, n * 16);
	return n;
}

static void test_dump(void **state)
{
	struct core c = { 0 };
	const uint64_t *rows, *header;
	uint8_t page[4096];
	const struct vcpu_guest_context *v;

	build();
	assert_int_equal(dump(&c), -1);
	assert_int_equal(errno, ENODATA);
	with_shared(set_tables, MEMORY_KIB / 4);
	assert_int_equal(dump(&c), MEMORY_KIB / 4);
	rows = (const void *)(c.file + c.p2m->sh_offset);
	for (uint64_t i = 0; i < MEMORY_KIB / 4; i++) {
		assert_int_equal(rows[2 * i], i);
		assert_int_equal(fake->m2p[rows[2 * i + 1]], i);
		assert_int_equal(pread(fake->fd, page, 4096, (off_t)(rows[2 * i + 1] << 12)), 4096);
		assert_memory_equal(c.file + c.pages->sh_offset + i * 4096, page, 4096);
	}
	header = (const void *)(c.file + c.note->sh_offset + 32);
	assert_int_equal(header[0], 0xf00febed);
	assert_int_equal(header[1], 1);
	assert_int_equal(header[2], MEMORY_KIB / 4);
	v = (const void *)(c.file + c.vcpus->sh_offset);
	assert_int_equal(c.vcpus->sh_size, sizeof(*v));
	assert_int_equal(v->user_regs.rip, result.entry);
	free(c.file);
	with_shared(set_tables, 1ULL << 29);
	assert_int_equal(dump(&c), -1);
	assert_int_equal(errno, EINVAL);
	/* one that claims more than it has: no more than its pages are written */
	with_shared(set_tables, 1ULL << 20);
	assert_int_equal(dump(&c), MEMORY_KIB / 4);
	free(c.file);
}

/* The older list of lists, with frames of others, holes and rubbish in it. */
static void test_dump_list(void **state)
{
	uint64_t list[512] = { 0 }, row[512], frames[3], *rows;
	struct core c = { 0 };
	int n = 0;

	build();
	for (uint64_t m = fake->frames - 1; n < 3; m--)
		if (fake->owner[m] == domid + 1)
			frames[n++] = m;
	memset(row, 0xff, sizeof(row));
	row[3] = frames[0];
	row[4] = fake->dom[0].shared_info;	/* not this domain's */
	row[5] = 1ULL << 63 | frames[0];	/* foreign, as Linux marks it */
	row[6] = frames[2];
	list[0] = frames[1];
	assert_int_equal(pwrite(fake->fd, list, 4096, (off_t)(frames[0] << 12)), 4096);
	list[0] = frames[2];
	list[1] = 1ULL << 40;			/* no such frame: a hole */
	assert_int_equal(pwrite(fake->fd, list, 4096, (off_t)(frames[1] << 12)), 4096);
	assert_int_equal(pwrite(fake->fd, row, 4096, (off_t)(frames[2] << 12)), 4096);
	with_shared(set_list, frames[0]);
	assert_int_equal(dump(&c), 2);
	rows = (uint64_t *)(c.file + c.p2m->sh_offset);
	assert_int_equal(rows[0], 3);
	assert_int_equal(rows[1], frames[0]);
	assert_int_equal(rows[2], 6);
	assert_memory_equal(c.file + c.pages->sh_offset + 4096, row, 4096);
	free(c.file);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_dump), CASE(test_dump_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
