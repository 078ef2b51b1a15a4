/* SPDX-License-Identifier: GPL-2.0-only */
/* trace: sysctl tbuf_op, and the records in the buffers that dom0 maps: what there is of hypercalls, traps and
 * the guest's own, that masks are obeyed, that lost ones are told of and that dom0 is called to read. */
#include <xen/sysctl.h>
#include <xen/trace.h>
#include "guest.h"

#define PAGES       2
#define HVM_TRACE   11
#define WORDS       (PAGE_SIZE / 4)
#define MOST        512 /* records looked at in one go */

static struct xen_sysctl op;
static uint32_t info[WORDS] __attribute__((aligned(4096)));
static uint32_t buffer[PAGES * WORDS] __attribute__((aligned(4096)));
static uint64_t info_mfn;
static volatile struct t_buf *head = (volatile struct t_buf *)buffer;
static struct record { uint32_t event, n, words[TRACE_EXTRA_MAX]; bool timed; } seen[MOST];
static unsigned int x_seen;

static long tbuf(uint32_t cmd)
{
	op.cmd = XEN_SYSCTL_tbuf_op;
	op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	op.u.tbuf_op.cmd = cmd;
	return hypercall1(__HYPERVISOR_sysctl, &op);
}

static long set_size(uint32_t pages)
{
	op.u.tbuf_op.size = pages;
	return tbuf(XEN_SYSCTL_TBUFOP_set_size);
}

static long set_events(uint32_t mask)
{
	op.u.tbuf_op.evt_mask = mask;
	return tbuf(XEN_SYSCTL_TBUFOP_set_evt_mask);
}

static long set_cpus(uint8_t *bits)
{
	set_xen_guest_handle(op.u.tbuf_op.cpu_mask.bitmap, bits);
	op.u.tbuf_op.cpu_mask.nr_bits = 8;
	return tbuf(XEN_SYSCTL_TBUFOP_set_cpu_mask);
}

static long map_xen(void *va, uint64_t mfn, uint64_t flags)
{
	struct mmu_update u = { machine_of_l1e(va), L1E(mfn, flags) };

	return hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_XEN);
}

/* --- before there are buffers ---------------------------------------------------------------------------- */

static void check_size(void)
{
	check_rc(tbuf(XEN_SYSCTL_TBUFOP_get_info), 0, "get_info");
	check_eq(op.u.tbuf_op.buffer_mfn, 0, "no buffers yet");
	check_eq(op.u.tbuf_op.size, 0, "of no size");
	check_eq(op.u.tbuf_op.evt_mask, TRC_ALL, "all events");
	check_rc(tbuf(XEN_SYSCTL_TBUFOP_enable), XEN_EINVAL, "enable: no buffers");
	check_rc(tbuf(XEN_SYSCTL_TBUFOP_disable), 0, "disable");
	check_rc(tbuf(6), XEN_EINVAL, "no such operation");
	check_rc(set_cpus((uint8_t *)0xffff830000000000UL), XEN_EFAULT, "CPUs: bad pointer");
	check_rc(set_size(0), XEN_EINVAL, "no pages");
	check_rc(set_size(65000), XEN_ENOMEM, "more pages than there are");
	check_rc(tbuf(XEN_SYSCTL_TBUFOP_enable), XEN_EINVAL, "still none");
	check_rc(set_size(PAGES), 0, "a size");
	check_rc(set_size(PAGES), XEN_EBUSY, "once only");
	check_rc(set_size(PAGES + 1), XEN_EINVAL, "nor another");
	check_rc(tbuf(XEN_SYSCTL_TBUFOP_get_info), 0, "get_info");
	check_eq(op.u.tbuf_op.size, PAGE_SIZE, "the list takes a page");
	info_mfn = op.u.tbuf_op.buffer_mfn;
}

static void check_maps(void)
{
	const struct t_info *t = (const struct t_info *)info;
	unsigned int cpu0, i;

	check_rc(map_xen(info, info_mfn, F_RW | F_RO), XEN_EBUSY, "the list cannot be written");
	check_rc(map_xen(info, info_mfn, F_RO), 0, "but read");
	check_eq(t->tbuf_size, PAGES, "so many pages");
	cpu0 = t->mfn_offset[0];
	check_eq(t->mfn_offset[1], cpu0 + PAGES, "CPU 1's list follows CPU 0's");
	for (i = 0; i < PAGES; i++)
		check_rc(map_xen(buffer + i * WORDS, info[cpu0 + i], F_RWX), 0, "a page of CPU 0's");
	check(!head->cons && head->prod, "and it is written to already");
}

/* --- records ----------------------------------------------------------------------------------------------- */

static const uint32_t size = PAGES * PAGE_SIZE - sizeof(struct t_buf);

static uint32_t word_at(uint32_t pos)
{
	return buffer[2 + pos % size / 4];
}

static uint32_t advance(uint32_t pos, uint32_t n)
{
	return (pos + n) % (2 * size);
}

/* Takes in what there is; false: not well formed. */
static bool read_all(void)
{
	uint32_t pos = head->cons, end = head->prod, i;

	for (x_seen = 0; pos != end && x_seen < MOST; x_seen++) {
		struct record *r = &seen[x_seen];
		uint32_t first = word_at(pos);

		r->event = TRC_HD_TO_EVENT(first);
		r->n = TRC_HD_EXTRA(first);
		r->timed = TRC_HD_INCLUDES_CYCLE_COUNT(first);
		pos = advance(pos, r->timed ? 12 : 4);
		for (i = 0; i < r->n; i++, pos = advance(pos, 4))
			r->words[i] = word_at(pos);
	}
	head->cons = pos;
	return pos == end;
}

static const struct record *find(uint32_t event)
{
	for (unsigned int i = 0; i < x_seen; i++)
		if (seen[i].event == event)
			return &seen[i];
	return NULL;
}

static const struct record *find_hypercall(uint32_t nr)
{
	for (unsigned int i = 0; i < x_seen; i++)
		if (seen[i].event == TRC_PV_HYPERCALL_V2 &&
		    (seen[i].words[0] & ~TRC_PV_HYPERCALL_V2_ARG_MASK) == nr)
			return &seen[i];
	return NULL;
}

static bool only(uint32_t class)
{
	for (unsigned int i = 0; i < x_seen; i++)
		if (!(seen[i].event & class & 0x0fff0000))
			return false;
	return x_seen > 0;
}

static void start(uint32_t events)
{
	set_events(events);
	head->cons = head->prod;
	check_rc(tbuf(XEN_SYSCTL_TBUFOP_enable), 0, "enable");
}

static void stop(void)
{
	check_rc(tbuf(XEN_SYSCTL_TBUFOP_disable), 0, "disable");
	check(read_all(), "whole records");
}

static void load_bad_address(void *unused)
{
	(void)unused;
	(void)*(volatile char *)0x10;
}

static void undefined(void *unused)
{
	(void)unused;
	__asm__ __volatile__("ud2");
}

static void check_pv(void)
{
	const struct record *r;
	struct multicall_entry m[] = { { .op = __HYPERVISOR_xen_version } };
	uint32_t a, b, c, d;

	start(TRC_ALL);
	hypercall2(__HYPERVISOR_xen_version, 0, 0);
	hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_is_up, 7, 0);
	hypercall2(__HYPERVISOR_multicall, m, 1);
	check_eq(probe(load_bad_address, NULL), 14, "a page fault");
	check_eq(probe(undefined, NULL), 6, "an invalid opcode");
	__asm__ __volatile__(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e; cpuid"
		: "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0));
	__asm__ __volatile__("mov %%cr0, %%rax" : : : "rax");
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	stop();
	r = find_hypercall(__HYPERVISOR_xen_version);
	check(r && r->timed && r->n == 1, "a hypercall's record");
	r = find_hypercall(__HYPERVISOR_vcpu_op);
	check_eq(r ? r->words[0] : 0, __HYPERVISOR_vcpu_op | TRC_PV_HYPERCALL_V2_ARG_32(0) |
		TRC_PV_HYPERCALL_V2_ARG_32(1), "arguments that tell something are named");
	check(r && r->n == 3 && r->words[1] == VCPUOP_is_up && r->words[2] == 7, "and follow");
	r = find(TRC_PV_HYPERCALL_SUBCALL);
	check(r && r->n == 1 && r->words[0] == __HYPERVISOR_xen_version, "a part of a multicall");
	r = find(TRC_PV_PAGE_FAULT | TRC_64_FLAG);
	check(r && r->n == 5 && r->words[2] == 0x10 && !r->words[3] && r->words[1] == 0xffffffff,
		"a page fault with both addresses");
	r = find(TRC_PV_TRAP | TRC_64_FLAG);
	check(r && r->n == 3 && (r->words[2] & 0xffff) == 6, "a trap with its vector");
	r = find(TRC_PV_FORCED_INVALID_OP | TRC_64_FLAG);
	check(r && r->n == 2, "an instruction with the prefix");
	r = find(TRC_PV_EMULATE_PRIVOP | TRC_64_FLAG);
	check(r && r->n == 2, "a privileged one");
	check(find(TRC_SCHED_YIELD) && find(TRC_SCHED_CONTINUE_RUNNING), "a yield that changes nothing");
}

static void check_masks(void)
{
	static uint8_t none, all = 0xff;

	start(TRC_PV);
	hypercall2(__HYPERVISOR_xen_version, 0, 0);
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	stop();
	check(only(TRC_PV), "a class only");
	start(TRC_SCHED_MIN);
	hypercall2(__HYPERVISOR_xen_version, 0, 0);
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	stop();
	check(find(TRC_SCHED_CONTINUE_RUNNING) && !find(TRC_SCHED_YIELD) && !find(TRC_PV_HYPERCALL_V2),
		"a subclass only");
	check_rc(set_cpus(&none), 0, "no CPU");
	start(TRC_ALL);
	hypercall2(__HYPERVISOR_xen_version, 0, 0);
	stop();
	check_eq(x_seen, 0, "no record");
	check_rc(set_cpus(&all), 0, "all CPUs");
}

static long own_record(uint16_t event, uint16_t bytes)
{
	static struct { uint16_t event, bytes; uint32_t extra[7]; } own = { .extra = { 11, 22, 33 } };

	own.event = event;
	own.bytes = bytes;
	return hypercall2(__HYPERVISOR_hvm_op, HVM_TRACE, &own);
}

static void check_own(void)
{
	const struct record *r;

	start(TRC_ALL);
	check_rc(own_record(5, 12), 0, "a record of the guest's own");
	check_rc(own_record(0x1005, 12), XEN_EINVAL, "not of any class");
	check_rc(own_record(5, 29), XEN_EINVAL, "nor too long");
	stop();
	r = find(TRC_GUEST + 5);
	check(r && !r->timed && r->n == 3 && r->words[0] == 11 && r->words[2] == 33, "is there as it was given");
}

/* --- a buffer that runs full --------------------------------------------------------------------------------- */

static void nothing(void)
{
}

static void check_full(void)
{
	struct evtchn_bind_virq bind = { .virq = VIRQ_TBUF };
	struct evtchn_unmask unmask;
	const struct record *r;
	unsigned int i, fillers = 0;

	on_event = nothing;
	check_rc(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, &bind), 0, "bind VIRQ_TBUF");
	unmask.port = bind.port;
	hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_unmask, &unmask);
	start(TRC_GUEST);
	for (i = 0; i < 40; i++)
		own_record(1, 28);
	check(!(shared->evtchn_pending[bind.port / 64] >> bind.port % 64 & 1), "not half full");
	for (; i < 300; i++)
		own_record(1, 28);
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	check(shared->evtchn_pending[bind.port / 64] >> bind.port % 64 & 1, "dom0 is called when half of it is full");
	check(read_all(), "whole records");
	check(x_seen > 250 && x_seen < 258, "as many as there is room for");
	own_record(2, 28);
	check(read_all(), "whole records");
	r = find(TRC_LOST_RECORDS);
	check(r == seen && r->timed && r->n == 4, "then lost ones are told of");
	check(r && r->words[0] > 42 && r->words[0] < 50, "how many");
	check(find(TRC_GUEST + 2), "before the next");
	for (i = 0; i < 3 * size / 36; i++) {
		own_record(3, 7 * 4);
		read_all();
		fillers += find(TRC_TRACE_WRAP_BUFFER) != NULL;
	}
	check(fillers >= 2 && fillers <= 3, "what is left at the end is filled");
	stop();
}

static void check_bad_reader(void)
{
	start(TRC_GUEST);
	head->cons = 3 * size;
	own_record(4, 4);
	head->cons = head->prod;
	own_record(4, 4);
	check(read_all() && !x_seen, "a reader out of bounds ends it");
	start(TRC_GUEST);
	own_record(4, 4);
	stop();
	check(find(TRC_GUEST + 4), "until it is begun again");
}

void guest_main(void)
{
	struct sched_pin_override pin = { .pcpu = 0 };

	check_rc(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_pin_override, &pin), 0, "on CPU 0");
	check_size();
	check_maps();
	check_pv();
	check_masks();
	check_own();
	check_full();
	check_bad_reader();
}
