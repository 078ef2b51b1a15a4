/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_time_test.c: timers, softirqs, tasklets on simulated CPUs. */
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/softirq.h>
#include <hv/timer.h>
#include <asm/host.h>
#include <setjmp.h>
#include <cmocka.h>

#define TIMERS 200

static uint32_t seed = 4711;

static unsigned int rnd(unsigned int n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

struct probe {
	struct timer t;
	unsigned int fired, cpu;
	s_time_t due, at;
	bool armed;
};

static void note(void *data)
{
	struct probe *p = data;

	p->fired++;
	p->at = now();
	p->cpu = smp_processor_id();
	p->armed = false;
}

static void fires_once_and_in_time(void **state)
{
	struct probe p = { .fired = 0 };

	timer_init(&p.t, note, &p, 0);
	timer_set(&p.t, now() + 1000);
	host_advance(999);
	assert_int_equal(p.fired, 0);
	host_advance(1);
	assert_int_equal(p.fired, 1);
	host_advance(SECONDS(1));
	assert_int_equal(p.fired, 1);
	timer_set(&p.t, now() - 5); /* the past: at once */
	host_advance(0);
	assert_int_equal(p.fired, 2);
	timer_set(&p.t, now() + 10);
	timer_stop(&p.t);
	host_advance(100);
	assert_int_equal(p.fired, 2);
	timer_kill(&p.t);
	timer_set(&p.t, now() + 10);
	host_advance(100);
	assert_int_equal(p.fired, 2);
}

/* Random arming, stopping and migrating against what each probe remembers. */
static void many_against_model(void **state)
{
	static struct probe probes[TIMERS];

	for (unsigned int i = 0; i < TIMERS; i++)
		timer_init(&probes[i].t, note, &probes[i], i % 4);
	for (unsigned int step = 0; step < 20000; step++) {
		struct probe *p = &probes[rnd(TIMERS)];
		unsigned int fired = p->fired;

		host_on_cpu(rnd(4));
		switch (rnd(5)) {
		case 0: case 1:
			p->due = now() + rnd(5000) - 50;
			p->armed = true;
			timer_set(&p->t, p->due);
			break;
		case 2:
			timer_stop(&p->t);
			p->armed = false;
			break;
		case 3:
			timer_migrate(&p->t, rnd(4));
			break;
		default:
			host_advance(rnd(100));
			for (unsigned int i = 0; i < TIMERS; i++)
				if (probes[i].armed)
					assert_true(probes[i].due > now());
			break;
		}
		if (p->fired != fired) {
			assert_true(p->at >= p->due);
			assert_int_equal(p->cpu, p->t.cpu);
		}
	}
	host_on_cpu(0);
	for (unsigned int i = 0; i < TIMERS; i++)
		timer_kill(&probes[i].t);
}

static unsigned int order[8], order_len;

static void append(void *data)
{
	order[order_len++ % 8] = (unsigned int)(uintptr_t)data;
}

static void fire_in_order_of_time(void **state)
{
	static const unsigned int when[] = { 50, 10, 40, 20, 30 };
	struct timer t[5];

	order_len = 0;
	for (unsigned int i = 0; i < 5; i++) {
		timer_init(&t[i], append, (void *)(uintptr_t)when[i], 0);
		timer_set(&t[i], now() + when[i]);
	}
	host_set_time(now() + 100); /* all are late at once */
	host_advance(0);
	assert_int_equal(order_len, 5);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(order[i], 10 * (i + 1));
}

static struct timer rearmed;
static unsigned int rearm_count;

static void rearm(void *unused)
{
	rearm_count++;
	timer_set(&rearmed, now() + 10);
}

static void handler_may_rearm(void **state)
{
	timer_init(&rearmed, rearm, NULL, 1);
	timer_set(&rearmed, now() + 10);
	host_advance(100);
	assert_int_equal(rearm_count, 10);
	timer_kill(&rearmed);
	host_advance(100);
	assert_int_equal(rearm_count, 10);
}

/* --- softirqs and tasklets ---------------------------------------------------------------------- */

static void raises_elsewhere_send_ipis(void **state)
{
	unsigned long ipis = host_ipis;

	softirq_raise(SOFTIRQ_TASKLET);
	assert_int_equal(host_ipis, ipis);
	softirq_raise_cpu(2, SOFTIRQ_TASKLET);
	assert_int_equal(host_ipis, ipis + 1);
	softirq_raise_cpu(2, SOFTIRQ_TASKLET); /* it knows already */
	assert_int_equal(host_ipis, ipis + 1);
	assert_true(softirq_is_pending());
	assert_true(hypercall_preempt_check());
	host_run_all();
	assert_false(softirq_is_pending());
	assert_false(hypercall_preempt_check());
}

static struct tasklet again;
static unsigned int again_count;

static void run_again(void *unused)
{
	if (++again_count < 3)
		tasklet_schedule(&again);
}

static void tasklets(void **state)
{
	struct tasklet a = TASKLET_INIT(append, (void *)1), b = TASKLET_INIT(append, (void *)2);

	order_len = 0;
	tasklet_schedule(&a);
	tasklet_schedule(&b);
	tasklet_schedule(&a); /* is queued already */
	host_on_cpu(1);
	tasklet_schedule(&a);
	host_on_cpu(0);
	host_run_all();
	assert_int_equal(order_len, 2);
	assert_int_equal(order[0], 1);
	assert_int_equal(order[1], 2);
	again = (struct tasklet)TASKLET_INIT(run_again, NULL);
	tasklet_schedule(&again);
	host_run_all();
	assert_int_equal(again_count, 3);
}

static void look_what_is_left(void *ret)
{
	*(bool *)ret = softirq_is_pending();
}

static void scheduler_comes_last(void **state)
{
	unsigned long switches = host_switches;
	bool left = false;
	struct tasklet a = TASKLET_INIT(look_what_is_left, &left);

	softirq_raise(SOFTIRQ_SCHEDULE);
	tasklet_schedule(&a);
	softirq_process();
	assert_true(left);
	assert_false(softirq_is_pending());
	assert_int_equal(host_switches, switches); /* idle goes on */
}

static int setup(void **state)
{
	host_init(4, 16, "loglvl=none");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fires_once_and_in_time),
		cmocka_unit_test(many_against_model),
		cmocka_unit_test(fire_in_order_of_time),
		cmocka_unit_test(handler_may_rearm),
		cmocka_unit_test(raises_elsewhere_send_ipis),
		cmocka_unit_test(tasklets),
		cmocka_unit_test(scheduler_comes_last),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
