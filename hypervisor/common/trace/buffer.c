/* SPDX-License-Identifier: GPL-2.0-only */
/* buffer.c: trace records go into the buffer of the CPU that they are made on.
 *
 * The frames of a buffer need not be neighbours; all in it is in whole words, so that each word is in one
 * frame. dom0 may write to the buffer: its `cons` is looked at once for each record and believed only
 * within bounds, what was written is never read again.
 *
 * Locks:   none: a buffer is its CPU's, with interrupts off.
 * Context: any but NMIs. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/event.h>
#include <hv/percpu.h>
#include <hv/softirq.h>
#include "private.h"
#include <asm/current.h>

#define WORD       sizeof(uint32_t)
#define LOST_WORDS 4
#define HEAD_WORDS (sizeof(struct t_buf) / WORD)

struct trace_cpu {
	uint32_t **pages;        /* NULL: no buffer */
	uint32_t size;           /* bytes of data */
	uint32_t prod;
	unsigned long lost;      /* records there was no room for, since the last that there was */
	uint64_t first_lost;
	struct tasklet notify;
};

static DEFINE_PER_CPU(struct trace_cpu, trace_cpu);

bool trace_on;
uint32_t trace_events = TRC_ALL;
struct cpumask trace_cpus = { { [0 ... BITS_TO_LONGS(NR_CPUS) - 1] = ~0UL } };

/* --- the buffer as bytes ----------------------------------------------------------------------------- */

static struct t_buf *head(const struct trace_cpu *t)
{
	return (struct t_buf *)t->pages[0];
}

/* How much is not read yet; more than size: dom0 wrote nonsense. */
static uint32_t unread(const struct trace_cpu *t)
{
	uint32_t cons = READ_ONCE(head(t)->cons);

	if (cons >= 2 * t->size || cons % WORD)
		return ~0U;
	return t->prod >= cons ? t->prod - cons : t->prod + 2 * t->size - cons;
}

static uint32_t to_end(const struct trace_cpu *t)
{
	return t->size - (t->prod >= t->size ? t->prod - t->size : t->prod);
}

static void put_word(struct trace_cpu *t, uint32_t *pos, uint32_t w)
{
	uint32_t at = *pos >= t->size ? *pos - t->size : *pos, i = at / WORD + HEAD_WORDS;

	t->pages[i / (PAGE_SIZE / WORD)][i % (PAGE_SIZE / WORD)] = w;
	*pos += WORD;
}

/* There is room for it, without a break. */
static void put_record(struct trace_cpu *t, uint32_t event, const uint64_t *time, const uint32_t *words,
	unsigned int n)
{
	uint32_t pos = t->prod, first = event | n << TRACE_EXTRA_SHIFT | (time ? TRC_HD_CYCLE_FLAG : 0);
	unsigned int i;

	put_word(t, &pos, first);
	if (time) {
		put_word(t, &pos, *time);
		put_word(t, &pos, *time >> 32);
	}
	for (i = 0; i < n; i++)
		put_word(t, &pos, words ? words[i] : 0);
	t->prod = pos >= 2 * t->size ? pos - 2 * t->size : pos;
	smp_wmb();
	WRITE_ONCE(head(t)->prod, t->prod);
}

static uint32_t record_size(bool timed, unsigned int n)
{
	return (1 + (timed ? 2 : 0) + n) * WORD;
}

/* --- records ------------------------------------------------------------------------------------------- */

/* A record that does not fit before the end of the buffer leaves a filler there, shorter than itself. */
static void fill_to_end(struct trace_cpu *t, uint64_t now)
{
	uint32_t n = to_end(t) / WORD - 1;
	bool timed = n > TRACE_EXTRA_MAX;

	put_record(t, TRC_TRACE_WRAP_BUFFER, timed ? &now : NULL, NULL, timed ? n - 2 : n);
}

static void put_lost(struct trace_cpu *t, uint64_t now)
{
	const struct vcpu *v = current;
	const uint32_t words[LOST_WORDS] = {
		t->lost, v ? v->domain->domain_id | v->vcpu_id << 16 : 0, TRACE_64(t->first_lost),
	};

	if (record_size(true, LOST_WORDS) > to_end(t))
		fill_to_end(t, now);
	put_record(t, TRC_LOST_RECORDS, &now, words, LOST_WORDS);
	t->lost = 0;
}

/* What a record takes where *end bytes are left before the buffer's end, and how many are then. */
static uint32_t takes(const struct trace_cpu *t, uint32_t size, uint32_t *end)
{
	uint32_t filler = size > *end ? *end : 0;

	*end = (filler ? t->size : *end) - size;
	if (!*end)
		*end = t->size;
	return filler + size;
}

/* With the record that tells of lost ones. */
static uint32_t takes_in_all(const struct trace_cpu *t, uint32_t size)
{
	uint32_t end = to_end(t), n = t->lost ? takes(t, record_size(true, LOST_WORDS), &end) : 0;

	return n + takes(t, size, &end);
}

static void dom0_should_read(void *unused)
{
	send_global_virq(VIRQ_TBUF);
}

static void write_record(struct trace_cpu *t, uint32_t event, bool timed, const uint32_t *words, unsigned int n)
{
	uint32_t used = unread(t), size = record_size(timed, n), need = takes_in_all(t, size);
	uint64_t now = arch_cycles();

	if (used > t->size) {
		WRITE_ONCE(trace_on, false);
		printk(LOG_GUEST LOG_WARN "trace: a buffer's reader is out of bounds: no more records\n");
		return;
	}
	if (need > t->size - used) {
		if (!t->lost++)
			t->first_lost = now;
		return;
	}
	if (t->lost)
		put_lost(t, now);
	if (size > to_end(t))
		fill_to_end(t, now);
	put_record(t, event, timed ? &now : NULL, words, n);
	if (used < t->size / 2 && used + need >= t->size / 2)
		tasklet_schedule(&t->notify);
}

/* An event is wanted by its class and by its subclass. */
static bool wanted(uint32_t event)
{
	uint32_t both = READ_ONCE(trace_events) & event;

	return both >> TRC_CLS_SHIFT && (both >> TRC_SUBCLS_SHIFT & 0xf) &&
		cpumask_test(smp_processor_id(), &trace_cpus);
}

void trace_words(uint32_t event, bool timed, const uint32_t *words, unsigned int n)
{
	struct trace_cpu *t;
	unsigned long flags;

	if (!wanted(event))
		return;
	flags = local_irq_save();
	t = &this_cpu(trace_cpu);
	/* Again: who switches it off waits until no CPU has interrupts off that saw it on. */
	if (READ_ONCE(trace_on) && t->pages)
		write_record(t, event, timed, words, n);
	local_irq_restore(flags);
}

/* --- life ------------------------------------------------------------------------------------------------ */

static int make_buffer(struct trace_cpu *t, unsigned int pages, uint32_t *mfns)
{
	unsigned int i;

	t->pages = xzalloc_array(uint32_t *, pages);
	if (!t->pages)
		return -ENOMEM;
	for (i = 0; i < pages; i++) {
		t->pages[i] = alloc_zeroed_page();
		if (!t->pages[i])
			return -ENOMEM;
		mfns[i] = mfn_x(virt_to_mfn(t->pages[i]));
	}
	t->size = pages * PAGE_SIZE - sizeof(struct t_buf);
	t->notify = (struct tasklet)TASKLET_INIT(dom0_should_read, NULL);
	return 0;
}

/* Not shared yet. */
static void free_buffer(struct trace_cpu *t, unsigned int pages)
{
	unsigned int i;

	for (i = 0; t->pages && i < pages; i++)
		free_xenheap_page(t->pages[i]);
	xfree(t->pages);
	t->pages = NULL;
}

int trace_buffers_make(unsigned int pages, uint32_t *(*list)(unsigned int cpu))
{
	unsigned int cpu, i;
	int rc = 0;

	for (cpu = 0; cpu < nr_cpu_ids && !rc; cpu++)
		rc = make_buffer(&per_cpu(trace_cpu, cpu), pages, list(cpu));
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (rc)
			free_buffer(&per_cpu(trace_cpu, cpu), pages);
		for (i = 0; !rc && i < pages; i++)
			arch_share_page(per_cpu(trace_cpu, cpu).pages[i], dom_xen, true);
	}
	return rc;
}

static void forget_lost(void *unused)
{
	this_cpu(trace_cpu).lost = 0;
}

void trace_forget_lost(void)
{
	arch_on_cpus(&cpu_online_map, forget_lost, NULL, true);
}
