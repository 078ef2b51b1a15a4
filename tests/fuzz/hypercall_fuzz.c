/* SPDX-License-Identifier: GPL-2.0-only */
/* hypercall_fuzz.c: sequences of hypercalls with arbitrary arguments and structures, on arch/host.
 *
 * An input is a list of calls of 64 bytes: who, which, three arguments, and 48 bytes of memory that
 * the third argument's low bit makes the call point at. Guest memory is one small window at a low
 * address, so that any number in a structure may hit it. Whatever the guests do, afterwards they
 * can be killed, their pages come back and the books balance. */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/softirq.h>
#include <asm/host.h>
#include <sys/mman.h>

#define WINDOW      0x10000UL
#define WINDOW_SIZE 0x8000UL
#define GUESTS      3
#define MAX_CALLS   64
#define MAX_AGAIN   2000

struct call {
	uint8_t who, nr;
	uint16_t again;       /* bit i: give way at the i-th chance */
	uint32_t arg[3];
	uint8_t memory[48];
};
static_assert(sizeof(struct call) == 64, "input format");

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t calls[] = {
	__HYPERVISOR_memory_op, __HYPERVISOR_multicall, __HYPERVISOR_set_timer_op,
	__HYPERVISOR_xen_version, __HYPERVISOR_console_io, __HYPERVISOR_grant_table_op,
	__HYPERVISOR_vm_assist, __HYPERVISOR_vcpu_op, __HYPERVISOR_sched_op,
	__HYPERVISOR_event_channel_op, __HYPERVISOR_event_channel_op, __HYPERVISOR_sysctl,
	__HYPERVISOR_domctl, __HYPERVISOR_grant_table_op, __HYPERVISOR_memory_op,
};

static struct domain *guest[GUESTS];
static domid_t guest_id[GUESTS];

static void start_once(void)
{
	static bool started;

	if (started)
		return;
	started = true;
	host_init(2, 64, "loglvl=none guest_loglvl=none"); /* no dom0: its end is the machine's */
	if (mmap((void *)WINDOW, WINDOW_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED)
		panic("no window");
	host_guest_start = WINDOW;
	host_guest_end = WINDOW + WINDOW_SIZE;
}

static struct domain *make_guest(domid_t id)
{
	struct xen_domctl_createdomain cfg = {
		.max_vcpus = 2, .max_evtchn_port = 200, .max_grant_frames = 4,
		.max_maptrack_frames = 1, .grant_opts = 1,
	};
	struct domain *d;
	unsigned int i;

	if (domain_create(id, &cfg, false, &d))
		panic("no domain %u", id);
	/* Never scheduled, whoever unpauses it: its vcpus "run" when a call is theirs. */
	domain_pause_nosync(d);
	domain_get(d);
	d->max_pages = 200;
	for (i = 0; i < 2; i++) {
		BUG_ON(!vcpu_create(d, i));
		d->vcpu[i]->is_initialised = true;
		clear_bit(VPF_down, d->vcpu[i]->pause_flags);
	}
	for (i = 0; i < 20; i++)
		BUG_ON(!alloc_domheap_pages(d, 0, 0));
	return d;
}

/* The first guest is privileged: what it does to itself and to others is tried as well. */
static void make_guests(void)
{
	unsigned int i;

	for (i = 0; i < GUESTS; i++) {
		guest_id[i] = i + 1;
		guest[i] = make_guest(i + 1);
		guest[i]->is_privileged = i == 0;
	}
}

/* Words of the window: frames of the guests, so that frame numbers hit too. */
static void fill_window(void)
{
	uint64_t *w = (uint64_t *)WINDOW;
	struct page *pg;
	unsigned int i, n = 0;

	memset(w, 0, WINDOW_SIZE);
	for (i = 0; i < GUESTS; i++) {
		for (pg = page_list_first(&guest[i]->page_list); pg; pg = page_list_next(pg))
			w[256 + n++] = mfn_x(page_to_mfn(pg));
	}
	for (i = 0; i < 64; i++) /* entries that can be granted, at fixed places of the table */
		w[1024 + i] = GTF_permit_access | (uint64_t)guest_id[i % GUESTS] << 16 |
			w[256 + i % n] << 32;
}

static void seed_grants(void)
{
	unsigned int i;
	mfn_t frame;

	for (i = 0; i < GUESTS; i++) {
		if (!grant_table_get_frame(guest[i], 0, &frame))
			memcpy(mfn_to_virt(frame), (void *)(WINDOW + 1024 * 8), 64 * 8);
	}
}

static void make_call(const struct call *c)
{
	struct domain *d = guest[c->who % GUESTS];
	unsigned long arg[HYPERCALL_ARGS];
	unsigned int i, n = 0;

	if (d->is_dying || d->is_shutting_down)
		return;
	memcpy((void *)WINDOW, c->memory, sizeof(c->memory));
	for (i = 0; i < 3; i++)
		arg[i] = c->arg[i] & 0x80000000U ? WINDOW + c->arg[i] % 2048 : c->arg[i];
	for (; i < HYPERCALL_ARGS; i++)
		arg[i] = 0;
	do {
		if (c->again >> n % 16 & 1)
			softirq_raise(SOFTIRQ_TASKLET);
		host_play_vcpu(d->vcpu[c->who / GUESTS % 2]);
		if (!current) /* reset is not undone here */
			break;
	} while (hypercall_dispatch(calls[c->nr % sizeof(calls)], arg) == -ERESTART &&
		++n < MAX_AGAIN);
	BUG_ON(n >= MAX_AGAIN); /* gives way without getting on */
	host_play_vcpu(NULL);
	softirq_process_no_sched();
}

static void check_books(const struct domain *d)
{
	struct page *pg;
	unsigned long n = 0;

	for (pg = page_list_first(&d->page_list); pg; pg = page_list_next(pg))
		n++;
	BUG_ON(n != d->tot_pages);
}

/* Every domain but dom0 goes, whoever made it. */
static void end_all(void)
{
	struct domain *d;
	unsigned int i, next = 1;

	for (i = 0; i < GUESTS; i++)
		check_books(guest[i]);
	for (i = 0; i < GUESTS; i++)
		domain_put(guest[i]);
	host_drop_mappings();
	for (; (d = domain_get_next(next)) != NULL; next++) {
		next = d->domain_id;
		if (d->is_dying != DOMDYING_dead)
			host_kill_domain(d);
		domain_put(d);
	}
	host_run_all();
	BUG_ON(domain_get_next(1)); /* somebody holds on to it */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned long baseline;
	struct call c;
	size_t i;

	start_once();
	make_guests();
	fill_window();
	seed_grants();
	for (i = 0; i < size / sizeof(c) && i < MAX_CALLS; i++) {
		memcpy(&c, data + i * sizeof(c), sizeof(c));
		make_call(&c);
	}
	end_all();
	while (heap_scrub_some())
		;
	host_console_output();
	if (!baseline)
		baseline = heap_free_pages();
	else
		BUG_ON(heap_free_pages() < baseline);
	return 0;
}
