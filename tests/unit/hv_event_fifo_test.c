/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_event_fifo_test.c: the FIFO event ABI against a model of its queues, under a hostile guest, and
 * raced by moves, resets and a guest that consumes. */
#include "hv_guest.h"
#include <pthread.h>
#include <stdlib.h>

#define VCPUS 3
#define PORTS 48
#define STEPS 200000

#define PENDING (1U << EVTCHN_FIFO_PENDING)
#define MASKED  (1U << EVTCHN_FIFO_MASKED)
#define LINKED  (1U << EVTCHN_FIFO_LINKED)

static struct domain *dom0, *d;
static event_word_t *words;
static struct page *word_page, *control_page[VCPUS];
static uint32_t seed = 4711;

static unsigned int pick(unsigned int n)
{
	return random_next(&seed) % n;
}

static struct evtchn_fifo_control_block *control(unsigned int vcpu)
{
	return (void *)((char *)page_to_virt(control_page[vcpu]) + 8 * vcpu);
}

static void use_fifo(void)
{
	unsigned int i;

	for (i = 0; i < VCPUS; i++) {
		struct evtchn_init_control op = { .control_gfn = mfn_x(page_to_mfn(control_page[i])),
			.offset = 8 * i, .vcpu = i };

		memset(page_to_virt(control_page[i]), 0, PAGE_SIZE);
		assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_init_control, &op), 0);
		assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_init_control, &op), -EINVAL);
	}
	struct evtchn_expand_array ex = { mfn_x(page_to_mfn(word_page)) };

	memset(words, 0, PAGE_SIZE);
	assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_expand_array, &ex), 0);
}

static void make_ports(void)
{
	unsigned int i;

	for (i = 1; i <= PORTS; i++) {
		struct evtchn_alloc_unbound a = { DOMID_SELF, DOMID_SELF, 0 };
		struct evtchn_bind_interdomain b = { DOMID_SELF, 0, 0 };

		/* Port 2i-1 raises 2i and the other way round. */
		assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_alloc_unbound, &a), 0);
		b.remote_port = a.port;
		assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_bind_interdomain, &b), 0);
	}
}

static long send(unsigned int port) /* raises `port` */
{
	struct evtchn_send op = { port % 2 ? port + 1 : port - 1 };

	return evtchn_op(d->vcpu[0], EVTCHNOP_send, &op);
}

static long reset(void)
{
	struct evtchn_reset op = { DOMID_SELF };

	return evtchn_op(d->vcpu[0], EVTCHNOP_reset, &op);
}

static unsigned int take(unsigned int vcpu, unsigned int queue)
{
	struct evtchn_fifo_control_block *c = control(vcpu);
	unsigned int port = __atomic_load_n(&c->head[queue], __ATOMIC_SEQ_CST);
	uint32_t w;

	if (!port)
		return 0;
	port %= PAGE_SIZE / sizeof(*words); /* the guest may have written the link itself */
	w = __atomic_fetch_and(&words[port], ~(LINKED | EVTCHN_FIFO_LINK_MASK), __ATOMIC_SEQ_CST);
	c->head[queue] = w & EVTCHN_FIFO_LINK_MASK;
	return port;
}

/* --- against a model ------------------------------------------------------------------------------ */

static struct {
	unsigned int vcpu, priority;
	bool pending, masked, queued;
} model[2 * PORTS + 1];
static struct { unsigned int n, port[2 * PORTS]; } queue[VCPUS][EVTCHN_FIFO_MAX_QUEUES];

static void model_raise(unsigned int p)
{
	model[p].pending = true;
	if (model[p].masked || model[p].queued)
		return;
	model[p].queued = true;
	queue[model[p].vcpu][model[p].priority].port[queue[model[p].vcpu][model[p].priority].n++] = p;
}

static void step_send(unsigned int p)
{
	assert_int_equal(send(p), 0);
	model_raise(p);
}

static void step_move(unsigned int p)
{
	struct evtchn_bind_vcpu op = { p, pick(VCPUS) };

	assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_bind_vcpu, &op), 0);
	model[p].vcpu = op.vcpu;
}

static void step_priority(unsigned int p)
{
	struct evtchn_set_priority op = { p, pick(17) };

	assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_set_priority, &op),
		op.priority < 16 ? 0 : -EINVAL);
	if (op.priority < 16)
		model[p].priority = op.priority;
}

static void step_mask(unsigned int p)
{
	__atomic_fetch_or(&words[p], MASKED, __ATOMIC_SEQ_CST);
	model[p].masked = true;
}

static void step_unmask(unsigned int p)
{
	struct evtchn_unmask op = { p };

	assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_unmask, &op), 0);
	model[p].masked = false;
	if (model[p].pending)
		model_raise(p);
}

/* Empties one queue: every event comes in the order of the model. */
static void step_take(unsigned int p)
{
	unsigned int v = pick(VCPUS), q = pick(4) ? 7 : pick(16), i, port;

	for (i = 0; i < queue[v][q].n; i++) {
		port = take(v, q);
		assert_int_equal(port, queue[v][q].port[i]);
		model[port].queued = false;
		if (!model[port].masked) {
			__atomic_fetch_and(&words[port], ~PENDING, __ATOMIC_SEQ_CST);
			model[port].pending = false;
		}
	}
	if (queue[v][q].n)
		assert_true(control(v)->ready & 1U << q);
	assert_int_equal(take(v, q), 0);
	control(v)->ready &= ~(1U << q);
	queue[v][q].n = 0;
}

static void queues_match_model(void **state)
{
	static void (*const steps[])(unsigned int p) = { step_send, step_send, step_send, step_send,
		step_send, step_take, step_move, step_priority, step_mask, step_unmask };
	unsigned int i, p;

	make_ports();
	use_fifo();
	for (p = 1; p <= 2 * PORTS; p++) {
		model[p].vcpu = 0;
		model[p].priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
		if (words[p] & PENDING)
			model_raise(p);
	}
	for (i = 0; i < STEPS; i++) {
		p = 1 + pick(2 * PORTS);
		steps[pick(ARRAY_SIZE(steps))](p);
		assert_int_equal(words[p] & PENDING ? 1 : 0, model[p].pending);
		assert_int_equal(words[p] & LINKED ? 1 : 0, model[p].queued);
		assert_int_equal(words[p] & MASKED ? 1 : 0, model[p].masked);
	}
	assert_int_equal(reset(), 0);
	assert_null(d->ev.fifo);
	assert_int_equal(d->ev.x_active, 0);
}

/* --- many ports, pages, ends ---------------------------------------------------------------------- */

static void pages_come_and_go(void **state)
{
	struct evtchn_expand_array ex = { mfn_x(page_to_mfn(word_page)) };
	uint64_t refs = word_page->count_info, types = word_page->type_info;
	struct evtchn_bind_ipi b = { .vcpu = 1 };
	unsigned int i;

	assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_expand_array, &ex), -EOPNOTSUPP);
	use_fifo();
	for (i = 1; i < 128; i++)
		assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_expand_array, &ex), 0);
	assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_expand_array, &ex), -ENOSPC);
	d->ev.max_port = 4095;
	for (i = 1; i < 4096; i++)
		assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_bind_ipi, &b), 0);
	assert_int_equal(evtchn_op(d->vcpu[0], EVTCHNOP_bind_ipi, &b), -ENOSPC);
	always_preempt(true);
	assert_int_equal(reset(), 0);
	assert_true(restarts > 10);
	always_preempt(false);
	assert_int_equal(word_page->count_info, refs);
	assert_int_equal(word_page->type_info, types);
}

/* --- races ------------------------------------------------------------------------------------------ */

static bool stop;

static void *raiser(void *arg)
{
	uint32_t mine = 99;

	host_on_cpu(1);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		unsigned int p = 1 + random_next(&mine) % 8;

		current = d->vcpu[1];
		evtchn_send(d, p);
		if (random_next(&mine) % 4 == 0)
			evtchn_bind_vcpu(d, p, random_next(&mine) % VCPUS);
	}
	current = idle_vcpu[1];
	return NULL;
}

/* The guest consumes and scribbles while another of its vcpus raises, and resets under it. */
static void races(void **state)
{
	pthread_t t;
	unsigned int i, j, rounds;

	host_threads = true;
	stop = false;
	assert_int_equal(pthread_create(&t, NULL, raiser, NULL), 0);
	for (rounds = 0; rounds < 40; rounds++) {
		current = d->vcpu[0];
		for (i = 0; i < 4; i++) {
			struct evtchn_alloc_unbound a = { DOMID_SELF, DOMID_SELF, 0 };
			struct evtchn_bind_interdomain b = { DOMID_SELF, 0, 0 };

			evtchn_op(d->vcpu[0], EVTCHNOP_alloc_unbound, &a);
			b.remote_port = a.port;
			evtchn_op(d->vcpu[0], EVTCHNOP_bind_interdomain, &b);
		}
		use_fifo();
		for (i = 0; i < 3000; i++) {
			j = random_next(&seed);
			if (rounds % 2)
				__atomic_store_n(&words[1 + j % 8], j, __ATOMIC_SEQ_CST);
			for (j = 0; j < VCPUS; j++)
				take(j, 7);
		}
		assert_int_equal(reset(), 0);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(t, NULL);
	host_threads = false;
	assert_null(d->ev.fifo);
}

static int setup(void **state)
{
	unsigned int i;

	host_init(2, 64, "loglvl=none");
	dom0 = host_make_dom0(1, 100);
	d = host_make_domain(VCPUS, 100);
	word_page = alloc_domheap_pages(d, 0, 0);
	words = page_to_virt(word_page);
	for (i = 0; i < VCPUS; i++)
		control_page[i] = alloc_domheap_pages(d, 0, 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queues_match_model),
		cmocka_unit_test(pages_come_and_go),
		cmocka_unit_test(races),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
