/* SPDX-License-Identifier: GPL-2.0-only */
/* events_fifo: the FIFO event ABI: control block, event words, queues by priority, and a guest that
 * scribbles over all of them. */
#include "guest.h"

#define EBUSY 16
#define EINVAL 22
#define ENOENT 2
#define ENOSPC 28
#define ENOSYS 38
#define EFAULT 14
#define EACCES 13
#define EOPNOTSUPP 95

#define PENDING (1U << EVTCHN_FIFO_PENDING)
#define MASKED  (1U << EVTCHN_FIFO_MASKED)
#define LINKED  (1U << EVTCHN_FIFO_LINKED)
#define LINK    EVTCHN_FIFO_LINK_MASK
#define HYPERVISORS_OWN 0xffff830000000000UL
#define PAGES 8

static volatile uint32_t words[PAGES * 1024] __attribute__((aligned(4096)));
static uint8_t control_page[4096] __attribute__((aligned(4096)));
static volatile struct evtchn_fifo_control_block *const control =
	(volatile void *)(control_page + 64);

static long ev(unsigned int cmd, const void *arg)
{
	return hypercall2(__HYPERVISOR_event_channel_op, cmd, arg);
}

static long send(unsigned int port)
{
	return ev(EVTCHNOP_send, &(struct evtchn_send){ port });
}

static long close(unsigned int port)
{
	return ev(EVTCHNOP_close, &(struct evtchn_close){ port });
}

static long unmask(unsigned int port)
{
	return ev(EVTCHNOP_unmask, &(struct evtchn_unmask){ port });
}

static long priority(unsigned int port, unsigned int p)
{
	return ev(EVTCHNOP_set_priority, &(struct evtchn_set_priority){ port, p });
}

static long init_control(uint64_t gfn, uint32_t offset, uint32_t vcpu, uint8_t *ret_bits)
{
	struct evtchn_init_control c = { .control_gfn = gfn, .offset = offset, .vcpu = vcpu };
	long rc = ev(EVTCHNOP_init_control, &c);

	if (ret_bits)
		*ret_bits = c.link_bits;
	return rc;
}

static long expand(uint64_t gfn)
{
	return ev(EVTCHNOP_expand_array, &(struct evtchn_expand_array){ gfn });
}

static unsigned int ipi(void)
{
	struct evtchn_bind_ipi b = { .vcpu = 0 };

	return ev(EVTCHNOP_bind_ipi, &b) ? 0 : b.port;
}

/* Takes the first event off a queue as a guest does; 0: it was empty. */
static unsigned int take(unsigned int queue)
{
	unsigned int port = control->head[queue], word;

	if (!port)
		return 0;
	word = __atomic_fetch_and(&words[port], ~(LINKED | LINK), __ATOMIC_SEQ_CST);
	__atomic_fetch_and(&words[port], ~PENDING, __ATOMIC_SEQ_CST);
	control->head[queue] = word & LINK;
	if (!(word & LINK))
		__atomic_fetch_and(&control->ready, ~(1U << queue), __ATOMIC_SEQ_CST);
	return port;
}

static void reset(void)
{
	check_eq(ev(EVTCHNOP_reset, &(struct evtchn_reset){ DOMID_SELF }), 0, "reset");
	memset((void *)words, 0, sizeof(words));
	memset(control_page, 0, sizeof(control_page));
}

static void check_before(void)
{
	unsigned int p = ipi();

	check_eq(expand(va_to_mfn((void *)words)), -EOPNOTSUPP, "expand_array before init_control");
	check_eq(priority(p, 3), -ENOSYS, "set_priority with two levels");
	check_eq(priority(p, 99), -ENOSYS, "and no look at the number");
	check_eq(priority(100000, 3), -EINVAL, "of no port");
	check_eq(ev(EVTCHNOP_init_control, (void *)HYPERVISORS_OWN), -EFAULT, "init_control: pointer");
	check_eq(ev(EVTCHNOP_expand_array, (void *)HYPERVISORS_OWN), -EFAULT, "expand_array: pointer");
	check_eq(ev(EVTCHNOP_set_priority, (void *)HYPERVISORS_OWN), -EFAULT, "set_priority: pointer");
	close(p);
}

static void check_init(void)
{
	unsigned long page = va_to_mfn(control_page);
	uint8_t bits = 0;

	check_eq(init_control(page, 64, 77, NULL), -ENOENT, "no such vcpu");
	check_eq(init_control(page, 68, 0, NULL), -EINVAL, "offset not a multiple of 8");
	check_eq(init_control(page, 4096 - 64, 0, NULL), -EINVAL, "across the page's end");
	check_eq(init_control(page, ~7U, 0, NULL), -EINVAL, "offset far away");
	check_eq(init_control(~0UL >> 12, 64, 0, NULL), -EINVAL, "no frame");
	check_eq(init_control(machine_of_l1e(control_page) >> 12, 64, 0, NULL), -EINVAL, "a page table");
	check_eq(init_control(page, 64, 0, &bits), 0, "init_control");
	check_eq(bits, EVTCHN_FIFO_LINK_BITS, "17 bits of link");
	check_eq(init_control(page, 64, 0, NULL), -EINVAL, "only once");
	check_eq(expand(~0UL >> 12), -EINVAL, "expand_array: no frame");
	check_eq(expand(machine_of_l1e(control_page) >> 12), -EINVAL, "a page table");
}

/* What was raised before the words were there comes up when they come. */
static void check_switch(void)
{
	unsigned int a = ipi(), b = ipi();

	check_eq(send(a), 0, "raised with two levels");
	check_init();
	check_eq(send(b), 0, "raised without words");
	check_eq(control->ready, 0, "nobody told");
	check_eq(expand(va_to_mfn((void *)words)), 0, "expand_array");
	check_eq(control->ready, 1U << 7, "the queue of priority 7 is ready");
	check_eq(take(7), a, "the first");
	check_eq(take(7), b, "the second");
	check_eq(take(7), 0, "no more");
	close(a);
	close(b);
}

static void check_queues(void)
{
	unsigned int p[6], i;

	for (i = 0; i < 6; i++)
		p[i] = ipi();
	check_eq(priority(p[0], 16), -EINVAL, "no such priority");
	check_eq(priority(p[0], 15), 0, "the lowest");
	check_eq(priority(p[1], 0), 0, "the highest");
	shared->vcpu_info[0].evtchn_upcall_pending = 0;
	for (i = 0; i < 6; i++)
		check_eq(send(p[i]), 0, "send");
	check_eq(control->ready, 1U << 15 | 1U << 7 | 1U, "three queues");
	check_eq(shared->vcpu_info[0].evtchn_upcall_pending, 1, "upcall");
	check_eq(words[p[2]], PENDING | LINKED | p[3], "linked to the next");
	check_eq(words[p[5]], PENDING | LINKED, "the last one to nothing");
	check_eq(send(p[3]), 0, "once more");
	check_eq(words[p[3]], PENDING | LINKED | p[4], "changes nothing");
	check_eq(take(15), p[0], "lowest");
	check_eq(take(0), p[1], "highest");
	for (i = 2; i < 6; i++)
		check_eq(take(7), p[i], "in the order they came");
	check_eq(control->ready, 0, "all taken");
	check_eq(send(p[5]), 0, "the last tail again");
	check_eq(control->head[7], p[5], "is the head");
	check_eq(words[p[5]], PENDING | LINKED, "and not linked to itself");
	take(7);
	/* A tail that moves to another queue leaves the old one empty. */
	send(p[2]);
	take(7);
	check_eq(priority(p[2], 5), 0, "another priority");
	send(p[2]);
	send(p[3]);
	check_eq(control->head[5], p[2], "is used from now on");
	check_eq(control->head[7], p[3], "the old queue begins anew");
	check_eq(words[p[2]], PENDING | LINKED, "without a link between");
	take(5);
	take(7);
	for (i = 0; i < 6; i++)
		close(p[i]);
	check_eq(priority(p[0], 3), -EACCES, "set_priority of a closed port");
}

static void check_masks(void)
{
	unsigned int p = ipi(), q;

	words[p] |= MASKED;
	check_eq(send(p), 0, "send to a masked port");
	check_eq(words[p], PENDING | MASKED, "pending, not linked");
	check_eq(control->ready, 0, "not ready");
	check_eq(unmask(p), 0, "unmask");
	check_eq(words[p], PENDING | LINKED, "links it");
	check_eq(control->head[7], p, "into its queue");
	check_eq(unmask(p), 0, "unmask what is not masked");
	check_eq(close(p), 0, "close while queued");
	check_eq(words[p], LINKED, "pending no more");
	q = ipi();
	check(q && q != p, "the port is not given out while it is queued");
	take(7);
	check_eq(ipi(), p, "but is once it was taken");
	check_eq(unmask(100000), -EINVAL, "unmask no port");
	close(p);
	close(q);
	words[p] = PENDING | MASKED;
	check_eq(unmask(p), 0, "unmask a closed port");
	check_eq(words[p], PENDING | MASKED, "does nothing");
	words[p] = 0;
}

static void check_poll(void)
{
	evtchn_port_t port = ipi();
	struct sched_poll p = { .nr_ports = 1, .timeout = 1 };

	set_xen_guest_handle(p.ports, &port);
	shared->vcpu_info[0].evtchn_upcall_mask = 1;
	words[port] |= MASKED;
	send(port);
	p.timeout = 0;
	check_eq(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, &p), 0, "poll a pending port");
	words[port] = 0;
	close(port);
}

static void check_many(void)
{
	struct evtchn_status st = { .dom = DOMID_SELF };
	unsigned int i, last = 0, p = 0;

	for (i = 1; i < 5; i++)
		check_eq(expand(va_to_mfn((char *)words + i * 4096)), 0, "one more page");
	for (i = 0; i < 5000 && (p = ipi()); i++)
		last = p;
	check(last >= 5000, "more ports than two levels have");
	check_eq(send(last), 0, "the last one");
	check_eq(words[last], PENDING | LINKED, "is raised");
	check_eq(take(7), last, "and taken");
	st.port = last;
	check_eq(ev(EVTCHNOP_status, &st), 0, "status");
	check_eq(st.status, EVTCHNSTAT_ipi, "of an ipi");
	reset();
	check_eq(ev(EVTCHNOP_status, &st), 0, "a port of before the reset");
	check_eq(st.status, EVTCHNSTAT_closed, "is closed");
	check_eq(send(last), -EINVAL, "and cannot send");
	check_eq(unmask(last), 0, "unmask one that two levels do not reach");
	check_eq(priority(1, 3), -ENOSYS, "two levels again");
	p = ipi();
	check(p && !send(p) && shared->evtchn_pending[p / 64] >> p % 64 & 1, "which work");
	shared->evtchn_pending[p / 64] = 0;
	close(p);
	check_eq(ev(14, &(struct evtchn_reset){ DOMID_SELF }), -EBUSY, "no reset to go on with");
	check_eq(ev(15, &(struct evtchn_reset){ DOMID_SELF }), -ENOSYS, "no such operation");
}

/* Nothing a guest writes may cost it more than its events. */
static void check_scribbles(void)
{
	uint32_t seed = 1, i, j;
	unsigned int p[32];

	check_eq(init_control(va_to_mfn(control_page), 64, 0, NULL), 0, "init_control again");
	check_eq(expand(va_to_mfn((void *)words)), 0, "expand_array again");
	for (i = 0; i < 32; i++)
		p[i] = ipi();
	for (i = 0; i < 20000; i++) {
		seed = seed * 1103515245 + 12345;
		j = seed >> 16;
		switch (j & 3) {
		case 0: words[p[j >> 2 & 31]] = seed; break;
		case 1: control->head[j >> 2 & 15] = seed; break;
		case 2: control->ready = seed; break;
		default: priority(p[j >> 2 & 31], j >> 8 & 15);
		}
		send(p[j >> 7 & 31]);
		unmask(p[j >> 3 & 31]);
	}
	check(true, "scribbling over queues harms nobody");
	memset((void *)words, 0, sizeof(words));
	memset(control_page, 0, sizeof(control_page));
	send(p[0]);
	check(words[p[0]] & PENDING, "and they can still be raised");
	for (i = 1; i < 128; i++)
		if (expand(va_to_mfn((void *)words)))
			break;
	check_eq(i, 128, "128 pages of words");
	check_eq(expand(va_to_mfn((void *)words)), -ENOSPC, "and no more");
	check_eq(expand(~0UL >> 12), -ENOSPC, "whatever the frame");
	reset();
}

void guest_main(void)
{
	check_before();
	check_switch();
	check_queues();
	check_masks();
	check_poll();
	check_many();
	check_scribbles();
}
