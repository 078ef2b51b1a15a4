/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_share_test.c: how the scheduler shares out CPUs: weights and caps. */
#include "hv_sched.h"

static void weights_on_one_cpu(void **state)
{
	double s[MAX_DOMS];

	hog(1, 1, 256, 0);
	hog(1, 1, 512, 0);
	hog(1, 1, 1024, 0);
	shares(s, 3000);
	assert_near(s[0], 100.0 / 7, 1.5);
	assert_near(s[1], 200.0 / 7, 1.5);
	assert_near(s[2], 400.0 / 7, 1.5);
}

static void three_on_two_cpus(void **state)
{
	double s[MAX_DOMS];

	for (unsigned int i = 0; i < 3; i++)
		hog(1, 2, 256, 0);
	shares(s, 3000);
	for (unsigned int i = 0; i < 3; i++)
		assert_near(s[i], 200.0 / 3, 4);
}

static void weights_on_four_cpus(void **state)
{
	double s[MAX_DOMS];

	for (unsigned int i = 0; i < 8; i++)
		hog(1, 4, i < 4 ? 256 : 512, 0);
	shares(s, 4000);
	for (unsigned int i = 0; i < 8; i++)
		assert_near(s[i], i < 4 ? 100.0 / 3 : 200.0 / 3, 5);
}

/* More vcpus than CPUs: the domain's weight is that of each of its vcpus. */
static void many_vcpus(void **state)
{
	double s[MAX_DOMS];

	hog(4, 2, 256, 0);
	hog(4, 2, 512, 0);
	shares(s, 6000);
	assert_near(s[0], 200.0 / 3, 5);
	assert_near(s[1], 400.0 / 3, 5);
}

static void a_vcpu_against_32(void **state)
{
	double s[MAX_DOMS];

	hog(1, 2, 256, 0);
	hog(32, 2, 256, 0);
	shares(s, 12000);
	assert_near(s[0], 200.0 / 33, 5);
	assert_near(s[0] + s[1], 200, 1);
}

static void alone_gets_all(void **state)
{
	struct domain *d = hog(1, 4, 1, 0);
	unsigned long switches;

	host_advance(MILLISECS(10));
	switches = host_switches;
	assert_near(share(d, 1000), 100, 0.1);
	assert_int_equal(host_switches, switches);
}

static void caps(void **state)
{
	struct domain *d = hog(1, 1, 256, 25), *wide;

	host_advance(MILLISECS(100));
	assert_near(share(d, 2000), 25, 1);
	wide = hog(4, 4, 256, 150);
	host_advance(MILLISECS(100));
	assert_near(share(wide, 2000), 150, 6);
}

static void cap_removed(void **state)
{
	struct domain *d = hog(2, 4, 256, 10);
	struct xen_domctl_scheduler_op op = {
		.sched_id = XEN_SCHEDULER_CREDIT2, .cmd = XEN_DOMCTL_SCHEDOP_putinfo,
	};

	assert_near(share(d, 2000), 10, 2);
	op.u.credit2.cap = 0;
	assert_int_equal(sched_adjust(d, &op), 0);
	assert_near(share(d, 1000), 200, 1);
	op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
	assert_int_equal(sched_adjust(d, &op), 0);
	assert_int_equal(op.u.credit2.weight, 256);
	assert_int_equal(op.u.credit2.cap, 0);
	op.cmd = 77;
	assert_int_equal(sched_adjust(d, &op), -EINVAL);
	op.sched_id = XEN_SCHEDULER_NULL;
	assert_int_equal(sched_adjust(d, &op), -EINVAL);
}

/* The refill goes through its vcpus: it ends before the first of them goes. */
static void capped_dies(void **state)
{
	hog(3, 4, 256, 20);

	host_advance(MILLISECS(30));
	host_kill_domain(doms[--nr_doms]);
	host_advance(MILLISECS(30));
	assert_int_equal(host_early_frees, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(weights_on_one_cpu),
		CASE(three_on_two_cpus),
		CASE(weights_on_four_cpus),
		CASE(alone_gets_all),
		CASE(caps),
		CASE(cap_removed),
		CASE(capped_dies),
		CASE(many_vcpus),
		CASE(a_vcpu_against_32),
	};

	return run_each(tests, ARRAY_SIZE(tests));
}
