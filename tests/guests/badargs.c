/* SPDX-License-Identifier: GPL-2.0-only */
/* badargs: every hypercall that takes a pointer, with each pointer that leads nowhere. */
#include <xen/nmi.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/sysctl.h>
#include "child.h"

static uint8_t area[3][4096] __attribute__((aligned(4096)));

/* Where a pointer may lead: the columns of the table below. */
static uint64_t forms[] = {
	0,                      /* null: never mapped here */
	0x1000,                 /* not mapped */
	0x0000800000000000,     /* not canonical */
	0xffff830000000000,     /* the hypervisor's direct map */
	0xffff82d040000000,     /* its code */
	0,                      /* read-only page (area[0]), all 0 */
	0,                      /* 4 bytes before a page that is not mapped (area[1]) */
	0xfffffffffffffffc,     /* the last 4 bytes of all */
};
#define FORMS ARRAY_SIZE(forms)

struct row {
	const char *what;
	uint8_t nr, pointer; /* which argument */
	uint8_t skip;        /* forms that would end this guest, as bits */
	bool dom0_only;      /* a child's answer is another one: -EPERM before all else */
	uint64_t arg[4];
	int16_t want[FORMS];
	const char *todo;    /* why ours does not answer so yet */
};
static const struct row rows[] = {
#include "badargs.inc"
};

static void prepare(void)
{
	check_rc(map_va(area[0], L1E(va_to_mfn(area[0]), F_RO)), 0, "a read-only page");
	check_rc(map_va(area[2], 0), 0, "a hole");
	forms[5] = (uint64_t)area[0];
	forms[6] = (uint64_t)area[2] - 4;
}

static void check_row(const struct row *r)
{
	unsigned long arg[5];
	bool same = true;
	unsigned int i, j;
	long got[FORMS], rc;

	for (i = 0; i < FORMS; i++) {
		for (j = 0; j < 5; j++)
			arg[j] = j == r->pointer ? forms[i] : j < 4 ? r->arg[j] : 0;
		memset(area[1], 0, sizeof(area[1]));
		rc = r->skip >> i & 1 ? 0 : hypercall(r->nr, arg[0], arg[1], arg[2], arg[3], arg[4]);
		got[i] = rc > 0 ? 1 : rc; /* a number of something */
		guest_entries();
		same &= got[i] == r->want[i];
	}
	if (!same) {
		print("# got");
		for (i = 0; i < FORMS; i++)
			print(" %ld", got[i]);
		print(", want");
		for (i = 0; i < FORMS; i++)
			print(" %d", r->want[i]);
		print("\n");
	}
	if (r->todo)
		todo(r->todo);
	check(same, r->what);
}

static void nothing(void)
{
}

static void check_rows(void)
{
	unsigned int i;

	on_event = nothing;
	prepare();
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!in_child || !rows[i].dom0_only)
			check_row(&rows[i]);
}

void guest_main(void)
{
	check_rc(hypercall1(__HYPERVISOR_set_trap_table + 256, 0), XEN_ENOSYS, "a number out of range");
	check_rc(hypercall1(~0UL, 0), XEN_ENOSYS, "a huge one");
	check_rows();
}
