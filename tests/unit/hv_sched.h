/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_sched.h: a machine of simulated CPUs with a fake clock, for tests of the scheduler: every case has one that
 * has just started. A vcpu that is never blocked here is a loop that takes all the time it gets. */
#ifndef TESTS_HV_SCHED_H
#define TESTS_HV_SCHED_H

#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/softirq.h>
#include <asm/host.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#define CPUS 4
#define MAX_DOMS 8

static struct domain *doms[MAX_DOMS];
static unsigned int nr_doms;

static inline struct cpumask first_cpus(unsigned int n)
{
	return (struct cpumask){ { (1UL << n) - 1 } };
}

static inline struct domain *hog(unsigned int vcpus, unsigned int cpus, unsigned int weight, unsigned int cap)
{
	struct xen_domctl_scheduler_op op = {
		.sched_id = XEN_SCHEDULER_CREDIT2,
		.cmd = XEN_DOMCTL_SCHEDOP_putinfo,
		.u.credit2 = { .weight = weight, .cap = cap },
	};
	struct domain *d = host_make_domain(vcpus, 0);
	struct cpumask m = first_cpus(cpus);
	struct vcpu *v;

	for_each_vcpu (d, v)
		assert_int_equal(vcpu_set_hard_affinity(v, &m), 0);
	assert_int_equal(sched_adjust(d, &op), 0);
	assert_int_equal(domain_unpause_by_toolstack(d), 0);
	doms[nr_doms++] = d;
	return d;
}

static inline s_time_t run_time(struct domain *d)
{
	struct xen_domctl_getdomaininfo info;

	getdomaininfo(d, &info);
	return info.cpu_time;
}

/* Percent of one CPU that d gets in the next `ms`. */
static inline double share(struct domain *d, unsigned int ms)
{
	s_time_t before = run_time(d);

	host_advance(MILLISECS(ms));
	return 100.0 * (run_time(d) - before) / MILLISECS(ms);
}

static inline void shares(double *ret, unsigned int ms)
{
	s_time_t before[MAX_DOMS];

	for (unsigned int i = 0; i < nr_doms; i++)
		before[i] = run_time(doms[i]);
	host_advance(MILLISECS(ms));
	for (unsigned int i = 0; i < nr_doms; i++)
		ret[i] = 100.0 * (run_time(doms[i]) - before[i]) / MILLISECS(ms);
}

#define assert_near(a, b, tolerance)                                             \
	do {                                                                     \
		double a_ = (a), b_ = (b);                                       \
		if (a_ < b_ - (tolerance) || a_ > b_ + (tolerance))              \
			fail_msg("%s is %.2f, not %.2f", #a, a_, b_);            \
	} while (0)

static inline int end(void **state)
{
	host_defer_saved = false;
	host_on_cpu(0);
	host_run_all();
	while (nr_doms)
		host_kill_domain(doms[--nr_doms]);
	for (unsigned int i = 0; i < CPUS; i++)
		assert_ptr_equal(cpu_current(i), idle_vcpu[i]);
	return 0;
}

static inline void block(struct vcpu *v)
{
	set_bit(VPF_blocked, v->pause_flags);
	vcpu_sleep_nosync(v);
	host_run_all();
}

static inline int setup(void **state)
{
	host_init(CPUS, 32, "loglvl=none");
	host_make_dom0(1, 0);
	set_bit(VPF_blocked, hardware_domain->vcpu[0]->pause_flags);
	vcpu_sleep_nosync(hardware_domain->vcpu[0]);
	return 0;
}

/* In a process of its own. */
static inline int run_alone(const struct CMUnitTest *test)
{
	int status = 1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		exit(_cmocka_run_group_tests(test->name, test, 1, setup, NULL));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return status != 0;
}

static inline int run_each(const struct CMUnitTest *tests, size_t n)
{
	int failed = 0;

	for (size_t i = 0; i < n; i++)
		failed += run_alone(&tests[i]);
	return failed;
}

#define CASE(fn) cmocka_unit_test_teardown(fn, end)

#endif
