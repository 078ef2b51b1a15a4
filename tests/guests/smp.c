/* SPDX-License-Identifier: GPL-2.0-only */
/* smp: all vcpus at once change the use of pages that the others write to through what translations
 * they still have. A page table, a frame given back, and a grant taken back must not change under
 * anybody's hands; domains come and go meanwhile, while others work on them. Arguments: rounds=N and
 * seed=S (printed); by default few and a new one. */
#include <xen/sysctl.h>
#include "child.h"

#define MAX_VCPUS 32
#define NO_FLUSH 0
#define GRANT_FIRST 16
#define NO_SUCH_ID 0x7000
#define SELF_ID 0 /* DOMID_SELF cannot be named in a grant's map operation */

static uint8_t arena[MAX_VCPUS][4096] __attribute__((aligned(4096)));   /* all write here */
static uint8_t private[MAX_VCPUS][4096] __attribute__((aligned(4096))); /* each looks on its own */
static uint8_t grant_page[4096] __attribute__((aligned(4096)));
static struct grant_entry_v1 *const grants = (struct grant_entry_v1 *)grant_page;
static uint8_t stacks[MAX_VCPUS][8192] __attribute__((aligned(16)));
static vcpu_guest_context_t context;

static struct worker {
	unsigned int id;
	uint64_t random;
	unsigned long mfn;                     /* of its page of the arena */
	volatile unsigned long writes, faults, steps;
	volatile const char *failed;           /* the first thing that was wrong */
	volatile long failed_with;
	volatile bool done;
} workers[MAX_VCPUS];
static unsigned int nr_vcpus;
static unsigned long rounds = 300;
static volatile unsigned int churned, a_domain;
static volatile unsigned int churn_lock;

static unsigned int rnd(struct worker *w, unsigned int n)
{
	w->random = w->random * 6364136223846793005UL + 1442695040888963407UL;
	return (w->random >> 33) % n;
}

static void fail(struct worker *w, const char *what, long with)
{
	if (!w->failed) {
		w->failed_with = with;
		w->failed = what;
	}
}

static void expect(struct worker *w, long got, long want, const char *what)
{
	if (got != want)
		fail(w, what, got);
}

/* --- writing where it may be forbidden ----------------------------------------------------------------- */

long write_or_fault(void *where, uint64_t what);
void fault_entry(void);
/* A page fault here can only come from the one store. */
__asm__(".text\n"
	".globl write_or_fault, fault_entry\n"
	"write_or_fault:\n\t"
	"xor %eax, %eax\n\t"
	"mov %rsi, (%rdi)\n"
	"write_done:\n\t"
	"ret\n"
	"fault_entry:\n\t"
	"pop %rcx\n\t"
	"pop %r11\n\t"
	"add $8, %rsp\n\t"
	"lea write_done(%rip), %rax\n\t"
	"mov %rax, (%rsp)\n\t"
	"orl $3, 8(%rsp)\n\t"
	"orl $3, 32(%rsp)\n\t"
	"mov $1, %eax\n\t"
	"iretq\n");

/* Even numbers: as page-table entries these are not present, so that any is a valid table. */
static void write_somewhere(struct worker *w, unsigned int times)
{
	while (times--) {
		uint8_t *p = &arena[rnd(w, nr_vcpus)][rnd(w, 512) * 8];

		if (write_or_fault(p, w->random & ~1UL))
			w->faults++;
		else
			w->writes++;
	}
}

/* --- what is done to pages ------------------------------------------------------------------------------- */

static long map_at(const void *va, uint64_t l1e, unsigned long flags)
{
	return hypercall3(__HYPERVISOR_update_va_mapping, va, l1e, flags);
}

static long mmuext(unsigned int cmd, unsigned long mfn)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = mfn };

	return hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF);
}

/* The frame at `seen` stays as it is for a while. */
static void must_not_change(struct worker *w, const uint8_t *seen, const char *what)
{
	const volatile uint64_t *p = (const volatile uint64_t *)seen;
	uint64_t sum = 0, again;

	for (unsigned int i = 0; i < 512; i++)
		sum = sum * 31 + p[i];
	for (unsigned int round = 0; round < 4; round++) {
		if (rnd(w, 2))
			yield();
		again = 0;
		for (unsigned int i = 0; i < 512; i++)
			again = again * 31 + p[i];
		if (again != sum)
			fail(w, what, w->steps);
	}
}

static void look_at_frame(struct worker *w, const char *what)
{
	expect(w, map_at(private[w->id], L1E(w->mfn, F_RO), UVMF_INVLPG), 0, "mapping for oneself");
	must_not_change(w, private[w->id], what);
	expect(w, map_at(private[w->id], 0, UVMF_INVLPG), 0, "unmapping for oneself");
}

static void back_to_arena(struct worker *w)
{
	expect(w, map_at(arena[w->id], L1E(w->mfn, F_RWX), rnd(w, 2) ? UVMF_TLB_FLUSH | UVMF_ALL : NO_FLUSH),
		0, "mapping it for all");
}

/* No flush is asked for: what must be flushed is the hypervisor's to know. */
static void as_page_table(struct worker *w)
{
	static const unsigned int cmds[] = { MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE };
	unsigned int level = rnd(w, 3);

	expect(w, map_at(arena[w->id], L1E(w->mfn, F_RO), NO_FLUSH), 0, "making it read-only");
	expect(w, mmuext(cmds[level], w->mfn), 0, "pinning");
	if (level) /* writes to an L1 that is mapped are emulated */
		must_not_change(w, arena[w->id], "a page table was written to");
	expect(w, mmuext(MMUEXT_UNPIN_TABLE, w->mfn), 0, "unpinning");
	back_to_arena(w);
}

/* Also the frame that comes instead is not written to by those who still map what it was before. */
static void another_frame(struct worker *w)
{
	xen_pfn_t frame = w->mfn;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, &frame);
	expect(w, map_at(arena[w->id], 0, NO_FLUSH), 0, "unmapping");
	expect(w, hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &r), 1, "giving it back");
	frame = ((unsigned long)arena[w->id] - VIRT_BASE) >> 12;
	while (hypercall2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r) != 1)
		yield();
	w->mfn = frame;
	look_at_frame(w, "a new frame was written to");
	back_to_arena(w);
}

static void through_a_grant(struct worker *w)
{
	struct gnttab_map_grant_ref m = { .host_addr = (unsigned long)arena[w->id], .flags = GNTMAP_host_map,
		.ref = GRANT_FIRST + w->id, .dom = SELF_ID };
	struct gnttab_unmap_grant_ref u = { .host_addr = m.host_addr };

	expect(w, map_at(arena[w->id], 0, NO_FLUSH), 0, "unmapping");
	grants[m.ref].frame = w->mfn;
	grants[m.ref].domid = SELF_ID;
	__atomic_store_n(&grants[m.ref].flags, GTF_permit_access, __ATOMIC_SEQ_CST);
	expect(w, hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, &m, 1), 0, "map_grant_ref");
	expect(w, m.status, GNTST_okay, "mapping a grant");
	if (rnd(w, 2))
		write_somewhere(w, 20);
	u.handle = m.handle;
	expect(w, hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1), 0, "unmap_grant_ref");
	expect(w, u.status, GNTST_okay, "unmapping a grant");
	expect(w, __atomic_exchange_n(&grants[m.ref].flags, 0, __ATOMIC_SEQ_CST) & (GTF_reading | GTF_writing), 0,
		"a grant that nobody maps is in use");
	look_at_frame(w, "a page was written to through a grant that is gone");
	back_to_arena(w);
}

/* --- domains that come and go ------------------------------------------------------------------------------- */

static long give_pages(unsigned int domid, unsigned int nr)
{
	xen_pfn_t frames[16];
	struct xen_memory_reservation r = { .nr_extents = nr, .domid = domid };

	for (unsigned int i = 0; i < nr; i++)
		frames[i] = i;
	set_xen_guest_handle(r.extent_start, frames);
	return hypercall2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r);
}

/* One makes and destroys, the others work on what is there at the moment: nothing is expected of that
 * but that it comes to an end. */
static void a_domain_comes_and_goes(struct worker *w)
{
	struct xen_domctl d;
	unsigned int id;

	if (__atomic_exchange_n(&churn_lock, 1, __ATOMIC_ACQUIRE)) {
		id = a_domain ? a_domain : NO_SUCH_ID;
		give_pages(id, 4);
		memset(&d, 0, sizeof(d));
		domctl(rnd(w, 2) ? XEN_DOMCTL_pausedomain : XEN_DOMCTL_getdomaininfo, id, &d);
		memset(&d, 0, sizeof(d));
		domctl(XEN_DOMCTL_getvcpuinfo, id, &d);
		return;
	}
	expect(w, create_domain(2, &d), 0, "createdomain");
	id = d.domain;
	memset(&d, 0, sizeof(d));
	d.u.max_mem.max_memkb = 4096;
	expect(w, domctl(XEN_DOMCTL_max_mem, id, &d), 0, "max_mem");
	d.u.max_vcpus.max = 2;
	expect(w, domctl(XEN_DOMCTL_max_vcpus, id, &d), 0, "max_vcpus");
	a_domain = id;
	give_pages(id, 16);
	write_somewhere(w, 20);
	while (domctl(XEN_DOMCTL_destroydomain, id, &d) == -85 /* ERESTART */)
		;
	a_domain = 0;
	churned++;
	__atomic_store_n(&churn_lock, 0, __ATOMIC_RELEASE);
}

/* --- the vcpus -------------------------------------------------------------------------------------------------- */

static void work(struct worker *w)
{
	static void (*const what[])(struct worker *) = {
		as_page_table, as_page_table, another_frame, through_a_grant,
	};

	for (w->steps = 0; w->steps < rounds && !w->failed; w->steps++) {
		if (rnd(w, 16) == 0)
			a_domain_comes_and_goes(w);
		else
			what[rnd(w, 4)](w);
		write_somewhere(w, 1 + rnd(w, 100));
	}
	w->done = true;
}

static void second(unsigned long id)
{
	struct worker *w = &workers[id];

	work(w);
	for (;;) /* brought up once more, it goes down once more */
		hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_down, id, 0);
}

static long start(unsigned int id)
{
	long rc;

	vcpu_context(&context, (void (*)(void))second, stacks[id] + sizeof(stacks[id]),
		va_to_mfn((void *)si->pt_base));
	context.user_regs.rdi = id;
	context.trap_ctxt[14] = (struct trap_info){ 14, 0, 0xe033, (unsigned long)fault_entry };
	rc = hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_initialise, id, &context);
	return rc ? rc : hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_up, id, 0);
}

static unsigned int count_vcpus(void)
{
	unsigned int n = 0;

	while (n < MAX_VCPUS && hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_is_up, n, 0) >= 0)
		n++;
	return n;
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

static void set_up(unsigned long seed)
{
	static const struct trap_info page_fault[] = { { 14, 0, 0xe033, (unsigned long)fault_entry }, { 0 } };
	xen_pfn_t frame = 0;
	struct gnttab_setup_table t = { .dom = DOMID_SELF, .nr_frames = 1 };

	set_xen_guest_handle(t.frame_list, &frame);
	check_eq(hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, &t, 1), 0, "setup_table");
	check_eq(map_va(grant_page, L1E(frame, F_RWX)), 0, "the grant table is mapped");
	check_eq(hypercall1(__HYPERVISOR_set_trap_table, page_fault), 0, "page faults are taken");
	for (unsigned int i = 0; i < nr_vcpus; i++) {
		memset(arena[i], 0, sizeof(arena[i]));
		workers[i] = (struct worker){ .id = i, .random = seed * 65537 + i, .mfn = va_to_mfn(arena[i]) };
	}
}

static void wait_for_all(void)
{
	for (unsigned int i = 0; i < nr_vcpus; i++)
		while (!workers[i].done || (i && hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_is_up, i, 0) == 1))
			yield();
}

static void report(void)
{
	unsigned long writes = 0, faults = 0;
	bool all = true;

	for (unsigned int i = 0; i < nr_vcpus; i++) {
		const struct worker *w = &workers[i];

		writes += w->writes;
		faults += w->faults;
		if (w->failed) {
			print("# vcpu %d, step %ld: %s (%ld)\n", i, w->steps, (const char *)w->failed, w->failed_with);
			all = false;
		}
	}
	print("# %d vcpus, %ld writes, %ld faults, %d domains\n", nr_vcpus, writes, faults, churned);
	check(all, "all pages did what they should");
	check(writes && (faults || nr_vcpus == 1), "there were writes that went through, and some that did not");
	check(churned > 0, "domains came and went");
}

static void once_more(void)
{
	long rc = 0;

	for (unsigned int i = 1; i < nr_vcpus; i++)
		rc |= hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_up, i, 0);
	check_eq(rc, 0, "vcpus that went down come up");
	wait_for_all();
	check(true, "and go down again");
}

void guest_main(void)
{
	uint32_t low, high;
	unsigned long seed;
	long rc = 0;

	__asm__ __volatile__("rdtsc" : "=a"(low), "=d"(high));
	seed = argument("seed=", low % 1000000);
	rounds = argument("rounds=", rounds);
	nr_vcpus = count_vcpus();
	print("# seed=%ld rounds=%ld\n", seed, rounds);
	set_up(seed);
	for (unsigned int i = 1; i < nr_vcpus && !rc; i++)
		rc = start(i);
	check_eq(rc, 0, "all vcpus start");
	work(&workers[0]);
	wait_for_all();
	report();
	once_more();
}
