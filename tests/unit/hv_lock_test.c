/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_lock_test.c: ticket locks between real threads, and the check of their order. */
#include <hv/lib.h>
#include <hv/softirq.h>
#include <hv/spinlock.h>
#include <hv/timer.h>
#include <asm/host.h>
#include <pthread.h>
#include <setjmp.h>
#include <cmocka.h>

#define THREADS 4
#define ROUNDS  30000

static DEFINE_SPINLOCK(low, LOCK_EVTCHN);
static DEFINE_SPINLOCK(low2, LOCK_EVTCHN);
static DEFINE_SPINLOCK(high, LOCK_HEAP);

static void order_is_checked(void **state)
{
	spin_lock(&low);
	spin_lock(&high);
	spin_unlock(&low); /* in any order */
	spin_unlock(&high);

	spin_lock(&high);
	assert_true(host_stops(spin_lock(&low)));
	spin_unlock(&high);

	spin_lock(&low);
	assert_true(host_stops(spin_lock(&low2)));
	spin_lock_nested(&low2);
	spin_unlock(&low2);
	assert_true(host_stops(spin_lock(&low))); /* itself */
	assert_true(host_stops(spin_check_none_held()));
	spin_unlock(&low);
	spin_check_none_held();
	assert_true(host_stops(spin_unlock(&low)));
}

static void interrupts_are_apart(void **state)
{
	struct spinlock irq = SPINLOCK_INIT(LOCK_IRQ_DESC), sched = SPINLOCK_INIT(LOCK_SCHED);
	struct spinlock event = SPINLOCK_INIT(LOCK_EVTCHN);
	unsigned long flags;

	spin_lock(&high); /* interrupts on: one comes and its handler locks */
	spin_lock_irqsave(&irq, flags);
	spin_unlock_irqrestore(&irq, flags);
	spin_lock_irqsave(&event, flags); /* a device's interrupt ends in an event */
	spin_unlock_irqrestore(&event, flags);
	spin_unlock(&high);
	spin_lock_irqsave(&sched, flags);
	assert_true(host_stops(spin_lock(&irq)));
	local_irq_disable();
	spin_unlock_irqrestore(&sched, flags);
}

static void trylock(void **state)
{
	struct spinlock l = SPINLOCK_INIT(LOCK_LEAF);

	for (unsigned int i = 0; i < 70000; i++) { /* tickets wrap */
		assert_true(spin_trylock(&l));
		assert_true(spin_is_locked(&l));
		assert_false(spin_trylock(&l));
		spin_unlock(&l);
		assert_false(spin_is_locked(&l));
	}
}

static void waiting_for_oneself_is_noticed(void **state)
{
	struct spinlock l = SPINLOCK_INIT(LOCK_LEAF);

	l.tail++; /* somebody who never unlocks */
	assert_true(host_stops(spin_lock(&l)));
}

/* --- threads ------------------------------------------------------------------------------------ */

static DEFINE_SPINLOCK(shared, LOCK_LEAF);
static unsigned long counter, tries;

static void *hammer(void *cpu)
{
	host_on_cpu((unsigned int)(uintptr_t)cpu);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		if (i % 4 || !spin_trylock(&shared))
			spin_lock(&shared);
		else
			tries++;
		counter++;
		spin_unlock(&shared);
	}
	return NULL;
}

static struct timer timers[THREADS][8];
static unsigned int fired;

static void count_fired(void *unused)
{
	__atomic_fetch_add(&fired, 1, __ATOMIC_RELAXED);
}

static void *hammer_timers(void *cpu)
{
	unsigned int self = (unsigned int)(uintptr_t)cpu, r = self + 1;

	host_on_cpu(self);
	for (unsigned int i = 0; i < ROUNDS / 10; i++) {
		struct timer *t;

		r = r * 1664525 + 1013904223;
		t = &timers[(r >> 8) % THREADS][(r >> 16) % 8];
		if (r >> 30 == 0)
			timer_migrate(t, (r >> 20) % THREADS);
		else if (r >> 30 == 1)
			timer_stop(t);
		else
			timer_set(t, now() + (s_time_t)(r >> 24) - 128);
		if (i % 16 == 0)
			softirq_process();
	}
	return NULL;
}

static void run_threads(void *(*fn)(void *))
{
	pthread_t t[THREADS];

	host_threads = true;
	for (unsigned int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, fn, (void *)(uintptr_t)i), 0);
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	host_threads = false;
	host_on_cpu(0);
}

static void threads_exclude_each_other(void **state)
{
	run_threads(hammer);
	assert_int_equal(counter, (unsigned long)THREADS * ROUNDS);
	assert_false(spin_is_locked(&shared));
}

static void timers_under_contention(void **state)
{
	for (unsigned int i = 0; i < THREADS * 8; i++)
		timer_init(&timers[i / 8][i % 8], count_fired, NULL, i % THREADS);
	run_threads(hammer_timers);
	host_advance(SECONDS(1));
	assert_true(fired > 0);
	fired = 0;
	for (unsigned int i = 0; i < THREADS * 8; i++)
		timer_set(&timers[i / 8][i % 8], now() + 10);
	host_advance(10);
	assert_int_equal(fired, THREADS * 8); /* no heap lost one */
	for (unsigned int i = 0; i < THREADS * 8; i++)
		timer_kill(&timers[i / 8][i % 8]);
}

static int setup(void **state)
{
	host_init(THREADS, 16, "loglvl=none");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_checked),
		cmocka_unit_test(interrupts_are_apart),
		cmocka_unit_test(trylock),
		cmocka_unit_test(threads_exclude_each_other),
		cmocka_unit_test(timers_under_contention),
		cmocka_unit_test(waiting_for_oneself_is_noticed),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
