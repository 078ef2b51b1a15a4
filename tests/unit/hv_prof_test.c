/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_prof_test.c: samples: rings that a hostile reader writes to, callers, lists of domains, and buffers that are
 * mapped still when their domain is gone. */
#include "hv_ctl.h"
#include <hv/event.h>
#include <hv/prof.h>

#define SAMPLES 7

static union {
	struct xenoprof_init init;
	struct xenoprof_get_buffer get;
	struct xenoprof_passive passive;
	domid_t domid;
	uint64_t depth;
} u;

static long prof(struct vcpu *v, unsigned int op)
{
	return HC(v, xenoprof_op, op, &u, 0);
}

static struct xenoprof_buf *at(uint64_t machine)
{
	return mfn_to_virt(paddr_to_mfn(machine));
}

static struct xenoprof_buf *own_buffer(struct vcpu *v, int samples)
{
	u.get.max_samples = samples;
	assert_int_equal(prof(v, XENOPROF_get_buffer), 0);
	return at(u.get.buf_gmaddr);
}

static long set_active(domid_t id)
{
	u.domid = id;
	return prof(v0, XENOPROF_set_active);
}

static long set_passive(domid_t id)
{
	u.passive.domain_id = id;
	u.passive.max_samples = SAMPLES;
	return prof(v0, XENOPROF_set_passive);
}

static void set_depth(uint64_t depth)
{
	u.depth = depth;
	assert_int_equal(prof(v0, XENOPROF_set_backtrace), 0);
}

static bool sample(struct vcpu *v, uint64_t pc, enum prof_mode mode)
{
	return prof_log(v, NULL, pc, mode, 1);
}

/* Both domains profile themselves. */
static int go(void **state)
{
	struct vcpu *others = a->vcpu[0];

	assert_int_equal(prof(v0, XENOPROF_init), 0);
	assert_int_equal(set_active(0), 0);
	assert_int_equal(set_active(a->domain_id), 0);
	assert_int_equal(prof(v0, XENOPROF_reserve_counters), 0);
	assert_int_equal(prof(v0, XENOPROF_setup_events), 0);
	own_buffer(v0, SAMPLES);
	own_buffer(others, SAMPLES);
	assert_int_equal(prof(v0, XENOPROF_enable_virq), 0);
	assert_int_equal(prof(v0, XENOPROF_start), -EPERM);
	assert_int_equal(prof(others, XENOPROF_enable_virq), 0);
	assert_int_equal(prof(v0, XENOPROF_start), 0);
	return 0;
}

static int stop(void **state)
{
	assert_int_equal(prof(v0, XENOPROF_stop), 0);
	assert_int_equal(prof(v0, XENOPROF_disable_virq), 0);
	assert_int_equal(prof(a->vcpu[0], XENOPROF_disable_virq), 0);
	assert_int_equal(prof(v0, XENOPROF_release_counters), 0);
	assert_int_equal(prof(v0, XENOPROF_shutdown), 0);
	return 0;
}

static struct xenoprof_buf *ring_of(struct domain *d)
{
	struct page *pg = page_list_first(&d->xenpage_list);

	for (; pg; pg = page_list_next(pg)) {
		struct xenoprof_buf *b = page_to_virt(pg);

		if (b->event_size == SAMPLES)
			return b;
	}
	fail();
	return NULL;
}

/* A reader that takes what there is in any steps finds each sample, or that it was lost. */
static void in_order(void **state)
{
	struct xenoprof_buf *b = ring_of(a);
	uint32_t seed = 1;
	uint64_t written = 0, read = 0;

	while (written < 1000) {
		for (uint32_t n = random_next(&seed) % 5; n; n--)
			assert_true(sample(a->vcpu[0], written++, PROF_KERNEL));
		for (uint32_t n = random_next(&seed) % 6; n && b->event_tail != b->event_head; n--) {
			const struct event_log *e = &b->event_log[b->event_tail];

			assert_in_range(e->eip, read, written - 1);
			assert_int_equal(e->mode, 1);
			assert_int_equal(e->event, 1);
			read = e->eip + 1;
			b->event_tail = (b->event_tail + 1) % SAMPLES;
		}
	}
	assert_true(b->lost_samples > 0);
	assert_int_equal(b->kernel_samples + b->lost_samples, written);
	assert_true(sample(a->vcpu[0], 1, PROF_USER));
	assert_int_equal(b->user_samples + b->xen_samples, 1);
}

static void bad_readers(void **state)
{
	static const uint32_t values[] = { SAMPLES, SAMPLES + 1, 0x7fffffff, 0x80000000, ~0U };
	struct xenoprof_buf *b = ring_of(a), before;

	for (unsigned int i = 0; i < ARRAY_SIZE(values) * 2; i++) {
		b->event_head = i % 2 ? values[i / 2] : 0;
		b->event_tail = i % 2 ? 0 : values[i / 2];
		b->event_size = ~0U;
		before = *b;
		set_depth(i % 3);
		assert_true(sample(a->vcpu[0], 0x1234, PROF_HYPERVISOR));
		before.lost_samples = b->lost_samples;
		assert_memory_equal(b, &before, sizeof(before));
	}
	b->event_size = SAMPLES;
	b->event_head = b->event_tail = 0;
	set_depth(0);
}

static void callers(void **state)
{
	struct xenoprof_buf *b = ring_of(a);

	set_depth(3);
	assert_true(sample(a->vcpu[0], 0x1234, PROF_HYPERVISOR));
	set_depth(0);
	assert_int_equal(b->event_head, 5);
	assert_int_equal(b->event_log[0].eip, XENOPROF_ESCAPE_CODE);
	assert_int_equal(b->event_log[0].event, XENOPROF_TRACE_BEGIN);
	assert_int_equal(b->event_log[1].eip, 0x1234);
	assert_int_equal(b->event_log[4].eip, 0xca13);
	set_depth(~0UL); /* as many as there is room for, here for the sample alone */
	b->event_tail = 1;
	assert_true(sample(a->vcpu[0], 0x1234, PROF_HYPERVISOR));
	assert_int_equal(b->event_head, 0);
	b->event_tail = b->event_head = 0;
	set_depth(0);
}

static void nobody_asked(void **state)
{
	assert_false(sample(idle_vcpu[0], 1, PROF_HYPERVISOR));
	assert_false(sample(host_make_domain(1, 10)->vcpu[0], 1, PROF_USER));
}

/* --- passive domains --------------------------------------------------------------------------------------- */

static void passive_end(void **state)
{
	struct domain *d = host_make_domain(2, 10);
	domid_t id = d->domain_id;
	unsigned long before = heap_free_pages();
	struct xenoprof_buf *b;
	struct page *pg;

	assert_int_equal(prof(v0, XENOPROF_init), 0);
	assert_int_equal(set_passive(id), 0);
	b = at(u.passive.buf_gmaddr);
	pg = virt_to_page(b);
	assert_int_equal(prof(d->vcpu[0], XENOPROF_get_buffer), -EBUSY);
	assert_false(sample(d->vcpu[0], 0x77, PROF_USER)); /* it is not told */
	assert_int_equal(b->event_log[0].eip, 0x77);
	assert_true(get_page(pg, dom0)); /* dom0 maps it */
	host_play_vcpu(v0);
	while (domain_kill(d) == -ERESTART)
		;
	host_play_vcpu(NULL);
	assert_int_equal(prof(v0, XENOPROF_reset_passive_list), 0);
	host_run_all();
	assert_null(domain_get_by_id(id));
	assert_ptr_equal(page_owner(pg), dom0);
	put_page(pg);
	assert_null(page_owner(pg));
	assert_int_equal(prof(v0, XENOPROF_reset_passive_list), 0); /* any call looks after it */
	assert_true(heap_free_pages() > before);
}

/* A buffer that its domain has already is not dom0's. */
static void passive_refused(void **state)
{
	struct domain *d = host_make_domain(1, 10);

	own_buffer(d->vcpu[0], 1);
	assert_int_equal(set_passive(d->domain_id), -EBUSY);
	poison(&u, sizeof(u));
	assert_int_equal(prof(v0, XENOPROF_set_passive), -EFAULT);
	unpoison();
	assert_int_equal(prof(d->vcpu[0], XENOPROF_set_passive), -EPERM);
}

/* init while counters run begins anew. */
static void init_again(void **state)
{
	assert_int_equal(prof(v0, XENOPROF_init), 0);
	assert_int_equal(prof(v0, XENOPROF_stop), -EPERM);
	assert_int_equal(prof(v0, XENOPROF_reset_active_list), 0);
	assert_int_equal(prof(v0, XENOPROF_shutdown), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(in_order, go, stop),
		cmocka_unit_test(passive_end), cmocka_unit_test(passive_refused),
		cmocka_unit_test_setup(bad_readers, go), cmocka_unit_test(callers),
		cmocka_unit_test(nobody_asked), cmocka_unit_test(init_again),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
