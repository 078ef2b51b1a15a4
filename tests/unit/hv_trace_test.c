/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_trace_test.c: trace buffers: whatever is written and read in whatever steps, a reader sees whole records,
 * in order, and learns of each that is missing. */
#include "hv_ctl.h"
#include <hv/event.h>
#include <hv/trace.h>

#define PAGES 1
#define SIZE  (PAGES * PAGE_SIZE - sizeof(struct t_buf))
#define OWN   (TRC_GUEST | 7)

static struct xen_sysctl op;

static long tbuf(uint32_t cmd)
{
	op.u.tbuf_op.cmd = cmd;
	return sysctl(&op, XEN_SYSCTL_tbuf_op);
}

static const struct t_info *info(void)
{
	assert_int_equal(tbuf(XEN_SYSCTL_TBUFOP_get_info), 0);
	return mfn_to_virt(mk_mfn(op.u.tbuf_op.buffer_mfn));
}

static struct t_buf *buffer(unsigned int cpu)
{
	const uint32_t *list = (const uint32_t *)info() + info()->mfn_offset[cpu];

	return mfn_to_virt(mk_mfn(list[0]));
}

static void nothing_before(void **state)
{
	static const uint32_t words[1];

	assert_int_equal(tbuf(XEN_SYSCTL_TBUFOP_get_info), 0);
	assert_int_equal(op.u.tbuf_op.buffer_mfn, 0);
	assert_int_equal(tbuf(XEN_SYSCTL_TBUFOP_enable), -EINVAL);
	assert_int_equal(tbuf(99), -EINVAL);
	trace_words(OWN, true, words, 1);
	op.u.tbuf_op.size = 0;
	assert_int_equal(tbuf(XEN_SYSCTL_TBUFOP_set_size), -EINVAL);
}

/* Nothing of a buffer that could not be made remains. */
static void no_memory(void **state)
{
	unsigned long before = heap_free_pages();

	op.u.tbuf_op.size = 10000;
	assert_int_equal(tbuf(XEN_SYSCTL_TBUFOP_set_size), -ENOMEM);
	assert_int_equal(heap_free_pages(), before);
	assert_false(trace_on);
}

static void made_once(void **state)
{
	op.u.tbuf_op.size = PAGES;
	assert_int_equal(tbuf(XEN_SYSCTL_TBUFOP_set_size), 0);
	assert_true(trace_on);
	assert_int_equal(tbuf(XEN_SYSCTL_TBUFOP_set_size), -EBUSY);
	op.u.tbuf_op.size = PAGES + 1;
	assert_int_equal(tbuf(XEN_SYSCTL_TBUFOP_set_size), -EINVAL);
	assert_int_equal(info()->tbuf_size, PAGES);
	assert_int_equal(page_owner(virt_to_page(buffer(3)))->domain_id, DOMID_XEN);
	op.u.tbuf_op.evt_mask = TRC_GUEST;
	assert_int_equal(tbuf(XEN_SYSCTL_TBUFOP_set_evt_mask), 0);
}

/* --- a reader -------------------------------------------------------------------------------------------- */

static uint32_t next_read, x_lost; /* each record's first word is its number */

static void read_record(struct t_buf *b)
{
	const uint32_t *data = (const uint32_t *)(b + 1);
	uint32_t pos = b->cons % SIZE / 4, first = data[pos], n = 1 + TRC_HD_EXTRA(first);
	const uint32_t *words = &data[pos + 1];

	if (TRC_HD_INCLUDES_CYCLE_COUNT(first)) {
		n += 2;
		words += 2;
	}
	assert_true(pos * 4 + n * 4 <= SIZE);
	switch (TRC_HD_TO_EVENT(first)) {
	case TRC_TRACE_WRAP_BUFFER:
		assert_int_equal(pos * 4 + n * 4, SIZE);
		break;
	case TRC_LOST_RECORDS:
		assert_int_equal(n, 7);
		assert_true(words[0] > 0);
		next_read += words[0];
		x_lost += words[0];
		break;
	case OWN:
		for (uint32_t i = 1; i < TRC_HD_EXTRA(first); i++)
			assert_int_equal(words[i], words[0] + i);
		assert_int_equal(words[0], next_read++);
		break;
	default:
		fail_msg("event %x", first);
	}
	b->cons = (b->cons + n * 4) % (2 * SIZE);
}

static void whole_records(void **state)
{
	struct t_buf *b = buffer(0);
	uint32_t seed = 5, written = 0, words[TRACE_EXTRA_MAX], i, n;

	host_on_cpu(0);
	b->cons = b->prod;
	for (unsigned int round = 0; round < 200000; round++) {
		if (random_next(&seed) % 5 < 3) {
			n = 1 + random_next(&seed) % TRACE_EXTRA_MAX;
			for (i = 0; i < n; i++)
				words[i] = written + i;
			trace_words(OWN, random_next(&seed) & 1, words, n);
			written++;
		} else if (b->cons != b->prod) {
			for (n = random_next(&seed) % 64 ? 1 : 300; n && b->cons != b->prod; n--)
				read_record(b);
		}
		assert_true((b->prod + 2 * SIZE - b->cons) % (2 * SIZE) <= SIZE);
	}
	while (b->cons != b->prod)
		read_record(b);
	assert_true(x_lost > 0);
	assert_true(next_read > written / 2);
}

/* What dom0 writes there is nonsense: tracing ends, nothing is written anywhere else. */
static void bad_readers(void **state)
{
	static const uint32_t words[TRACE_EXTRA_MAX];
	struct t_buf *b = buffer(0);
	uint32_t seed = 17;

	for (unsigned int round = 0; round < 2000; round++) {
		b->cons = random_next(&seed) >> random_next(&seed) % 32;
		b->prod = random_next(&seed);
		assert_int_equal(tbuf(XEN_SYSCTL_TBUFOP_enable), 0);
		for (unsigned int i = 0; i < 5; i++)
			trace_words(OWN, true, words, TRACE_EXTRA_MAX);
		if (b->cons >= 2 * SIZE || b->cons % 4)
			assert_false(trace_on);
	}
	assert_int_equal(tbuf(XEN_SYSCTL_TBUFOP_disable), 0);
	assert_false(trace_on);
}

static void each_cpu_its_own(void **state)
{
	static const uint32_t words[] = { 1 };

	assert_int_equal(tbuf(XEN_SYSCTL_TBUFOP_enable), 0);
	for (unsigned int cpu = 1; cpu < 4; cpu++) {
		uint32_t before = buffer(cpu)->prod;

		host_on_cpu(cpu);
		trace_words(OWN, false, words, cpu % 2);
		assert_int_equal(buffer(cpu)->prod, before + (cpu % 2 ? 8 : 4));
	}
	host_on_cpu(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_before), cmocka_unit_test(no_memory), cmocka_unit_test(made_once),
		cmocka_unit_test(whole_records), cmocka_unit_test(bad_readers), cmocka_unit_test(each_cpu_its_own),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
