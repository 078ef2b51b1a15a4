/* SPDX-License-Identifier: GPL-2.0-only */
/* boot: what a kernel is given at its start. */
#include "guest.h"

static const unsigned long *const m2p = (const unsigned long *)0xffff800000000000UL;

static void check_p2m(void)
{
	const unsigned long *p2m = (const unsigned long *)si->mfn_list;
	unsigned long pfn, bad = 0;

	for (pfn = 0; pfn < si->nr_pages; pfn++)
		if (m2p[p2m[pfn]] != pfn)
			bad++;
	check_eq(bad, 0, "the machine-to-phys table is the inverse of the p2m list");
}

static void check_features(void)
{
	struct xen_feature_info f = { .submap_idx = 0 };

	check_eq(hypercall2(__HYPERVISOR_xen_version, XENVER_get_features, &f), 0, "get_features");
	check(f.submap & (1U << XENFEAT_mmu_pt_update_preserve_ad), "preserve_ad is offered");
	check(f.submap & (1U << XENFEAT_gnttab_map_avail_bits), "map_avail_bits is offered");
	check(!(f.submap & (1U << XENFEAT_writable_page_tables)), "no writable page tables");
	check(!(f.submap & (1U << XENFEAT_auto_translated_physmap)), "not auto-translated");
}

static void write_m2p(void *arg)
{
	(void)arg;
	*(volatile unsigned long *)m2p = 1;
}

static void forced_cpuid(uint32_t leaf, uint32_t r[4])
{
	__asm__ __volatile__(".byte 0x0f,0x0b,0x78,0x65,0x6e; cpuid"
		: "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(0));
}

/* For tests/guests/boot_cases.py: what the loader's module lines became. */
static void show_arguments(void)
{
	static uint8_t window[PAGE_SIZE] __attribute__((aligned(4096)));
	const unsigned long *p2m = (const unsigned long *)si->mfn_list;
	unsigned long i, sum = 0;

	print("# kernel arguments: %s\n", (const char *)si->cmd_line);
	if (!si->mod_len)
		return;
	check(si->flags & SIF_MOD_START_PFN, "the module is named by its first frame");
	for (i = 0; i < si->mod_len; i++) {
		if (i % PAGE_SIZE == 0)
			map_va(window, L1E(p2m[si->mod_start + i / PAGE_SIZE], F_RO));
		sum += window[i % PAGE_SIZE];
	}
	print("# module: %ld bytes, sum %ld\n", si->mod_len, sum);
}

/* With the argument "wait" the guest stays, for tests that type at the hypervisor. */
static void wait_if_asked(void)
{
	if (memcmp(si->cmd_line, "wait", 5))
		return;
	print("# waiting\n");
	for (;;)
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_block, 0);
}

void guest_main(void)
{
	uint32_t r[4];
	uint16_t cs, ss;

	show_arguments();
	wait_if_asked();

	check(!memcmp(si->magic, "xen-3.0-x86_64", 14), "start_info has its magic");
	check(si->nr_pages > 1024, "there is memory");
	check(si->pt_base > VIRT_BASE && si->nr_pt_frames >= 4, "page tables are described");
	check_p2m();
	check_features();
	check_eq(hypercall2(__HYPERVISOR_xen_version, XENVER_version, 0), 0x00040011, "version 4.17");
	__asm__("mov %%cs, %0" : "=r"(cs));
	__asm__("mov %%ss, %0" : "=r"(ss));
	check_eq(cs, 0xe033, "code selector");
	check_eq(ss, 0xe02b, "stack selector");
	forced_cpuid(0x40000000, r);
	check(r[1] == 0x566e6558 && r[2] == 0x65584d4d && r[3] == 0x4d4d566e, "hypervisor signature");
	forced_cpuid(1, r);
	check(!(r[2] & (1U << 5)), "no VMX in the kernel's view");
	check(!(r[3] & (1U << 13)), "no global pages in the kernel's view");
	check_eq(probe(write_m2p, NULL), 14, "the machine-to-phys table is read-only");
}
