/* SPDX-License-Identifier: GPL-2.0-only */
/* loops: one vcpu on one CPU: hypercalls, exceptions, memory management, grants, events to itself. */
#include <xen/physdev.h>
#include "bench.h"

#define BATCH 32    /* entries of a list: mmu_update, multicall */

static uint64_t l4_twin[512] __attribute__((aligned(4096)));
static uint64_t user_l4[512] __attribute__((aligned(4096)));
static uint64_t table[512] __attribute__((aligned(4096))); /* an L1 of ours, not in use */
static uint8_t stack[8192] __attribute__((aligned(4096)));
static uint8_t user_stack[4096] __attribute__((aligned(4096)));
static struct grant_entry_v1 grants[512] __attribute__((aligned(4096)));
static struct multicall_entry calls[BATCH];
static struct mmu_update updates[BATCH];
static unsigned int loop_port;
static uint64_t table_ma, pages_ma;
static volatile uint64_t *ro_table;     /* table, mapped read-only */
static volatile uint8_t *hole;

void iret_loop(unsigned int n);
void fault_loop(unsigned int n, volatile void *address);
void enter_user(void *rip, void *rsp, unsigned long n);
void user_syscalls(void);
void user_int3(void);
void user_faults(void);
void fast_syscall(void);

#define LOOP(name, statement) \
	static void name(unsigned int n) \
	{ \
		for (unsigned int i = 0; i < n; i++) { \
			statement; \
		} \
	}

/* --- calls ----------------------------------------------------------------------------------------- */

static void issue_calls(void)
{
	hypercall2(__HYPERVISOR_multicall, calls, BATCH);
}

static void fill_version_calls(void)
{
	for (unsigned int i = 0; i < BATCH; i++)
		calls[i] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version };
}

static void fill_va_calls(void)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		calls[i] = (struct multicall_entry){ .op = __HYPERVISOR_update_va_mapping };
		calls[i].args[0] = (unsigned long)pages[i % 4];
		calls[i].args[1] = L1E(va_to_mfn(pages[i % 4]), F_RWX);
	}
}

LOOP(do_version, hypercall2(__HYPERVISOR_xen_version, XENVER_version, 0))
LOOP(do_multicall, issue_calls())
LOOP(do_stack_switch, hypercall2(__HYPERVISOR_stack_switch, 0xe02b, stack + sizeof(stack)))
LOOP(do_segment_base, hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_FS, 0x1000))
LOOP(do_taskswitch, hypercall1(__HYPERVISOR_fpu_taskswitch, 1);
	hypercall1(__HYPERVISOR_fpu_taskswitch, 0))
LOOP(do_yield, hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0))
LOOP(do_set_timer, hypercall1(__HYPERVISOR_set_timer_op, 1000000000000UL + i))

static void bench_calls(void)
{
	bench("hypercall", do_version, 2000);
	fill_version_calls();
	bench("multicall-32", do_multicall, 100);
	bench("stack-switch", do_stack_switch, 2000);
	bench("segment-base", do_segment_base, 2000);
	bench("fpu-taskswitch", do_taskswitch, 1000);
	bench("yield-alone", do_yield, 1000);
	bench("set-timer", do_set_timer, 2000);
	hypercall1(__HYPERVISOR_set_timer_op, 0);
}

/* --- traps ------------------------------------------------------------------------------------------- */

LOOP(do_int3, __asm__ __volatile__("int3" ::: "memory"))
LOOP(do_cpuid, uint32_t a = 0; uint32_t c = 0;
	__asm__ __volatile__(".byte 0x0f,0x0b,0x78,0x65,0x6e; cpuid" : "+a"(a), "+c"(c) : : "rbx", "rdx"))
LOOP(do_rdmsr, __asm__ __volatile__("rdmsr" : : "c"(0xc0000080) : "rax", "rdx"))
LOOP(do_wrmsr, __asm__ __volatile__("wrmsr" : : "c"(0xc0000100), "a"(0x2000), "d"(0)))
LOOP(do_read_cr0, uint64_t v; __asm__ __volatile__("mov %%cr0, %0" : "=r"(v)))
LOOP(do_in, __asm__ __volatile__("inb $0x80, %%al" : : : "rax"))
static void do_fault(unsigned int n) { fault_loop(n, hole); }
static void do_syscall(unsigned int n) { enter_user(user_syscalls, user_stack + 4000, n); }
static void do_user_int3(unsigned int n) { enter_user(user_int3, user_stack + 4000, n); }
static void do_user_fault(unsigned int n) { enter_user(user_faults, user_stack + 4000, n); }

static void prepare_user(void)
{
	struct callback_register r = { .type = CALLBACKTYPE_syscall,
		.address = (unsigned long)fast_syscall };

	must(hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, &r), "syscall callback");
	must(hypercall2(__HYPERVISOR_stack_switch, 0xe02b, stack + sizeof(stack)), "stack_switch");
	user_l4[511] = ((uint64_t *)si->pt_base)[511];
	must(map_va(user_l4, L1E(va_to_mfn(user_l4), F_RO)), "user table");
	must(mmuext(MMUEXT_PIN_L4_TABLE, va_to_mfn(user_l4)), "pin user table");
	must(mmuext(MMUEXT_NEW_USER_BASEPTR, va_to_mfn(user_l4)), "new_user_baseptr");
}

static void bench_traps(void)
{
	struct physdev_set_iopl iopl = { .iopl = 1 };

	must(hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &iopl), "set_iopl");
	hole = pages[7];
	must(map_va(pages[7], 0), "a hole");
	bench("iret", iret_loop, 2000);
	bench("exception", do_int3, 2000);
	bench("page-fault", do_fault, 2000);
	prepare_user();
	bench("syscall", do_syscall, 1000);
	bench("user-exception", do_user_int3, 1000);
	bench("user-page-fault", do_user_fault, 1000);
	bench("cpuid", do_cpuid, 1000);
	bench("rdmsr", do_rdmsr, 1000);
	bench("wrmsr-fs-base", do_wrmsr, 1000);
	bench("read-cr0", do_read_cr0, 1000);
	bench("port-in", do_in, 1000);
	must(map_va(pages[7], L1E(va_to_mfn(pages[7]), F_RWX)), "the hole filled");
}

/* --- page tables ------------------------------------------------------------------------------------ */

static void do_mmu_update(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		updates[0].ptr = table_ma + (i & 3) * 8;
		updates[0].val = pages_ma | (i & 4 ? F_RWX : F_RO);
		hypercall4(__HYPERVISOR_mmu_update, updates, 1, 0, DOMID_SELF);
	}
}

static void do_mmu_batch(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		for (unsigned int j = 0; j < BATCH; j++) {
			updates[j].ptr = table_ma + j * 8;
			updates[j].val = i & 1 ? 0 : pages_ma | F_RWX;
		}
		hypercall4(__HYPERVISOR_mmu_update, updates, BATCH, 0, DOMID_SELF);
	}
}

LOOP(do_update_va, hypercall3(__HYPERVISOR_update_va_mapping, pages[5],
	pages_ma | (i & 1 ? F_RWX : F_RO), UVMF_INVLPG))
LOOP(do_update_va_none, hypercall3(__HYPERVISOR_update_va_mapping, pages[5],
	pages_ma | (i & 1 ? F_RWX : F_RO), 0))
LOOP(do_emulated_write, ro_table[i & 31] = i & 32 ? 0 : pages_ma | F_RWX)
LOOP(do_emulated_xchg, __atomic_exchange_n(&ro_table[i & 31], i & 32 ? 0 : pages_ma | F_RWX,
	__ATOMIC_SEQ_CST))

static void do_new_baseptr(unsigned int n)
{
	unsigned long mfn[2] = { va_to_mfn(l4_twin), va_to_mfn((void *)si->pt_base) };

	for (unsigned int i = 0; i < n; i++) {
		mmuext(MMUEXT_NEW_BASEPTR, mfn[0]);
		mmuext(MMUEXT_NEW_BASEPTR, mfn[1]);
	}
}

LOOP(do_flush_local, mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0))
LOOP(do_invlpg_local, mmuext(MMUEXT_INVLPG_LOCAL, (unsigned long)pages[5]))
LOOP(do_pin, mmuext(MMUEXT_PIN_L1_TABLE, table_ma >> 12); mmuext(MMUEXT_UNPIN_TABLE, table_ma >> 12))

static void prepare_tables(void)
{
	const uint64_t *l4 = (const uint64_t *)si->pt_base;

	table_ma = (uint64_t)va_to_mfn(table) << 12;
	pages_ma = (uint64_t)va_to_mfn(pages[5]) << 12;
	ro_table = table;
	must(map_va(table, table_ma | F_RO), "table read-only");
	must(mmuext(MMUEXT_PIN_L1_TABLE, table_ma >> 12), "pin table");
	for (unsigned int i = 0; i < 512; i++)
		l4_twin[i] = i < 256 || i > 271 ? l4[i] : 0;
	must(map_va(l4_twin, L1E(va_to_mfn(l4_twin), F_RO)), "twin");
	must(mmuext(MMUEXT_PIN_L4_TABLE, va_to_mfn(l4_twin)), "pin twin");
}

static void bench_tables(void)
{
	prepare_tables();
	bench("mmu-update", do_mmu_update, 1000);
	bench("mmu-update-32", do_mmu_batch, 50);
	bench("update-va-invlpg", do_update_va, 1000);
	bench("update-va", do_update_va_none, 1000);
	fill_va_calls();
	bench("multicall-update-va-32", do_multicall, 50);
	bench("emulated-write", do_emulated_write, 1024);
	bench("emulated-xchg", do_emulated_xchg, 1024);
	bench("new-baseptr-pair", do_new_baseptr, 300);
	bench("tlb-flush", do_flush_local, 500);
	bench("invlpg", do_invlpg_local, 1000);
	must(mmuext(MMUEXT_UNPIN_TABLE, table_ma >> 12), "unpin table");
	must(map_va(table, table_ma | F_RWX), "table writable");
	for (unsigned int i = 0; i < 512; i++)
		table[i] = pages_ma | F_RWX;
	must(map_va(table, table_ma | F_RO), "table read-only");
	bench("pin-unpin-l1", do_pin, 30);
}

/* --- memory, grants, events ---------------------------------------------------------------------------- */

static void do_balloon(unsigned int n)
{
	static xen_pfn_t frame;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	unsigned long pfn = ((unsigned long)pages[6] - VIRT_BASE) >> 12;

	set_xen_guest_handle(r.extent_start, &frame);
	for (unsigned int i = 0; i < n; i++) {
		frame = va_to_mfn(pages[6]);
		map_va(pages[6], 0);
		hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &r);
		frame = pfn;
		hypercall2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r);
		((unsigned long *)si->mfn_list)[pfn] = frame;
		map_va(pages[6], L1E(frame, F_RWX));
	}
}

static void do_grant_map(unsigned int n)
{
	struct gnttab_map_grant_ref m = { .host_addr = (unsigned long)pages[7],
		.flags = GNTMAP_host_map, .ref = 9, .dom = 0 };
	struct gnttab_unmap_grant_ref u = { .host_addr = (unsigned long)pages[7] };

	for (unsigned int i = 0; i < n; i++) {
		hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, &m, 1);
		u.handle = m.handle;
		hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1);
	}
	must(m.status | u.status, "grant map");
}

static void do_grant_copy(unsigned int n)
{
	struct gnttab_copy c = { .source = { .u.ref = 9, .domid = DOMID_SELF },
		.dest = { .domid = DOMID_SELF }, .len = 1500, .flags = GNTCOPY_source_gref };

	c.dest.u.gmfn = va_to_mfn(pages[4]);
	for (unsigned int i = 0; i < n; i++)
		hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_copy, &c, 1);
	must(c.status, "grant copy");
}

static void bench_grants(void)
{
	xen_pfn_t frame;
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1 };

	set_xen_guest_handle(s.frame_list, &frame);
	must(hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, &s, 1) | s.status,
		"setup_table");
	must(map_va(grants, L1E(frame, F_RWX)), "grant table");
	grants[9].domid = 0;
	grants[9].frame = va_to_mfn(pages[3]);
	__atomic_store_n(&grants[9].flags, GTF_permit_access, __ATOMIC_SEQ_CST);
	must(map_va(pages[7], 0), "a hole for the grant");
	bench("grant-map-unmap", do_grant_map, 500);
	bench("grant-copy-1500", do_grant_copy, 1000);
}

LOOP(do_send, send_event(loop_port))

static void bind_loopback(void)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain b = { .remote_dom = DOMID_SELF };

	must(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &a), "alloc_unbound");
	b.remote_port = a.port;
	must(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain, &b), "interdomain");
	loop_port = b.local_port;
}

static void bench_events(void)
{
	struct evtchn_bind_ipi b = { .vcpu = 0 };

	must(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, &b), "bind_ipi");
	loop_port = b.port;
	memset(shared->evtchn_mask, 0, sizeof(shared->evtchn_mask));
	bench("event-send-masked", do_send, 2000);
	fast_events();
	shared->evtchn_pending[0] = 0;
	shared->vcpu_info[0].evtchn_pending_sel = 0;
	shared->vcpu_info[0].evtchn_upcall_pending = 0;
	shared->vcpu_info[0].evtchn_upcall_mask = 0;
	if (bench("event-upcall", do_send, 1000))
		must(fast_event_count < 15 * 1000, "upcalls did not come");
	bind_loopback();
	bench("event-interdomain", do_send, 1000);
	shared->vcpu_info[0].evtchn_upcall_mask = 1;
}

void guest_main(void)
{
	print_clock();
	fast_traps();
	bench_calls();
	bench_traps();
	bench_tables();
	bench("balloon-page", do_balloon, 200);
	bench_grants();
	bench_events();
}
