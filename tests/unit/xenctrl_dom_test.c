/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_dom_test.c: the builder, on the fake machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "tests/unit/xenctrl_guest.h"

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

#define CASE(f) cmocka_unit_test_setup_teardown(f, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_build_linux), CASE(test_build_old_kernel),
		CASE(test_build_without_ramdisk), CASE(test_build_scattered),
		CASE(test_main_area_mapped), CASE(test_bad_params), CASE(test_too_small),
		CASE(test_bad_p2m_address), CASE(test_no_memory), CASE(test_progress),
		CASE(test_cancel), CASE(test_each_failure), CASE(test_check_images),
		cmocka_unit_test(test_layout_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
