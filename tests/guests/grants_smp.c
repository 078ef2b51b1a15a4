/* SPDX-License-Identifier: GPL-2.0-only */
/* grants_smp: one vcpu grants pages and ends that again while another maps them and copies to and from them, in both
 * versions: what nobody may use any more is not written to, and no use is left over. Also unmap_and_replace. */
#include "grants.h"

#define REFS   8
#define FIRST  16   /* the lowest are the tools' */
#define ROUNDS 2000
#define LOOKS  5

static uint64_t pages[REFS][512] __attribute__((aligned(4096)));
static uint8_t spare[4096] __attribute__((aligned(4096)));
static unsigned long mfns[REFS], spare_mfn;
static volatile uint32_t version;           /* the granter's: 0: it shall wait */
static volatile bool granting;
static volatile unsigned long x_broken, x_ended, x_busy;

/* QEMU, which emulates one CPU at a time, goes on with the other one here. */
static void pause(void)
{
	__asm__ __volatile__("pause");
}

static bool try_end(uint32_t v, unsigned int i)
{
	uint16_t idle = GTF_permit_access;

	if (v == 1)
		return __atomic_compare_exchange_n(&table.v1[FIRST + i].flags, &idle, 0, false, __ATOMIC_SEQ_CST,
			__ATOMIC_SEQ_CST);
	__atomic_store_n(&table.v2[FIRST + i].hdr.flags, 0, __ATOMIC_SEQ_CST);
	return !(__atomic_load_n(&status[FIRST + i], __ATOMIC_SEQ_CST) & (GTF_reading | GTF_writing));
}

/* Now it is this vcpu's alone. */
static void look_at(unsigned int i, uint64_t word)
{
	volatile uint64_t *p = pages[i];

	for (unsigned int n = 0; n < 512; n += 64)
		p[n] = word;
	for (unsigned int look = 0; look < LOOKS; look++, pause())
		for (unsigned int n = 0; n < 512; n += 64)
			if (p[n] != word)
				x_broken++;
}

static void grant_and_end(uint32_t v, unsigned int i, uint64_t word)
{
	put(v, FIRST + i, GTF_permit_access, 0, mfns[i]);
	for (unsigned int n = 0; n < 20; n++)
		pause();
	while (!try_end(v, i)) {
		x_busy++;
		pause();
	}
	x_ended++;
	look_at(i, word);
}

static void granter(void)
{
	uint32_t v;

	for (uint64_t n = 0;; n++) {
		granting = false;
		while (!version)
			pause();
		granting = true;
		v = version; /* it may be over meanwhile */
		if (v)
			grant_and_end(v, n % REFS, n << 32);
	}
}

/* --- the user --------------------------------------------------------------------------------------------- */

static unsigned long x_used, x_refused, x_wrong;

static void count(int answer)
{
	if (!answer)
		x_used++;
	else if (answer == GNTST_bad_gntref || answer == GNTST_general_error)
		x_refused++;
	else
		x_wrong++;
}

/* The spare page comes to where the grant was, and goes back to its place. */
static int unmap_and_replace(uint32_t handle)
{
	struct gnttab_unmap_and_replace u = { .host_addr = (unsigned long)window,
		.new_addr = (unsigned long)spare, .handle = handle, .status = 77 };
	long rc = gop(GNTTABOP_unmap_and_replace, &u, 1);

	if (rc || u.status)
		return rc ? 1000 - rc : u.status;
	if (window[0] != 0x5a || map_va(window, 0) || map_va(spare, L1E(spare_mfn, F_RWX)))
		return 999;
	return 0;
}

static void use_mapped(unsigned int i, bool replace)
{
	uint32_t handle;
	int rc = map(0, FIRST + i, HM, &handle);

	count(rc);
	if (rc)
		return;
	for (unsigned int n = 0; n < 4096; n += 512, pause())
		window[n] = 0xbb;
	rc = replace ? unmap_and_replace(handle) : unmap(handle);
	if (rc)
		x_wrong++;
}

static void stress(uint32_t v)
{
	unsigned int i, seed = v;

	x_broken = x_ended = x_busy = x_used = x_refused = x_wrong = 0;
	version = v;
	while (!granting)
		pause();
	for (unsigned int n = 0; n < ROUNDS; n++) {
		seed = seed * 1664525 + 1013904223;
		for (i = seed >> 28; i; i--)
			pause();
		i = (seed >> 8) % REFS;
		switch (seed >> 24 & 3) {
		case 0:
			use_mapped(i, false);
			break;
		case 1:
			use_mapped(i, true);
			break;
		default:
			count(copy_ref(0, FIRST + i, seed >> 12 & 0x7f8, 64, seed & 0x800000));
			break;
		}
	}
	version = 0;
	while (granting)
		pause();
	print("# version %d: %ld uses, %ld refused; ended %ld times, %ld times not yet\n", (int)v, (long)x_used,
		(long)x_refused, (long)x_ended, (long)x_busy);
	check_eq(x_broken, 0, "what is not granted any more is not written to");
	check_eq(x_wrong, 0, "every answer is one of those there are");
	check(x_used && x_refused && x_ended > 100, "both got somewhere");
	for (i = 0; i < REFS; i++)
		check_eq(v == 1 ? table.v1[FIRST + i].flags : status[FIRST + i], 0, "no use is left");
}

static void check_replace(void)
{
	struct gnttab_unmap_and_replace u = { .host_addr = (unsigned long)window,
		.new_addr = (unsigned long)spare, .handle = 777, .status = 77 };
	uint32_t handle;

	check_eq(gop(GNTTABOP_unmap_and_replace, &u, 1), 0, "unmap_and_replace");
	check_eq(u.status, GNTST_bad_handle, "of no mapping");
	put_v1(FIRST, GTF_permit_access, 0, mfns[0]);
	check_eq(map(0, FIRST, HM, &handle), 0, "a mapping");
	pages[0][0] = 0x77;
	check_eq(window[0], 0x77, "of the page");
	u.handle = handle;
	u.host_addr = (unsigned long)copy;
	check_eq(gop(GNTTABOP_unmap_and_replace, &u, 1), 0, "unmap_and_replace");
	check_eq(u.status, GNTST_general_error, "of where it is not");
	check_eq(window[0], 0x77, "leaves it mapped");
	check_eq(*l1e_of(spare), 0, "but takes the other page away");
	check_eq(map_va(spare, L1E(spare_mfn, F_RWX)), 0, "which is put back");
	check_eq(unmap_and_replace(handle), 0, "replaced by another page");
	check_eq(*l1e_of(window), 0, "which is taken away in turn");
	check_eq(table.v1[FIRST].flags, GTF_permit_access, "not in use any more");
	put_v1(FIRST, 0, 0, 0);
}

void guest_main(void)
{
	xen_pfn_t frame;
	uint64_t status_frame;
	uint32_t got;

	check_eq(setup(DOMID_SELF, 1, &frame), 0, "the table");
	check_eq(map_va(&table, L1E(frame, F_RWX)), 0, "is mapped");
	for (unsigned int i = 0; i < REFS; i++)
		mfns[i] = va_to_mfn(pages[i]);
	spare_mfn = va_to_mfn(spare);
	spare[0] = 0x5a;
	check_eq(map_va(window, 0), 0, "a hole for mappings");
	check_rc(vcpu_start(1, granter), 0, "a second vcpu");
	check_replace();
	stress(1);
	check_rc(set_version(2, &got), 0, "version 2");
	check_eq(status_frames(DOMID_SELF, 1, &status_frame), 0, "has a status frame");
	check_eq(map_va(&status, L1E(status_frame, F_RWX)), 0, "which is mapped");
	stress(2);
}
