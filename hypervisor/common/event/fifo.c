/* SPDX-License-Identifier: GPL-2.0-only */
/* fifo.c: the FIFO event ABI: an event word for each port in pages of the guest's, chained into
 * queues, one for each vcpu and priority, whose heads are in a control block of the vcpu's.
 *
 * A word's bits: PENDING is set by us and cleared by the guest; MASKED is the guest's; LINKED is set
 * by us and cleared by the guest when it takes the event off its queue; BUSY is ours while we link
 * to the word, and keeps the guest from unmasking. The guest may write anything at any time: it
 * then loses events, while what we go by (the tail of each queue) is kept out of its reach, and
 * each retry is counted.
 *
 * Locks:   v->fifo.lock guards the tails of v's queues and v->fifo.control; whoever holds one may use
 *          d->ev.fifo and the pages in it, because fifo_end() takes them all in turn between
 *          making it NULL and giving the pages back. So does who holds ev_lock, under which it
 *          changes. chn->fifo_last changes under the locks of both vcpus.
 * Context: fifo_set_pending() from any, the rest from hypercalls. */
#include "private.h"
#include <hv/arch.h>
#include <hv/lib.h>

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define MAX_PAGES      (EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)
#define LINK_TRIES     4  /* what a guest may do to a word that is LINKED */
#define LOCK_TRIES     64 /* each failure is a move of the port by another vcpu */

#define WORD_PENDING (1U << EVTCHN_FIFO_PENDING)
#define WORD_MASKED  (1U << EVTCHN_FIFO_MASKED)
#define WORD_LINKED  (1U << EVTCHN_FIFO_LINKED)
#define WORD_BUSY    (1U << EVTCHN_FIFO_BUSY)

static_assert(MAX_EVTCHNS == EVTCHN_FIFO_NR_CHANNELS, "ABI");

struct evtchn_fifo {
	unsigned int nr_words;
	event_word_t *page[MAX_PAGES];    /* writable references */
	void *control[MAX_VIRT_CPUS];     /* the same, of control blocks */
};

void evtchn_vcpu_init(struct vcpu *v)
{
	spin_lock_init(&v->fifo.lock, LOCK_EVTCHN_FIFO);
}

/* --- words ------------------------------------------------------------------------------------- */

static event_word_t *word_of(const struct evtchn_fifo *f, evtchn_port_t port)
{
	if (port >= __atomic_load_n(&f->nr_words, __ATOMIC_ACQUIRE))
		return NULL;
	return &f->page[port / WORDS_PER_PAGE][port % WORDS_PER_PAGE];
}

static uint32_t word_read(const event_word_t *w)
{
	return __atomic_load_n(w, __ATOMIC_SEQ_CST);
}

static uint32_t word_set(event_word_t *w, uint32_t bits)
{
	return __atomic_fetch_or(w, bits, __ATOMIC_SEQ_CST);
}

static uint32_t word_clear(event_word_t *w, uint32_t bits)
{
	return __atomic_fetch_and(w, ~bits, __ATOMIC_SEQ_CST);
}

/* 1: the word leads to `port` now; 0: it is LINKED no more; -EAGAIN: it changed to *seen. */
static int try_link(event_word_t *w, uint32_t *seen, evtchn_port_t port)
{
	uint32_t new = (*seen & ~(WORD_BUSY | EVTCHN_FIFO_LINK_MASK)) | port;

	if (!(*seen & WORD_LINKED))
		return 0;
	return __atomic_compare_exchange_n(w, seen, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) ?
		1 : -EAGAIN;
}

/* Makes the tail's word lead to `port`; false: the guest has taken the tail off already. */
static bool link_to(event_word_t *w, evtchn_port_t port)
{
	uint32_t seen = word_read(w);
	int rc = try_link(w, &seen, port), tries;

	if (rc >= 0)
		return rc;
	seen = word_set(w, WORD_BUSY) | WORD_BUSY;
	for (tries = 0; tries < LINK_TRIES; tries++) {
		rc = try_link(w, &seen, port);
		if (rc > 0)
			return true;
		if (rc == 0)
			break;
	}
	word_clear(w, WORD_BUSY);
	return rc != 0; /* a guest that keeps changing it: its queue is lost, the head stays */
}

/* --- raising ------------------------------------------------------------------------------------ */

/* The queue a port goes to and the one it was last in, both vcpus locked. */
struct queues {
	struct vcpu *v, *old;
	unsigned int priority, old_priority;
};

static void lock_pair(struct vcpu *a, struct vcpu *b)
{
	if (a == b) {
		spin_lock(&a->fifo.lock);
	} else {
		spin_lock(a->vcpu_id < b->vcpu_id ? &a->fifo.lock : &b->fifo.lock);
		spin_lock_nested(a->vcpu_id < b->vcpu_id ? &b->fifo.lock : &a->fifo.lock);
	}
}

static void unlock_pair(struct vcpu *a, struct vcpu *b)
{
	spin_unlock(&a->fifo.lock);
	if (a != b)
		spin_unlock(&b->fifo.lock);
}

static bool lock_queues(struct domain *d, struct evtchn *chn, struct queues *q)
{
	unsigned int tries;

	for (tries = 0; tries < LOCK_TRIES; tries++) {
		uint32_t last = READ_ONCE(chn->fifo_last);

		q->v = domain_vcpu(d, READ_ONCE(chn->notify_vcpu));
		q->old = domain_vcpu(d, last >> 8);
		if (!q->v || !q->old)
			return false;
		lock_pair(q->v, q->old);
		if (READ_ONCE(chn->fifo_last) == last &&
		    READ_ONCE(chn->notify_vcpu) == q->v->vcpu_id) {
			q->priority = READ_ONCE(chn->priority);
			q->old_priority = last & 0xff;
			return true;
		}
		unlock_pair(q->v, q->old);
	}
	return false;
}

/* Puts a port at the end of its queue, its word marked LINKED already. True: the queue was empty. */
static bool append(struct evtchn_fifo *f, struct evtchn *chn, const struct queues *q)
{
	evtchn_port_t *tail = &q->v->fifo.tail[q->priority];
	evtchn_port_t *old_tail = &q->old->fifo.tail[q->old_priority];
	event_word_t *w;
	bool linked = false;

	/* It was unlinked, so it is nobody's tail any more: what comes after it in its old queue
	 * must not be linked to it. */
	if (*old_tail == chn->port)
		*old_tail = 0;
	WRITE_ONCE(chn->fifo_last, q->v->vcpu_id << 8 | q->priority);
	if (*tail) {
		w = word_of(f, *tail);
		linked = w && link_to(w, chn->port);
	}
	if (!linked)
		__atomic_store_n(&q->v->fifo.control->head[q->priority], chn->port, __ATOMIC_SEQ_CST);
	*tail = chn->port;
	return !linked;
}

/* The word, or NULL and the port waits for it: expand_array raises it then. */
static event_word_t *word_or_wait(struct evtchn_fifo *f, struct evtchn *chn)
{
	event_word_t *w = word_of(f, chn->port);

	if (likely(w))
		return w;
	__atomic_store_n(&chn->fifo_waiting, 1, __ATOMIC_SEQ_CST);
	w = word_of(f, chn->port); /* its page came meanwhile, before or after it looked for us */
	return w && __atomic_exchange_n(&chn->fifo_waiting, 0, __ATOMIC_SEQ_CST) ? w : NULL;
}

/* Both vcpus are locked. True: the vcpu is to be told. */
static bool raise_locked(struct evtchn_fifo *f, struct evtchn *chn, const struct queues *q,
	bool *ret_was_pending)
{
	struct evtchn_fifo_control_block *control = q->v->fifo.control;
	event_word_t *w = word_or_wait(f, chn);
	uint32_t old, ready = 1U << q->priority;

	*ret_was_pending = true;
	if (!w)
		return false;
	old = word_set(w, WORD_PENDING);
	*ret_was_pending = old & WORD_PENDING;
	/* Before its vcpu has a control block a guest must not have it unmasked. */
	if ((old & (WORD_MASKED | WORD_LINKED)) || !control || (word_set(w, WORD_LINKED) & WORD_LINKED))
		return false;
	return append(f, chn, q) &&
		!(__atomic_fetch_or(&control->ready, ready, __ATOMIC_SEQ_CST) & ready);
}

void fifo_set_pending(struct domain *d, struct evtchn *chn)
{
	bool tell = false, was_pending = true;
	struct evtchn_fifo *f;
	struct queues q;
	unsigned long flags = local_irq_save();

	if (lock_queues(d, chn, &q)) {
		f = READ_ONCE(d->ev.fifo);
		if (likely(f))
			tell = raise_locked(f, chn, &q, &was_pending);
		unlock_pair(q.v, q.old);
		if (tell)
			vcpu_mark_events_pending(q.v);
	}
	local_irq_restore(flags);
	if (!was_pending)
		evtchn_check_pollers(d, chn->port);
}

/* --- a port's word, under ev_lock ------------------------------------------------------------------ */

void fifo_clear_pending(struct domain *d, evtchn_port_t port)
{
	event_word_t *w = word_of(d->ev.fifo, port);

	if (w)
		word_clear(w, WORD_PENDING);
}

bool fifo_is_pending(struct domain *d, evtchn_port_t port)
{
	event_word_t *w = word_of(d->ev.fifo, port);

	return w && (word_read(w) & WORD_PENDING);
}

bool fifo_is_queued(struct domain *d, evtchn_port_t port)
{
	event_word_t *w = word_of(d->ev.fifo, port);

	return w && (word_read(w) & WORD_LINKED);
}

bool fifo_unmask(struct domain *d, evtchn_port_t port)
{
	event_word_t *w = word_of(d->ev.fifo, port);

	return w && (word_clear(w, WORD_MASKED) & WORD_PENDING);
}

/* --- pages ------------------------------------------------------------------------------------------ */

/* A frame of d's, referenced as writable: its address, or NULL. */
static void *guest_page_get(struct domain *d, uint64_t gfn)
{
	mfn_t m = arch_gfn_to_mfn(d, mk_gfn(gfn));

	if (!mfn_valid(m) || !arch_get_page_writable(mfn_to_page(m), d))
		return NULL;
	return mfn_to_virt(m);
}

static void guest_page_put(struct domain *d, void *p)
{
	if (!p)
		return;
	arch_page_dirtied(d, virt_to_mfn(p));
	arch_put_page_writable(virt_to_page(p));
}

/* The ports that exist: what the bitmap said is raised when the words come. Caller holds ev_lock. */
static void ports_to_fifo(struct domain *d)
{
	evtchn_port_t p;
	struct evtchn *chn;

	for (p = 1; p < d->ev.nr_ports; p++) {
		chn = evtchn_from_port(d, p);
		chn->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
		chn->fifo_waiting = p < MAX_2L_PORTS && test_bit(p, d->shared_info->evtchn_pending);
	}
}

/* Gives v its control block, and d its queues (`fresh`) if it had none. */
static int set_control(struct vcpu *v, void *page, unsigned int offset, struct evtchn_fifo **fresh)
{
	struct domain *d = v->domain;
	unsigned long flags;
	int rc = -EINVAL;

	spin_lock_irqsave(&d->ev.lock, flags);
	if (d->is_dying || v->fifo.control)
		goto out;
	if (!d->ev.fifo) {
		ports_to_fifo(d);
		__atomic_store_n(&d->ev.fifo, *fresh, __ATOMIC_RELEASE);
		*fresh = NULL;
	}
	d->ev.fifo->control[v->vcpu_id] = page;
	spin_lock(&v->fifo.lock);
	v->fifo.control = (void *)((char *)page + offset);
	spin_unlock(&v->fifo.lock);
	rc = 0;
out:
	spin_unlock_irqrestore(&d->ev.lock, flags);
	return rc;
}

long evtchn_init_control(struct evtchn_init_control *op)
{
	struct vcpu *v = domain_vcpu(current->domain, op->vcpu);
	struct evtchn_fifo *fresh;
	void *page;
	int rc;

	op->link_bits = EVTCHN_FIFO_LINK_BITS;
	if (!v)
		return -ENOENT;
	if (op->offset > PAGE_SIZE - sizeof(*v->fifo.control) || op->offset % 8)
		return -EINVAL;
	page = guest_page_get(v->domain, op->control_gfn);
	if (!page)
		return -EINVAL;
	fresh = xzalloc(struct evtchn_fifo);
	rc = fresh ? set_control(v, page, op->offset, &fresh) : -ENOMEM;
	xfree(fresh);
	if (rc)
		guest_page_put(v->domain, page);
	return rc;
}

/* The ports whose words came with the last page. */
static void raise_waiting(struct domain *d, evtchn_port_t from, evtchn_port_t to)
{
	struct evtchn *chn;
	evtchn_port_t p;

	for (p = from; p < to && (chn = evtchn_from_port(d, p)) != NULL; p++)
		if (__atomic_exchange_n(&chn->fifo_waiting, 0, __ATOMIC_SEQ_CST) &&
		    evtchn_usable(chn))
			fifo_set_pending(d, chn);
}

long evtchn_expand_array(struct evtchn_expand_array *op)
{
	struct domain *d = current->domain;
	struct evtchn_fifo *f;
	unsigned long flags;
	unsigned int first = 0;
	void *page;
	int rc = 0;

	if (!READ_ONCE(d->ev.fifo))
		return -EOPNOTSUPP;
	page = guest_page_get(d, op->array_gfn);
	spin_lock_irqsave(&d->ev.lock, flags);
	f = d->ev.fifo;
	first = f ? f->nr_words : 0;
	if (!f) {
		rc = -EOPNOTSUPP;
	} else if (first == EVTCHN_FIFO_NR_CHANNELS) {
		rc = -ENOSPC;
	} else if (!page) {
		rc = -EINVAL;
	} else {
		f->page[first / WORDS_PER_PAGE] = page;
		__atomic_store_n(&f->nr_words, first + WORDS_PER_PAGE, __ATOMIC_SEQ_CST);
	}
	spin_unlock_irqrestore(&d->ev.lock, flags);
	if (rc)
		guest_page_put(d, page);
	else
		raise_waiting(d, first, first + WORDS_PER_PAGE);
	return rc;
}

static void mark_dirty(struct domain *d, void *page)
{
	if (page)
		arch_page_dirtied(d, virt_to_mfn(page));
}

void evtchn_mark_dirty(struct domain *d)
{
	struct evtchn_fifo *f;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&d->ev.lock, flags);
	f = d->ev.fifo;
	for (i = 0; f && i < MAX_PAGES; i++)
		mark_dirty(d, f->page[i]);
	for (i = 0; f && i < MAX_VIRT_CPUS; i++)
		mark_dirty(d, f->control[i]);
	spin_unlock_irqrestore(&d->ev.lock, flags);
}

void fifo_end(struct domain *d)
{
	struct evtchn_fifo *f;
	struct vcpu *v;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&d->ev.lock, flags);
	f = d->ev.fifo;
	WRITE_ONCE(d->ev.fifo, NULL);
	for_each_vcpu (d, v) {
		spin_lock(&v->fifo.lock);
		v->fifo.control = NULL;
		memset(v->fifo.tail, 0, sizeof(v->fifo.tail));
		spin_unlock(&v->fifo.lock);
	}
	spin_unlock_irqrestore(&d->ev.lock, flags);
	if (!f)
		return;
	for (i = 0; i < MAX_PAGES; i++)
		guest_page_put(d, f->page[i]);
	for (i = 0; i < MAX_VIRT_CPUS; i++)
		guest_page_put(d, f->control[i]);
	xfree(f);
}
