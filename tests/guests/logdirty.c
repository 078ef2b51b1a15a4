/* SPDX-License-Identifier: GPL-2.0-only */
/* logdirty: a tiny dom0 watches which pages of a second domain are written, in every way that there is. */
#include "child.h"

#define NPAGES 24
#define MAP_PAGES 2048 /* bits asked for: more than the domain has */
#define TABLE (-2)     /* the L1 table of pages[] */
#define NONE (-1)

static uint8_t pages[NPAGES][4096] __attribute__((aligned(4096)));
/* What dom0 wants done; written by both. */
static struct {
	volatile unsigned int act, go, done;
	volatile long result;
	uint8_t rest[4072];
} box __attribute__((aligned(4096)));
static uint8_t spare[4096] __attribute__((aligned(4096)));
static struct child c;
static uint8_t copies[NPAGES][4096] __attribute__((aligned(4096)));
static uint8_t map[MAP_PAGES / 8];
static struct xen_domctl_shadow_op_stats stats;

#include "logdirty.inc"

/* --- dom0 ------------------------------------------------------------------------------------------ */

static long shadow(unsigned int op, unsigned int mode, void *bits, uint64_t *pages_io)
{
	struct xen_domctl d = { 0 };
	long rc;

	d.u.shadow_op.op = op;
	d.u.shadow_op.mode = mode;
	d.u.shadow_op.pages = pages_io ? *pages_io : 0;
	d.u.shadow_op.mb = pages_io ? *pages_io : 0;
	set_xen_guest_handle(d.u.shadow_op.dirty_bitmap, (uint8_t *)bits);
	rc = domctl(XEN_DOMCTL_shadow_op, c.id, &d);
	stats = d.u.shadow_op.stats;
	if (pages_io)
		*pages_io = op >= XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION ? d.u.shadow_op.mb : d.u.shadow_op.pages;
	return rc;
}

static bool clean(unsigned int mode)
{
	uint64_t n = MAP_PAGES;

	memset(map, 0xff, sizeof(map));
	return !shadow(XEN_DOMCTL_SHADOW_OP_CLEAN, mode, map, &n) && n == MAP_PAGES;
}

static unsigned long pfn_of(const void *va)
{
	return ((unsigned long)va - VIRT_BASE) >> 12;
}

static bool is_dirty(unsigned long pfn)
{
	return map[pfn / 8] >> (pfn % 8) & 1;
}

/* The L1 tables are the child's last two pages. */
static unsigned long pfn_of_page(int i)
{
	return i == TABLE ? c.frames - 2 + pfn_of(pages) / 512 : pfn_of(pages[i]);
}

/* Of pages[] and its table those two and no other. */
static bool only(int a, int b)
{
	bool ok = true;
	int i;

	for (i = TABLE; i < NPAGES; i++)
		if (i != NONE && is_dirty(pfn_of_page(i)) != (i == a || i == b)) {
			/* Storing may set a bit in the table, too. */
			ok &= i == TABLE && is_dirty(pfn_of_page(i));
			if (!ok)
				print("# page %d: %d\n", i, is_dirty(pfn_of_page(i)));
		}
	return ok;
}

static bool order(unsigned int act, long *ret)
{
	uint64_t end = now_ns() + 10000000000UL;
	unsigned int told[2] = { act, box.go + 1 }, done = 0;

	box.go++;
	child_write(&c, &box, told, sizeof(told));
	while (done != told[1] && now_ns() < end) {
		yield();
		child_read(&c, (void *)&box.done, &done, sizeof(done));
	}
	child_read(&c, (void *)&box.result, ret, sizeof(*ret));
	return done == told[1];
}

static void check_act(unsigned int i)
{
	long rc = -1;

	if (!clean(0) || !order(i, &rc) || rc < 0 || (rc && acts[i].run != act_load)) {
		check_eq(rc, 0, acts[i].what);
		return;
	}
	if (!check(clean(0) && only(acts[i].dirty, acts[i].also), acts[i].what))
		return;
	check(clean(0) && only(NONE, NONE), "  it is told once");
}

static long grant_op(unsigned int cmd, void *op)
{
	return hypercall3(__HYPERVISOR_grant_table_op, cmd, op, 1);
}

static void check_grants(void)
{
	struct gnttab_copy copy = { .len = 8, .flags = GNTCOPY_dest_gref };
	struct gnttab_map_grant_ref m = { .ref = 9, .dom = c.id, .flags = GNTMAP_host_map };
	struct gnttab_unmap_grant_ref u = { 0 };

	copy.source.u.gmfn = va_to_mfn(pages[0]);
	copy.source.domid = DOMID_SELF;
	copy.dest.u.ref = 8;
	copy.dest.domid = c.id;
	clean(0);
	check_rc(grant_op(GNTTABOP_copy, &copy), 0, "dom0 copies to a grant");
	check_eq(copy.status, 0, "it does");
	check(clean(0) && only(19, NONE), "that is seen");
	copy.flags = GNTCOPY_source_gref;
	copy.source.u.ref = 8;
	copy.source.domid = c.id;
	copy.dest.u.gmfn = va_to_mfn(pages[0]);
	copy.dest.domid = DOMID_SELF;
	grant_op(GNTTABOP_copy, &copy);
	check(!copy.status && clean(0) && only(NONE, NONE), "copying from it is not");

	m.host_addr = (unsigned long)spare;
	check_rc(grant_op(GNTTABOP_map_grant_ref, &m), 0, "it maps a grant");
	check_eq(m.status, 0, "it does");
	spare[0] = 1;
	check(clean(XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL) && only(20, 21), "the last round has it, and vcpu_info");
	check(clean(0) && only(NONE, NONE), "others do not");
	spare[0] = 2;
	u.host_addr = m.host_addr;
	u.handle = m.handle;
	check_rc(grant_op(GNTTABOP_unmap_grant_ref, &u), 0, "it unmaps it");
	check(clean(0) && only(20, NONE), "that is seen");
	map_va(spare, L1E(va_to_mfn(spare), F_RWX));
}

static void check_foreign(void)
{
	unsigned long spare_mfn = va_to_mfn(spare);
	struct mmu_update u = { .ptr = machine_of_l1e(spare) };
	uint8_t b = 3;

	clean(0);
	child_write(&c, &pages[22][9], &b, 1);
	check(clean(0) && only(22, NONE), "dom0 writes by a mapping of its own");
	check(clean(0) && only(NONE, NONE), "which is told once");
	u.val = L1E(c.p2m[pfn_of(pages[23])], F_RWX);
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, c.id), 0, "a mapping that stays");
	check(clean(0) && only(NONE, NONE), "is not told");
	check(clean(XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL) && only(23, 21), "but in the last round");
	map_va(spare, L1E(va_to_mfn(copies[0]), F_RWX));
	check(clean(0) && only(23, NONE), "and when it ends");
	check(clean(XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL) && only(21, NONE), "and no more");
	map_va(spare, L1E(spare_mfn, F_RWX));
}

static void check_errors(void)
{
	uint64_t n = MAP_PAGES;
	long rc;

	check_eq(shadow(XEN_DOMCTL_SHADOW_OP_CLEAN, 2, map, &n), -XEN_EINVAL, "CLEAN: unknown mode");
	check_eq(shadow(99, 0, map, &n), -XEN_EINVAL, "unknown operation");
	check_eq(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0, NULL, NULL), -XEN_EINVAL, "on twice");
	n = 0;
	check_eq(shadow(XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION, 0, NULL, &n), -XEN_EINVAL,
		"no memory for shadows");
	check_eq(shadow(XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION, 0, NULL, &n), 0, "how much there is");
	check(n >= 4, "4 MiB by default");
	n = 2;
	check_eq(shadow(XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION, 0, NULL, &n), 0, "less");
	check_eq(n, 2, "that is how much there is");
	clean(0);
	order(1, &rc);
	n = MAP_PAGES;
	check_eq(shadow(XEN_DOMCTL_SHADOW_OP_CLEAN, 0, (void *)0xffff830000000000UL, &n), -XEN_EFAULT,
		"CLEAN: bad pointer");
	n = MAP_PAGES;
	check(!shadow(XEN_DOMCTL_SHADOW_OP_PEEK, 0, map, &n) && only(0, NONE), "nothing is lost; PEEK");
	check(stats.dirty_count > 0 && stats.fault_count > 0, "statistics");
	check(!shadow(XEN_DOMCTL_SHADOW_OP_PEEK, 0, map, &n) && only(0, NONE), "PEEK leaves it");
	n = MAP_PAGES;
	check_eq(shadow(XEN_DOMCTL_SHADOW_OP_CLEAN, 0, NULL, &n), 0, "CLEAN without a map");
	check(clean(0) && only(NONE, NONE), "cleans");
	check_eq(stats.dirty_count < 20, true, "statistics begin again");
	n = 1UL << 40;
	check(!shadow(XEN_DOMCTL_SHADOW_OP_PEEK, 0, NULL, &n) && n < 1UL << 40, "more pages than there can be");
}

static bool begin(void (*fn)(void))
{
	long rc;

	box.go = box.done = 0;
	if (!check(child_create(&c, fn), "a domain"))
		return false;
	child_unpause(&c);
	rc = shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0, NULL, NULL);
	differs("Debian builds Xen without shadow paging");
	if (check_eq(rc, 0, "log-dirty mode"))
		return true;
	child_destroy(&c);
	return false;
}

/* --- two busy vcpus ----------------------------------------------------------------------------------- */

static volatile unsigned int stop;

/* Stores here and there, each by another mapping than the last. */
static void busy(unsigned int first, unsigned int step)
{
	uint32_t i = first;

	while (!stop) {
		volatile uint8_t *p = pages[i / 7 % NPAGES];

		p[i % 4096]++;
		if (i % 13 == 0)
			set_entry((void *)p, L1E(va_to_mfn((void *)p), F_RWX & ~(i % 2 ? F_D : F_A | F_D)));
		i += step;
	}
}

static void busy_second(void)
{
	busy(1, 10007);
	for (;;)
		hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_down, 1, NULL);
}

static void busy_both(void)
{
	vcpu_start(1, busy_second);
	busy(0, 3001);
}

static void copy_dirty(void)
{
	unsigned int i;

	for (i = 0; i < NPAGES; i++)
		if (is_dirty(pfn_of(pages[i])))
			child_read(&c, pages[i], copies[i], 4096);
}

static unsigned int count_different(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < NPAGES; i++) {
		child_read(&c, pages[i], spare, 4096);
		n += memcmp(spare, copies[i], 4096) != 0;
	}
	return n;
}

/* As a migration does: what was copied last is what the domain has when it stops. */
static void check_rounds(void)
{
	struct xen_domctl d = { 0 };
	unsigned int i, j, bad = 0;

	if (!begin(busy_both))
		return;
	for (i = 0; i < 20; i++) {
		for (j = 0; j < NPAGES; j++)
			child_read(&c, pages[j], copies[j], 4096);
		for (j = 0; j < 4; j++) {
			yield();
			bad += !clean(0);
			copy_dirty();
		}
		bad += domctl(XEN_DOMCTL_pausedomain, c.id, &d) != 0;
		bad += !clean(XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL);
		copy_dirty();
		bad += count_different();
		bad += domctl(XEN_DOMCTL_unpausedomain, c.id, &d) != 0;
		bad += shadow(XEN_DOMCTL_SHADOW_OP_OFF, 0, NULL, NULL) != 0;
		yield();
		bad += shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0, NULL, NULL) != 0;
	}
	check_eq(bad, 0, "two busy vcpus: each copy is right; on and off meanwhile");
	child_destroy(&c);
}

void guest_main(void)
{
	unsigned int i;
	uint64_t n = 0;
	long rc;

	c.quiet = true;
	if (!begin(obey))
		return;
	for (i = 0; i < ARRAY_SIZE(acts); i++)
		check_act(i);
	check_grants();
	check_foreign();
	check_errors();
	check_eq(shadow(XEN_DOMCTL_SHADOW_OP_OFF, 0, NULL, NULL), 0, "off");
	check(order(1, &rc) && !rc, "the domain goes on");
	check_eq(shadow(XEN_DOMCTL_SHADOW_OP_OFF, 0, NULL, NULL), 0, "off twice");
	check_eq(shadow(XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION, 0, NULL, &n), 0, "its memory");
	check_eq(n, 0, "is given back");
	check_eq(shadow(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, 0, NULL, NULL), 0, "on again");
	child_destroy(&c);
	check_rounds();
}
