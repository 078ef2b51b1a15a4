/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_dom_test.c: the builder and the domain calls, on the fake machine. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxenctrl/dom.h"
#include "libxenctrl/fake.h"
#include "xc_kernel.h"

#define RAMDISK_SIZE	(3 * 4096 + 100)
#define MEMORY_KIB	(16 << 10)

static struct xc_interface *xch;
static struct fake *fake;
static uint32_t domid;
static char kernel_path[] = "/tmp/xenctrl_kernel_XXXXXX";
static char ramdisk_path[] = "/tmp/xenctrl_ramdisk_XXXXXX";
static struct xc_dom_params params;
static struct xc_dom_result result;

static void write_file(char *path, const void *data, size_t size)
{
	int fd;

	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	close(fd);
}

static void use_kernel(const struct kernel_note *notes)
{
	static uint8_t kernel[KERNEL_SIZE];

	make_kernel(kernel, notes);
	unlink(kernel_path);
	write_file(kernel_path, kernel, sizeof(kernel));
}

static int setup(void **state)
{
	struct xen_domctl_createdomain config = { .max_vcpus = 2 };
	uint8_t ramdisk[RAMDISK_SIZE];
	size_t i;

	for (i = 0; i < sizeof(ramdisk); i++)
		ramdisk[i] = (uint8_t)(i * 3 + 5);
	write_file(ramdisk_path, ramdisk, sizeof(ramdisk));
	use_kernel(linux_notes);
	assert_int_equal(xc_fake_open(64, &xch, &fake), 0);
	domid = 0;
	assert_int_equal(xc_domain_create(xch, &domid, &config), 0);
	assert_int_equal(xc_domain_setmaxmem(xch, domid, MEMORY_KIB + 1024), 0);
	params = (struct xc_dom_params){
		.kernel = kernel_path, .ramdisk = ramdisk_path, .cmdline = "console=hvc0 quiet",
		.memory_kib = MEMORY_KIB, .console_evtchn = 7, .store_evtchn = 6,
	};
	return 0;
}

static int teardown(void **state)
{
	size_t windows = fake->windows, buffers = fake->buffers;

	xc_interface_close(xch);
	unlink(kernel_path);
	unlink(ramdisk_path);
	/* nothing stays mapped or locked; one buffer is the handle's own */
	return windows == 0 && buffers == 1 ? 0 : -1;
}

static void build(void)
{
	if (xc_dom_build(xch, domid, &params, &result) < 0)
		fail_msg("%s", xc_last_error(xch));
}

static void refused(int error, const char *why)
{
	errno = 0;
	assert_int_equal(xc_dom_build(xch, domid, &params, &result), -1);
	if (errno != error || !strstr(xc_last_error(xch), why))
		fail_msg("errno %d, \"%s\" is not in \"%s\"", errno, why, xc_last_error(xch));
}

/* ---- reading the guest ----------------------------------------------------------------------- */

static void read_guest(uint64_t va, void *to, size_t size)
{
	while (size) {
		size_t n = XC_PAGE_SIZE - (va & (XC_PAGE_SIZE - 1));
		xen_pfn_t mfn;
		uint8_t *page;

		if (n > size)
			n = size;
		if (xc_translate_address(xch, domid, 0, va, &mfn) < 0)
			fail_msg("%s", xc_last_error(xch));
		page = xc_map_foreign(xch, domid, PROT_READ, &mfn, 1, NULL);
		assert_non_null(page);
		memcpy(to, page + (va & (XC_PAGE_SIZE - 1)), n);
		xc_unmap_foreign(xch, page, 1);
		va += n;
		to = (uint8_t *)to + n;
		size -= n;
	}
}

static void read_start_info(struct start_info *si)
{
	const struct vcpu_guest_context *c = fake->dom[domid].vcpu[0];

	assert_non_null(c);
	read_guest(c->user_regs.rsi, si, sizeof(*si));
}

static void check_kernel(void)
{
	uint8_t got[KERNEL_CODE + KERNEL_BSS];
	size_t i;

	read_guest(KERNEL_VIRT + KERNEL_PHYS, got, sizeof(got));
	for (i = 0; i < sizeof(got); i++)
		assert_int_equal(got[i], i < KERNEL_CODE ? (uint8_t)(i * 7 + 1) : 0);
}

/* Every page of the list is the domain's and knows its place. */
static void check_p2m(const struct start_info *si)
{
	uint64_t *p2m = malloc(si->nr_pages * 8), i;

	read_guest(si->mfn_list, p2m, si->nr_pages * 8);
	for (i = 0; i < si->nr_pages; i++) {
		assert_true(p2m[i] < fake->frames);
		assert_int_equal(fake->owner[p2m[i]], domid + 1);
		assert_int_equal(fake->m2p[p2m[i]], i);
	}
	free(p2m);
}

static void check_ramdisk(const struct start_info *si, uint64_t first_pfn)
{
	uint8_t got[RAMDISK_SIZE];
	uint64_t mfns[4];
	uint8_t *pages;
	size_t i;

	assert_int_equal(si->mod_len, RAMDISK_SIZE);
	read_guest(si->mfn_list + first_pfn * 8, mfns, sizeof(mfns));
	pages = xc_map_foreign(xch, domid, PROT_READ, mfns, 4, NULL);
	assert_non_null(pages);
	memcpy(got, pages, sizeof(got));
	assert_int_equal(pages[RAMDISK_SIZE], 0);
	xc_unmap_foreign(xch, pages, 4);
	for (i = 0; i < sizeof(got); i++)
		assert_int_equal(got[i], (uint8_t)(i * 3 + 5));
}

static void check_shared_and_grants(void)
{
	const struct fake_domain *d = &fake->dom[domid];
	struct shared_info *shared;
	struct grant_entry_v1 *grants;
	int i;

	shared = xc_map_foreign(xch, domid, PROT_READ, &d->shared_info, 1, NULL);
	assert_non_null(shared);
	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		assert_int_equal(shared->vcpu_info[i].evtchn_upcall_mask, 1);
	xc_unmap_foreign(xch, shared, 1);
	grants = xc_map_foreign(xch, domid, PROT_READ, &d->grant_frame, 1, NULL);
	assert_non_null(grants);
	assert_int_equal(grants[0].frame, result.console_mfn);
	assert_int_equal(grants[0].flags, GTF_permit_access);
	assert_int_equal(grants[1].frame, result.store_mfn);
	assert_int_equal(grants[2].flags, 0);
	xc_unmap_foreign(xch, grants, 1);
}

/* ---- builds ---------------------------------------------------------------------------------- */

static void test_build_linux(void **state)
{
	const struct fake_domain *d = &fake->dom[domid];
	struct start_info si;

	build();
	assert_string_equal(result.guest_os, "linux 2.6");
	assert_int_equal(result.pages, MEMORY_KIB / 4);
	assert_int_equal(result.entry, d->vcpu[0]->user_regs.rip);
	assert_int_equal(d->tot_pages, MEMORY_KIB / 4);
	assert_int_equal(d->e820.size, MEMORY_KIB * 1024ULL);
	assert_int_equal(d->vcpu[0]->ctrlreg[3] >> 12, d->pinned_l4);
	assert_int_equal(d->vcpu[0]->user_regs.cs, 0xe033);
	assert_int_equal(d->vcpu[0]->user_regs.ss, 0xe02b);
	assert_int_equal(d->vcpu[0]->kernel_sp, d->vcpu[0]->user_regs.rsp);
	assert_int_equal(d->hypercall_page, 0);
	read_start_info(&si);
	assert_string_equal(si.magic, "xen-3.0-x86_64");
	assert_int_equal(si.nr_pages, MEMORY_KIB / 4);
	assert_int_equal(si.shared_info, d->shared_info << 12);
	assert_int_equal(si.flags, SIF_MOD_START_PFN | SIF_VIRT_P2M_4TOOLS);
	assert_int_equal(si.console.domU.evtchn, 7);
	assert_int_equal(si.store_evtchn, 6);
	assert_int_equal(si.console.domU.mfn, result.console_mfn);
	assert_int_equal(si.mfn_list, KERNEL_P2M);
	/* 4096 entries: 8 pages, and one table a level */
	assert_int_equal(si.nr_p2m_frames, 8 + 3);
	assert_string_equal((char *)si.cmd_line, "console=hvc0 quiet");
	check_kernel();
	check_p2m(&si);
	check_ramdisk(&si, si.mod_start);
	check_shared_and_grants();
}

/* Without INIT_P2M, MOD_START_PFN: everything in the main area; with a hypercall page. */
static void test_build_old_kernel(void **state)
{
	struct start_info si;
	xen_pfn_t mfn;

	use_kernel(old_notes);
	build();
	read_start_info(&si);
	assert_int_equal(si.flags, SIF_VIRT_P2M_4TOOLS);
	assert_true(si.mfn_list > KERNEL_VIRT);
	assert_true(si.mod_start > KERNEL_VIRT);
	check_kernel();
	check_p2m(&si);
	check_ramdisk(&si, (si.mod_start - KERNEL_VIRT) >> 12);
	assert_int_equal(xc_translate_address(xch, domid, 0, KERNEL_VIRT + KERNEL_PHYS + 0x1000,
					      &mfn), 0);
	assert_int_equal(fake->dom[domid].hypercall_page, mfn);
}

static void test_build_without_ramdisk(void **state)
{
	struct start_info si;

	params.ramdisk = NULL;
	params.cmdline = NULL;
	build();
	read_start_info(&si);
	assert_int_equal(si.mod_start, 0);
	assert_int_equal(si.mod_len, 0);
	assert_int_equal(si.cmd_line[0], 0);
	check_p2m(&si);
}

static void test_build_scattered(void **state)
{
	struct start_info si;

	fake->no_large = true;
	fake->no_resource = true;
	params.memory_kib = 12 * 1024 + 4; /* not a multiple of 2 MiB */
	build();
	read_start_info(&si);
	check_kernel();
	check_p2m(&si);
	check_shared_and_grants();
}

static void test_main_area_mapped(void **state)
{
	struct start_info si;
	xen_pfn_t mfn;
	uint64_t stack;

	build();
	read_start_info(&si);
	stack = fake->dom[domid].vcpu[0]->user_regs.rsp - 8;
	assert_int_equal(xc_translate_address(xch, domid, 0, stack, &mfn), 0);
	/* half a MiB behind the stack, up to a boundary of 4 MiB, and not beyond */
	assert_int_equal(xc_translate_address(xch, domid, 0, stack + (512 << 10), &mfn), 0);
	assert_int_equal(xc_translate_address(xch, domid, 0, KERNEL_VIRT, &mfn), 0);
	assert_int_equal(xc_translate_address(xch, domid, 0, (stack | 0x3fffff) + 1, &mfn), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(si.pt_base & 0xfff, 0);
	assert_int_equal(xc_translate_address(xch, domid, 0, si.pt_base, &mfn), 0);
	assert_int_equal(mfn, fake->dom[domid].pinned_l4);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void test_bad_params(void **state)
{
	char longline[1100];

	memset(longline, 'x', sizeof(longline));
	longline[1024] = '\0';
	params.cmdline = longline;
	refused(EINVAL, "command line of 1024 bytes");
	params.cmdline = NULL;
	params.memory_kib = 0;
	refused(EINVAL, "memory of 0 KiB");
	params.memory_kib = 1ULL << 50;
	refused(EINVAL, "memory of");
	params.memory_kib = MEMORY_KIB;
	params.maxmem_kib = 4;
	refused(EINVAL, "maximum 4 KiB");
	params.maxmem_kib = 0;
	params.kernel = "/nonexistent/vmlinuz";
	refused(ENOENT, "/nonexistent/vmlinuz: No such file");
	params.kernel = ramdisk_path;
	refused(ENOEXEC, "not a kernel");
	params.kernel = kernel_path;
	params.ramdisk = "/nonexistent/initrd";
	refused(ENOENT, "/nonexistent/initrd: No such file");
	params.ramdisk = "/";
	refused(EINVAL, "not a regular file");
	assert_int_equal(fake->dom[domid].tot_pages, 0); /* all before the first page */
}

static void test_too_small(void **state)
{
	params.memory_kib = 2048;
	refused(EFBIG, "need 5 MiB, the domain has 2 MiB");
	assert_int_equal(fake->dom[domid].tot_pages, 0);
}

static void test_bad_p2m_address(void **state)
{
	struct kernel_note n[10];

	memcpy(n, linux_notes, sizeof(linux_notes));
	n[7].number = KERNEL_VIRT + (1 << 30);
	use_kernel(n);
	refused(ENOEXEC, "overlaps the kernel");
	n[7].number = 0xffff800000000000;
	use_kernel(n);
	refused(ENOEXEC, "is not a guest's");
	n[7].number = 0xfffffffffffff000;
	use_kernel(n);
	refused(ENOEXEC, "is not a guest's");
}

static void test_no_memory(void **state)
{
	params.memory_kib = 32 << 10; /* above the domain's maximum */
	refused(ENOMEM, "MiB are free in the machine");
}

static int cancel_at;
static int last_percent;

static int progress(void *opaque, const char *step, int percent)
{
	assert_in_range(percent, last_percent, 100);
	last_percent = percent;
	return percent >= cancel_at;
}

static void test_progress(void **state)
{
	params.progress = progress;
	last_percent = 0;
	cancel_at = 101;
	build();
	assert_int_equal(last_percent, 100);
	/* and it does not build twice */
	last_percent = 0;
	refused(EBUSY, "it has memory already");
}

static void test_cancel(void **state)
{
	params.progress = progress;
	last_percent = 0;
	cancel_at = 92;
	refused(ECANCELED, "cancel");
}

/* Each hypercall of a build fails once; nothing leaks, errno is the hypervisor's. */
static void test_each_failure(void **state)
{
	static const unsigned int calls[][2] = {
		{ __HYPERVISOR_domctl, XEN_DOMCTL_getdomaininfo },
		{ __HYPERVISOR_domctl, XEN_DOMCTL_setvcpucontext },
		{ __HYPERVISOR_memory_op, XENMEM_populate_physmap },
		{ __HYPERVISOR_memory_op, XENMEM_set_memory_map },
		{ __HYPERVISOR_mmuext_op, MMUEXT_PIN_L4_TABLE },
	};
	struct xen_domctl_createdomain config = { .max_vcpus = 1 };
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		fake->fail_op = calls[i][0];
		fake->fail_cmd = calls[i][1];
		fake->fail_errno = EBADMSG;
		fake->fail_after = 0;
		refused(EBADMSG, "Bad message");
		fake->fail_errno = 0;
		assert_int_equal(fake->windows, 0);
		assert_int_equal(xc_domain_destroy(xch, domid), 0);
		assert_int_equal(xc_domain_create(xch, &domid, &config), 0);
		assert_int_equal(xc_domain_setmaxmem(xch, domid, MEMORY_KIB), 0);
	}
}

static void test_check_images(void **state)
{
	char text[200];

	assert_int_equal(xc_dom_check_images(&params, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	params.kernel = ramdisk_path;
	assert_int_equal(xc_dom_check_images(&params, text, sizeof(text)), -1);
	assert_int_equal(errno, ENOEXEC);
	assert_non_null(strstr(text, "not a kernel"));
	assert_int_equal(xc_dom_check_images(&params, text, 0), -1);
}

/* ---- core dumps ------------------------------------------------------------------------------ */

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

/* ---- the calls around it --------------------------------------------------------------------- */

static void test_life(void **state)
{
	xc_domaininfo_t info, list[4];

	assert_int_equal(xc_domain_getinfo(xch, domid, &info), 0);
	assert_int_equal(info.domain, domid);
	assert_true(info.flags & XEN_DOMINF_paused);
	assert_int_equal(xc_domain_unpause(xch, domid), 0);
	assert_int_equal(xc_domain_getinfo(xch, domid, &info), 0);
	assert_false(info.flags & XEN_DOMINF_paused);
	assert_int_equal(xc_domain_getinfolist(xch, 0, 4, list), 2);
	assert_int_equal(list[1].domain, domid);
	assert_int_equal(xc_domain_getinfolist(xch, domid + 1, 4, list), 0);
	fake->destroy_again = 5;
	assert_int_equal(xc_domain_destroy(xch, domid), 0);
	assert_int_equal(fake->destroy_again, 0);
	assert_int_equal(xc_domain_getinfo(xch, domid, &info), -1);
	assert_int_equal(errno, ESRCH);
	assert_non_null(strstr(xc_last_error(xch), "information on domain"));
	assert_int_equal(xc_domain_pause(xch, domid), -1);
	assert_int_equal(errno, ESRCH);
	/* getdomaininfo answers with the next one: that is not ours */
	assert_int_equal(xc_domain_getinfo(xch, 0, &info), 0);
}

static void test_vcpus(void **state)
{
	uint8_t hard[2] = { 3, 1 }, got[2] = { 0 }, soft[2] = { 0 };
	struct xc_sched_params sched = { 512, 50 };
	struct vcpu_guest_context *c = calloc(1, sizeof(*c));

	assert_int_equal(xc_vcpu_setaffinity(xch, domid, 1, hard, NULL, 9), 0);
	assert_int_equal(xc_vcpu_getaffinity(xch, domid, 1, got, soft, 9), 0);
	assert_memory_equal(got, hard, 2);
	assert_int_equal(xc_vcpu_setaffinity(xch, domid, 1, NULL, NULL, 9), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(xc_sched_domain_set(xch, domid, XEN_SCHEDULER_CREDIT2, &sched), 0);
	sched.weight = 0;
	assert_int_equal(xc_sched_domain_set(xch, domid, XEN_SCHEDULER_CREDIT2, &sched), -1);
	assert_int_equal(xc_sched_domain_get(xch, domid, XEN_SCHEDULER_CREDIT2, &sched), 0);
	assert_int_equal(sched.weight, 512);
	assert_int_equal(sched.cap, 50);
	assert_int_equal(xc_sched_domain_get(xch, domid, XEN_SCHEDULER_NULL, &sched), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	assert_int_equal(xc_vcpu_getcontext(xch, domid, 1, c), -1);
	assert_int_equal(errno, ENODATA);
	c->user_regs.rip = 42;
	assert_int_equal(xc_vcpu_setcontext(xch, domid, 1, c), 0);
	c->user_regs.rip = 0;
	assert_int_equal(xc_vcpu_getcontext(xch, domid, 1, c), 0);
	assert_int_equal(c->user_regs.rip, 42);
	free(c);
}

static void test_host(void **state)
{
	char text[64] = "";
	uint32_t index = 6, sched;
	uint64_t bytes;

	assert_int_equal(xc_version(xch, XENVER_version, NULL), 0x40011);
	assert_int_equal(xc_version(xch, 99, NULL), -1);
	assert_int_equal(xc_version(xch, XENVER_capabilities, NULL), -1);
	assert_int_equal(xc_get_max_cpus(xch), 2);
	assert_int_equal(xc_readconsole(xch, text, sizeof(text), false, true, &index), 13);
	assert_string_equal(text, "fake machine\n");
	assert_int_equal(index, 19);
	assert_int_equal(xc_readconsole(xch, text, 0, false, false, NULL), -1);
	assert_int_equal(xc_sched_id(xch, &sched), 0);
	assert_int_equal(sched, XEN_SCHEDULER_CREDIT2);
	assert_int_equal(xc_availheap(xch, 0, 0, -1, &bytes), -1);
	assert_int_equal(errno, ENOSYS);
	assert_int_equal(xc_evtchn_alloc_unbound(xch, domid, 0), 1);
	assert_int_equal(xc_evtchn_alloc_unbound(xch, domid, 0), 2);
	fake->fail_op = __HYPERVISOR_domctl;
	fake->fail_cmd = XEN_DOMCTL_pausedomain;
	fake->fail_errno = EACCES;
	assert_int_equal(xc_domain_pause(xch, domid), -1);
	assert_int_equal(errno, EACCES);
	assert_non_null(strstr(xc_last_error(xch), "another domctl version"));
	fake->fail_errno = EPERM; /* the words for EACCES are not used again */
	assert_int_equal(xc_domain_pause(xch, domid), -1);
	assert_non_null(strstr(xc_last_error(xch), "Operation not permitted"));
}

static void test_foreign_errors(void **state)
{
	xen_pfn_t frames[3] = { fake->dom[domid].shared_info, 1UL << 40,
				fake->dom[domid].grant_frame };
	int errs[3] = { 1, 1, 1 };
	void *addr;

	assert_null(xc_map_foreign(xch, domid, PROT_READ, frames, 3, NULL));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(fake->windows, 0);
	addr = xc_map_foreign(xch, domid, PROT_READ, frames, 3, errs);
	assert_non_null(addr);
	assert_int_equal(errs[0], 0);
	assert_int_equal(errs[1], -EINVAL);
	assert_int_equal(errs[2], 0);
	xc_unmap_foreign(xch, addr, 3);
	assert_null(xc_map_foreign(xch, domid, PROT_READ, frames, 0, NULL));
}

static void test_layout_sizes(void **state)
{
	struct image image = { .vstart = KERNEL_VIRT + KERNEL_PHYS };
	struct dom_layout l;
	uint64_t mib;

	image.notes.virt_base = KERNEL_VIRT;
	image.notes.init_p2m = KERNEL_P2M;
	image.notes.seen = NOTE_INIT_P2M | NOTE_MOD_START_PFN;
	image.notes.mod_start_pfn = 1;
	for (mib = 1; mib < 2000; mib += 7) {
		image.vend = image.vstart + (mib << 20);
		if (dom_layout_compute(&image, 1 << 20, 1 << 20, &l) < 0)
			continue;
		assert_int_equal(l.mapped_pages % 1024, 0);
		assert_true(l.mapped_pages - l.stack.pfn >= 128);
		assert_true(l.tables.pages >= 3 + (l.mapped_pages + 511) / 512);
		assert_true(l.tables.pages <= 4 + (l.mapped_pages + 511) / 512);
		assert_int_equal(l.p2m.pfn, l.mapped_pages);
		assert_int_equal(l.ramdisk.pfn, l.p2m.pfn + l.p2m.pages + l.p2m_tables.pages);
	}
	/* the kernel's half of the address space ends at 2 GiB above VIRT_BASE */
	image.vend = image.vstart + (2046ULL << 20);
	assert_int_equal(dom_layout_compute(&image, 1 << 20, 0, &l), -ENOEXEC);
	assert_int_equal(dom_layout_compute(&image, 1ULL << 40, 0, &l), -EFBIG);
	assert_int_equal(dom_layout_compute(&image, 100, ~0ULL, &l), -EFBIG);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_build_linux), CASE(test_build_old_kernel),
		CASE(test_build_without_ramdisk), CASE(test_build_scattered),
		CASE(test_main_area_mapped), CASE(test_bad_params), CASE(test_too_small),
		CASE(test_bad_p2m_address), CASE(test_no_memory), CASE(test_progress),
		CASE(test_cancel), CASE(test_each_failure), CASE(test_check_images),
		CASE(test_dump), CASE(test_dump_list),
		CASE(test_life), CASE(test_vcpus), CASE(test_host), CASE(test_foreign_errors),
		cmocka_unit_test(test_layout_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
