/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_sched_test.c: wakeups, affinity, run states and pauses on simulated CPUs. */
#include "hv_sched.h"

static uint32_t seed;

static unsigned int rnd(unsigned int n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* --- waking ---------------------------------------------------------------------------------------- */

#define STEP  MICROSECS(50) /* how often it is looked whether a woken vcpu runs */
#define SLICE MILLISECS(10)

/* What a vcpu that slept so long has to wait: whoever runs in its place keeps the CPU for the rest of the rate
 * limit, counted from when the sleeper went. After a longer sleep that is over, but if another slice began
 * meanwhile: one of ten wakes falls into the first millisecond of one, and waits half of it on average. */
static s_time_t expected_wait(s_time_t slept)
{
	s_time_t limit = MICROSECS(sched_ratelimit_us);

	return slept < limit ? limit - slept + STEP : limit / 2 * limit / SLICE;
}

/* A few are late, when what waits there is behind the sleeper: by one slice. */
static void sleepers_run_at_once(void **state)
{
	struct domain *d = hog(1, 4, 256, 0);
	struct vcpu *v = d->vcpu[0];
	s_time_t sum = 0, expected = 0;
	unsigned int late = 0;

	for (unsigned int i = 0; i < 6; i++)
		hog(1, 4, 256, 0);
	for (unsigned int i = 0; i < 200; i++) {
		s_time_t woken, waited = 0, slept = MICROSECS(100 + i * 37);

		block(v);
		assert_false(vcpu_on_cpu(v));
		host_advance(slept);
		woken = now();
		vcpu_unblock(v);
		while (host_run_all(), !vcpu_on_cpu(v)) {
			host_advance(STEP);
			waited = now() - woken;
			assert_true(waited < SLICE + STEP);
		}
		if (waited > MICROSECS(sched_ratelimit_us) + STEP) {
			late++;
		} else {
			sum += waited;
			expected += expected_wait(slept);
		}
		host_advance(MICROSECS(200));
	}
	assert_true(late <= 10);
	assert_true(sum <= expected);
}

static void idle_cpus_take_what_wakes(void **state)
{
	struct domain *d = hog(4, 4, 256, 0);

	host_run_all();
	for (unsigned int i = 0; i < 4; i++)
		assert_true(d->vcpu[i]->is_running);
	for (unsigned int i = 0; i < 4; i++)
		block(d->vcpu[i]);
	for (unsigned int i = 0; i < 4; i++)
		vcpu_give_up_state(d->vcpu[i]);
	host_run_all();
	for (unsigned int i = 0; i < 4; i++)
		d->vcpu[i]->processor = 0; /* all last ran on the same one */
	for (unsigned int i = 0; i < 4; i++)
		vcpu_unblock(d->vcpu[i]);
	host_run_all();
	for (unsigned int i = 0; i < 4; i++)
		assert_true(vcpu_on_cpu(d->vcpu[i]));
}

/* A CPU that goes idle keeps what it has of the vcpu, until somebody wants it. */
static void idle_keeps_the_state(void **state)
{
	struct domain *d = hog(1, 1, 256, 0);
	struct vcpu *v = d->vcpu[0];
	unsigned long saves;

	host_run_all();
	saves = host_saves;
	for (unsigned int i = 0; i < 3; i++) {
		block(v);
		assert_ptr_equal(cpu_current(0), idle_vcpu[0]);
		assert_true(v->is_running && !vcpu_on_cpu(v));
		vcpu_unblock(v);
		host_run_all();
		assert_true(vcpu_on_cpu(v));
	}
	assert_int_equal(host_saves, saves);
	block(v);
	hog(1, 1, 256, 0); /* another one runs there */
	host_run_all();
	assert_false(v->is_running);
	assert_int_equal(host_saves, saves + 1);
}

static void wake(struct vcpu *v)
{
	vcpu_unblock(v);
	host_run_all();
	assert_true(vcpu_on_cpu(v));
}

static void state_is_given_up(void **state)
{
	struct domain *d = hog(1, 2, 256, 0);
	struct vcpu *v = d->vcpu[0];
	struct cpumask m = first_cpus(1);
	unsigned int cpu;

	host_run_all();
	block(v);
	assert_true(v->is_running);
	host_on_cpu(3);
	vcpu_pause(v); /* its registers can be looked at */
	assert_false(v->is_running);
	vcpu_unpause(v);
	wake(v);
	block(v);
	host_on_cpu(v->processor);
	vcpu_pause(v); /* by its own CPU, where nobody else could do it */
	assert_false(v->is_running);
	vcpu_unpause(v);
	wake(v);
	block(v);
	host_on_cpu(v->processor);
	sched_state_unwanted();
	assert_true(v->is_running);
	host_run_all();
	assert_false(v->is_running);
	wake(v);
	block(v);
	cpu = v->processor;
	m.bits[0] <<= !cpu; /* the other one */
	assert_int_equal(vcpu_set_hard_affinity(v, &m), 0);
	host_run_all();
	assert_false(v->is_running);
	assert_int_not_equal(v->processor, cpu);
	wake(v);
}

static void yield_lets_others_go(void **state)
{
	struct domain *a = hog(1, 1, 256, 0), *b = hog(1, 1, 256, 0);
	struct domain *first;

	host_advance(MILLISECS(20));
	first = a->vcpu[0]->is_running ? a : b;
	assert_ptr_equal(current, first->vcpu[0]);
	vcpu_yield();
	host_run_all();
	assert_ptr_equal(current->domain, first == a ? b : a);
}

static void block_looks_for_events(void **state)
{
	struct domain *d = hog(1, 1, 256, 0);
	struct vcpu *v = d->vcpu[0];

	host_run_all();
	assert_ptr_equal(current, v);
	v->vcpu_info->evtchn_upcall_mask = 1;
	v->vcpu_info->evtchn_upcall_pending = 1;
	vcpu_block();
	host_run_all();
	assert_ptr_equal(current, v);
	assert_int_equal(v->vcpu_info->evtchn_upcall_mask, 0);
	v->vcpu_info->evtchn_upcall_pending = 0;
	vcpu_block();
	host_run_all();
	assert_ptr_equal(current, idle_vcpu[0]);
	assert_int_equal(v->runstate.state, RUNSTATE_blocked);
	vcpu_unblock(v);
	host_run_all();
	assert_ptr_equal(current, v);
}

/* --- affinity and states ------------------------------------------------------------------------------ */

static void affinity_moves_at_once(void **state)
{
	struct domain *d = hog(1, 4, 256, 0);
	struct vcpu *v = d->vcpu[0];
	struct cpumask m = { { 0 } };

	assert_int_equal(vcpu_set_hard_affinity(v, &m), -EINVAL);
	cpumask_set(CPUS, &m);
	assert_int_equal(vcpu_set_hard_affinity(v, &m), -EINVAL); /* not online */
	for (unsigned int i = 0; i < 50; i++) {
		unsigned int cpu = (i * 7) % CPUS;

		cpumask_zero(&m);
		cpumask_set(cpu, &m);
		if (i % 3 == 0)
			block(v);
		assert_int_equal(vcpu_set_hard_affinity(v, &m), 0);
		vcpu_unblock(v);
		host_run_all();
		assert_int_equal(v->processor, cpu);
		assert_ptr_equal(cpu_current(cpu), v);
		host_advance(MILLISECS(3));
	}
}

static void soft_affinity_is_preferred(void **state)
{
	struct domain *d = hog(1, 4, 256, 0);
	struct vcpu *v = d->vcpu[0];
	struct cpumask m = { { 1UL << 3 } };

	assert_int_equal(vcpu_set_soft_affinity(v, &m), 0);
	block(v);
	vcpu_unblock(v);
	host_run_all();
	assert_int_equal(v->processor, 3);
	m = (struct cpumask){ { 0 } };
	assert_int_equal(vcpu_set_soft_affinity(v, &m), -EINVAL);
}

static void runstates_add_up(void **state)
{
	struct domain *d = hog(1, 1, 256, 0);
	struct vcpu *v = d->vcpu[0];
	struct vcpu_runstate_info a, b;
	uint64_t sum = 0;

	hog(1, 1, 256, 0);
	host_run_all();
	vcpu_runstate_get(v, &a);
	host_advance(MILLISECS(100));
	block(v);
	host_advance(MILLISECS(50));
	vcpu_unblock(v);
	host_advance(MILLISECS(100));
	host_on_cpu(1);
	vcpu_pause(v);
	host_advance(MILLISECS(30));
	vcpu_runstate_get(v, &b);
	for (unsigned int i = 0; i < 4; i++)
		sum += b.time[i] - a.time[i];
	assert_int_equal(sum, MILLISECS(280));
	assert_int_equal(b.time[RUNSTATE_blocked] - a.time[RUNSTATE_blocked], MILLISECS(50));
	assert_int_equal(b.time[RUNSTATE_offline] - a.time[RUNSTATE_offline], MILLISECS(30));
	vcpu_unpause(v);
}

static void idle_time_counts(void **state)
{
	s_time_t before = cpu_idle_time(0);

	host_advance(MILLISECS(500));
	assert_int_equal(cpu_idle_time(0) - before, MILLISECS(500));
	hog(1, 1, 256, 0);
	host_run_all();
	before = cpu_idle_time(0);
	host_advance(MILLISECS(500));
	assert_int_equal(cpu_idle_time(0) - before, 0);
	assert_int_equal(cpu_idle_time(NR_CPUS), 0);
}

static void toolstack_pauses(void **state)
{
	struct domain *d = hog(1, 1, 256, 0);

	host_on_cpu(1); /* d runs on 0 */
	assert_int_equal(domain_unpause_by_toolstack(d), -EINVAL);
	for (unsigned int i = 0; i < 255; i++)
		assert_int_equal(domain_pause_by_toolstack(d), 0);
	assert_int_equal(domain_pause_by_toolstack(d), -EUSERS);
	for (unsigned int i = 0; i < 255; i++) {
		assert_false(d->vcpu[0]->is_running);
		assert_int_equal(domain_unpause_by_toolstack(d), 0);
	}
	host_run_all();
	assert_true(d->vcpu[0]->is_running);
}

/* --- everything at once -------------------------------------------------------------------------------- */

static void check_running(void)
{
	for (unsigned int c = 0; c < CPUS; c++) {
		struct vcpu *v = cpu_current(c);

		assert_true(v->is_running);
		assert_int_equal(v->processor, c);
		for (unsigned int o = 0; o < c; o++)
			assert_ptr_not_equal(cpu_current(o), v);
	}
}

/* When nothing is pending: what may not run does not, and no CPU idles past a vcpu that waits. */
static void check_settled(void)
{
	struct vcpu *v;

	for (unsigned int i = 0; i < nr_doms; i++)
		for_each_vcpu (doms[i], v) {
			if (!vcpu_runnable(v)) {
				assert_false(vcpu_on_cpu(v));
				continue;
			}
			assert_true(cpumask_test(v->processor, &v->hard_affinity));
			for (unsigned int c = 0; !vcpu_on_cpu(v) && c < CPUS; c++)
				if (cpumask_test(c, &v->hard_affinity))
					assert_false(is_idle_vcpu(cpu_current(c)));
		}
}

static void random_step(void)
{
	struct domain *d = doms[rnd(nr_doms)];
	struct vcpu *v = d->vcpu[rnd(d->max_vcpus)];
	struct cpumask m = { { 1 + rnd(15) } };

	host_on_cpu(rnd(CPUS));
	switch (rnd(12)) {
	case 0: case 1:
		set_bit(VPF_blocked, v->pause_flags);
		vcpu_sleep_nosync(v);
		break;
	case 2: case 3: case 4:
		vcpu_unblock(v);
		break;
	case 5:
		vcpu_pause_nosync(v);
		v->paused_for_shutdown = true; /* just to remember it */
		break;
	case 6:
		if (v->pause_count)
			vcpu_unpause(v);
		break;
	case 7:
		if (current != v) {
			vcpu_pause(v);
			assert_false(v->is_running);
			vcpu_unpause(v);
		}
		break;
	case 8:
		vcpu_set_hard_affinity(v, &m);
		break;
	case 9:
		host_set_time(now() + rnd(3000000));
		timer_interrupt();
		break;
	default:
		if (rnd(2))
			host_run_cpu(rnd(CPUS));
		else
			host_finish_switch(rnd(CPUS));
		break;
	}
}

static void random_interleavings(void **state)
{
	struct vcpu *v;

	seed = 99;
	hog(3, 4, 256, 0);
	hog(2, 4, 512, 60);
	hog(1, 4, 256, 0);
	hog(2, 2, 100, 0);
	host_defer_saved = true;
	for (unsigned int step = 0; step < 60000; step++) {
		random_step();
		check_running();
		if (step % 50 == 0) {
			host_run_all();
			check_settled();
		}
	}
	host_on_cpu(0);
	host_run_all();
	for (unsigned int i = 0; i < nr_doms; i++)
		for_each_vcpu (doms[i], v) {
			struct cpumask all = first_cpus(CPUS);

			while (v->pause_count)
				vcpu_unpause(v);
			vcpu_unblock(v);
			vcpu_set_hard_affinity(v, &all);
			v->paused_for_shutdown = false;
		}
	for (unsigned int i = 0; i < nr_doms; i++)
		for_each_vcpu (doms[i], v) {
			s_time_t before = v->runstate.time[RUNSTATE_running];
			struct vcpu_runstate_info info;

			host_advance(MILLISECS(500));
			vcpu_runstate_get(v, &info);
			assert_true((s_time_t)info.time[RUNSTATE_running] > before);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(sleepers_run_at_once),
		CASE(idle_cpus_take_what_wakes),
		CASE(idle_keeps_the_state),
		CASE(state_is_given_up),
		CASE(yield_lets_others_go),
		CASE(block_looks_for_events),
		CASE(affinity_moves_at_once),
		CASE(soft_affinity_is_preferred),
		CASE(runstates_add_up),
		CASE(idle_time_counts),
		CASE(toolstack_pauses),
		CASE(random_interleavings),
	};

	return run_each(tests, ARRAY_SIZE(tests));
}
