/* SPDX-License-Identifier: GPL-2.0-only */
/* buffer.c: where samples go: a ring for each vcpu in pages that the domain, or for a passive one the primary
 * profiler, has mapped and may write to. What the hypervisor needs to find its way it keeps elsewhere.
 *
 * Locks:   op.c's for all but prof_log() and prof_domain_destroy(); gone_lock guards the list of buffers whose
 *          domains are gone.
 * Context: prof_log() from NMIs: it takes no lock. A ring is written to by the CPU that its vcpu is on. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/event.h>
#include <hv/lib.h>
#include "private.h"

/* Of one domain. */
#define MAX_PAGES 32

unsigned long prof_depth;
static struct prof_buffers *gone;
static DEFINE_SPINLOCK(gone_lock, LOCK_LEAF);

/* --- making ----------------------------------------------------------------------------------------- */

static unsigned int count_vcpus(struct domain *d)
{
	struct vcpu *v;
	unsigned int n = 0;

	for_each_vcpu (d, v)
		n++;
	return n;
}

/* A negative number is a high one. */
static void set_sizes(struct prof_buffers *b, unsigned int nbuf, uint32_t max_samples)
{
	uint32_t room = MAX_PAGES * PAGE_SIZE / nbuf - offsetof(struct xenoprof_buf, event_log);
	uint32_t samples = min(max_samples, (uint32_t)(room / sizeof(struct event_log)));

	b->nbuf = nbuf;
	b->event_size = samples;
	b->bufsize = offsetof(struct xenoprof_buf, event_log) + samples * sizeof(struct event_log);
	b->page_count = PFN_UP(nbuf * b->bufsize);
	while (1U << b->order < b->page_count)
		b->order++;
}

static void assign_to_vcpus(struct prof_buffers *b, struct domain *d)
{
	struct vcpu *v;
	unsigned int i = 0;

	for_each_vcpu (d, v) {
		struct xenoprof_buf *buf = (struct xenoprof_buf *)(b->pages + i * b->bufsize);

		if (i++ == b->nbuf)
			break;
		buf->event_size = b->event_size;
		buf->vcpu_id = v->vcpu_id;
		b->of_vcpu[v->vcpu_id] = buf;
	}
}

int prof_buffers_get(struct domain *d, int32_t max_samples, struct prof_buffers **ret_b)
{
	unsigned int nbuf = count_vcpus(d);
	struct prof_buffers *b = d->prof;

	if (!b) {
		if (!nbuf)
			return -EINVAL;
		b = xzalloc_bytes(sizeof(*b) + d->max_vcpus * sizeof(b->of_vcpu[0]), _Alignof(struct prof_buffers));
		if (!b)
			return -ENOMEM;
		set_sizes(b, nbuf, max_samples);
		b->nr_vcpus = d->max_vcpus;
		b->pages = alloc_xenheap_pages(b->order, 0);
		if (!b->pages) {
			xfree(b);
			return -ENOMEM;
		}
		memset(b->pages, 0, PAGE_SIZE << b->order);
		assign_to_vcpus(b, d);
		smp_wmb();
		WRITE_ONCE(d->prof, b);
	}
	*ret_b = b;
	return 0;
}

/* --- sharing ----------------------------------------------------------------------------------------- */

/* Nobody has any of its pages, and nobody can get at them. */
static bool is_unused(const struct prof_buffers *b)
{
	const struct page *pg = virt_to_page(b->pages);

	for (unsigned int i = 0; i < b->page_count; i++)
		if (READ_ONCE(pg[i].count_info) != PGC_xen_heap || page_owner(&pg[i]))
			return false;
	smp_rmb();
	return true;
}

int prof_buffers_share(struct prof_buffers *b, struct domain *d)
{
	if (!is_unused(b))
		return -EBUSY;
	for (unsigned int i = 0; i < b->page_count; i++)
		arch_share_page(b->pages + i * PAGE_SIZE, d, true);
	return 0;
}

void prof_buffers_unshare(struct prof_buffers *b)
{
	for (unsigned int i = 0; i < b->page_count; i++)
		arch_unshare_page(b->pages + i * PAGE_SIZE);
}

void prof_buffers_reset(struct prof_buffers *b)
{
	for (unsigned int i = 0; i < b->nr_vcpus; i++)
		if (b->of_vcpu[i])
			b->of_vcpu[i]->event_head = b->of_vcpu[i]->event_tail = 0;
}

static void free_buffers(struct prof_buffers *b)
{
	free_xenheap_pages(b->pages, b->order);
	xfree(b);
}

/* Only the primary profiler can have them, which has mapped those of a passive domain. */
void prof_domain_destroy(struct domain *d)
{
	struct prof_buffers *b = d->prof;

	if (!b)
		return;
	d->prof = NULL;
	if (is_unused(b)) {
		free_buffers(b);
		return;
	}
	spin_lock(&gone_lock);
	b->next = gone;
	gone = b;
	spin_unlock(&gone_lock);
}

static struct prof_buffers *take_unused(void)
{
	struct prof_buffers **at, *b;

	spin_lock(&gone_lock);
	for (at = &gone; (b = *at); at = &b->next)
		if (is_unused(b))
			break;
	if (b)
		*at = b->next;
	spin_unlock(&gone_lock);
	return b;
}

void prof_buffers_reap(void)
{
	struct prof_buffers *b;

	while (unlikely(READ_ONCE(gone)) && (b = take_unused()))
		free_buffers(b);
}

/* --- samples ----------------------------------------------------------------------------------------- */

/* Entries that are free; one of them always stays so. -1: the reader has written nonsense. */
static int32_t room_in(const struct prof_buffers *b, const struct xenoprof_buf *buf, int32_t *ret_head)
{
	int32_t head = READ_ONCE(buf->event_head), tail = READ_ONCE(buf->event_tail);

	if (head < 0 || head >= b->event_size || tail < 0 || tail >= b->event_size)
		return -1;
	*ret_head = head;
	return (tail > head ? 0 : b->event_size) + tail - head - 1;
}

static bool add(const struct prof_buffers *b, struct xenoprof_buf *buf, uint64_t pc, unsigned int mode,
	unsigned int event)
{
	int32_t head, room = room_in(b, buf, &head);

	if (room == 0)
		buf->lost_samples++;
	if (room <= 0)
		return false;
	buf->event_log[head].eip = pc;
	buf->event_log[head].mode = mode;
	buf->event_log[head].event = event;
	smp_wmb();
	WRITE_ONCE(buf->event_head, head + 1 == b->event_size ? 0 : head + 1);
	return true;
}

static struct xenoprof_buf *buffer_of(const struct vcpu *v, struct prof_buffers **ret_b)
{
	struct prof_buffers *b = READ_ONCE(v->domain->prof);

	*ret_b = b;
	return b && b->kind != PROF_IGNORED && v->vcpu_id < b->nr_vcpus ? b->of_vcpu[v->vcpu_id] : NULL;
}

bool prof_add_caller(struct vcpu *v, uint64_t pc, enum prof_mode mode)
{
	struct prof_buffers *b;
	struct xenoprof_buf *buf = buffer_of(v, &b);

	return buf && pc != XENOPROF_ESCAPE_CODE && add(b, buf, pc, mode, 0);
}

bool prof_log(struct vcpu *v, const struct cpu_user_regs *regs, uint64_t pc, enum prof_mode mode,
	unsigned int event)
{
	unsigned long depth = READ_ONCE(prof_depth);
	struct prof_buffers *b;
	struct xenoprof_buf *buf;
	int32_t head;

	if (is_idle_vcpu(v))
		return false;
	buf = buffer_of(v, &b);
	if (!buf)
		return false;
	if (depth) {
		if (room_in(b, buf, &head) < 2) {
			buf->lost_samples++;
			return b->kind == PROF_ACTIVE;
		}
		(void)add(b, buf, XENOPROF_ESCAPE_CODE, mode, XENOPROF_TRACE_BEGIN);
	}
	if (add(b, buf, pc, mode, event))
		++*(mode == PROF_USER ? &buf->user_samples :
			mode == PROF_KERNEL ? &buf->kernel_samples : &buf->xen_samples);
	if (depth)
		arch_prof_backtrace(v, regs, depth, mode);
	return b->kind == PROF_ACTIVE;
}
