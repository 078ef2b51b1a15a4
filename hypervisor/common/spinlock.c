/* SPDX-License-Identifier: GPL-2.0-only */
/* spinlock.c: ticket locks and, in debug builds, the check of their order.
 *
 * The check: a CPU keeps a stack of the locks it holds and takes a further one only at a higher
 * level. An interrupt may come while a lock taken with interrupts on is held; what the handler
 * takes (with interrupts off, from LOCK_EVTCHN up) is compared only with locks that were
 * themselves taken with interrupts off. The stack is this CPU's own and what an interrupt puts on
 * it is gone when it returns, so a place is claimed before it is filled, is empty (lock NULL)
 * until then, and needs no more protection. */
#include <hv/spinlock.h>
#include <hv/arch.h>
#include <hv/percpu.h>
#include <hv/lib.h>
#include <asm/current.h>

bool spin_locks_broken;

void spin_lock_init(struct spinlock *l, enum lock_level level)
{
	*l = (struct spinlock)SPINLOCK_INIT(level);
}

#ifdef DEBUG_BUILD

#define MAX_HELD 16

struct held_lock {
	const struct spinlock *lock; /* NULL: claimed, not filled yet */
	bool irqs_on;
};

struct held_locks {
	unsigned int count;
	struct held_lock held[MAX_HELD];
};

static DEFINE_PER_CPU(struct held_locks, held_locks);

static bool order_matters(const struct held_lock *h, const struct spinlock *l, bool irqs_on)
{
	return irqs_on || !h->irqs_on || l->level < LOCK_EVTCHN;
}

static noinline void check_order_of(const struct spinlock *l, bool nested, bool irqs_on)
{
	const struct held_locks *hl = &this_cpu(held_locks);

	if (READ_ONCE(spin_locks_broken))
		return;
	for (unsigned int i = 0; i < hl->count; i++) {
		const struct held_lock *h = &hl->held[i];

		if (!h->lock)
			continue;
		if (h->lock == l)
			panic("lock at level %u taken twice by CPU %u", l->level, smp_processor_id());
		if (h->lock->level < l->level || (nested && h->lock->level == l->level))
			continue;
		if (order_matters(h, l, irqs_on))
			panic("lock order: level %u taken under level %u on CPU %u", l->level,
				h->lock->level, smp_processor_id());
	}
}

static always_inline void check_order(const struct spinlock *l, bool nested, bool irqs_on)
{
	if (this_cpu(held_locks).count)
		check_order_of(l, nested, irqs_on);
}

static always_inline void note_taken(struct spinlock *l, bool irqs_on)
{
	struct held_locks *hl = &this_cpu(held_locks);
	unsigned int i = hl->count;

	if (i == MAX_HELD)
		panic("CPU %u holds %u locks", smp_processor_id(), MAX_HELD);
	WRITE_ONCE(hl->count, i + 1);
	WRITE_ONCE(hl->held[i].irqs_on, irqs_on);
	WRITE_ONCE(hl->held[i].lock, l);
	WRITE_ONCE(l->owner, (int16_t)smp_processor_id());
}

/* Not the last one that was taken: those above it move down. */
static noinline void release_below(struct held_locks *hl, const struct spinlock *l)
{
	unsigned long flags = local_irq_save();
	unsigned int i = hl->count;

	while (i && hl->held[i - 1].lock != l)
		i--;
	if (!i && !READ_ONCE(spin_locks_broken))
		panic("CPU %u releases a lock (level %u) that it does not hold", smp_processor_id(),
			l->level);
	for (; i && i < hl->count; i++)
		hl->held[i - 1] = hl->held[i];
	if (hl->count)
		hl->held[--hl->count].lock = NULL;
	local_irq_restore(flags);
}

static always_inline void note_released(struct spinlock *l)
{
	struct held_locks *hl = &this_cpu(held_locks);
	unsigned int i = hl->count;

	WRITE_ONCE(l->owner, -1);
	if (i && hl->held[i - 1].lock == l) {
		WRITE_ONCE(hl->held[i - 1].lock, NULL);
		WRITE_ONCE(hl->count, i - 1);
	} else {
		release_below(hl, l);
	}
}

void spin_check_may_wait(void)
{
	const struct held_locks *hl = &this_cpu(held_locks);

	if (READ_ONCE(spin_locks_broken))
		return;
	for (unsigned int i = 0; i < hl->count; i++)
		if (hl->held[i].lock && hl->held[i].lock->level > LOCK_DOMCTL)
			panic("CPU %u waits for a vcpu holding a lock (level %u)", smp_processor_id(),
				hl->held[i].lock->level);
}

void spin_check_none_held(void)
{
	if (this_cpu(held_locks).count && !READ_ONCE(spin_locks_broken))
		panic("CPU %u switches vcpus holding a lock (level %u)", smp_processor_id(),
			this_cpu(held_locks).held[0].lock->level);
}

#else
static void check_order(const struct spinlock *l, bool nested, bool irqs_on) { }
static void note_taken(struct spinlock *l, bool irqs_on) { }
static void note_released(struct spinlock *l) { }
void spin_check_none_held(void) { }
void spin_check_may_wait(void) { }
#endif

static always_inline void lock(struct spinlock *l, bool nested, bool irqs_on)
{
	uint16_t ticket;

	check_order(l, nested, irqs_on);
	ticket = __atomic_fetch_add(&l->tail, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&l->head, __ATOMIC_ACQUIRE) != ticket) {
		if (READ_ONCE(spin_locks_broken))
			break;
		arch_relax(irqs_on);
	}
	note_taken(l, irqs_on);
}

void spin_lock(struct spinlock *l)
{
	lock(l, false, local_irq_is_enabled());
}

void spin_lock_irqs_off(struct spinlock *l)
{
	lock(l, false, false);
}

void spin_lock_nested(struct spinlock *l)
{
	lock(l, true, local_irq_is_enabled());
}

bool spin_trylock(struct spinlock *l)
{
	bool irqs_on = local_irq_is_enabled();
	uint16_t head = __atomic_load_n(&l->head, __ATOMIC_RELAXED);
	/* head and tail are taken as one 32-bit word: free means both equal. */
	uint32_t free = (uint32_t)head << 16 | head, taken;
	struct { uint16_t head, tail; } next = { head, head + 1 };

	memcpy(&taken, &next, sizeof(taken));
	if (!__atomic_compare_exchange_n((uint32_t *)l, &free, taken, false, __ATOMIC_ACQUIRE,
		    __ATOMIC_RELAXED))
		return false;
	note_taken(l, irqs_on);
	return true;
}

void spin_unlock(struct spinlock *l)
{
	note_released(l);
	__atomic_store_n(&l->head, (uint16_t)(l->head + 1), __ATOMIC_RELEASE);
}

bool spin_is_locked(const struct spinlock *l)
{
	return READ_ONCE(l->head) != READ_ONCE(l->tail);
}
