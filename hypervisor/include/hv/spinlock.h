/* SPDX-License-Identifier: GPL-2.0-only */
/* spinlock.h: ticket locks with a level. Locks also taken in interrupts use the _irqsave forms
 * everywhere. No lock is recursive, none may be held when a CPU switches vcpus. */
#ifndef HV_SPINLOCK_H
#define HV_SPINLOCK_H

#include <hv/lock_order.h>
#include <hv/compiler.h>
#include <asm/system.h> /* local_irq_*, cpu_relax */

struct spinlock {
	uint16_t head; /* ticket being served */
	uint16_t tail; /* next ticket to hand out */
	uint16_t level; /* enum lock_level */
	int16_t owner;  /* CPU that holds it, or -1; debugging only */
};

#define SPINLOCK_INIT(lvl) { .head = 0, .tail = 0, .level = (lvl), .owner = -1 }
#define DEFINE_SPINLOCK(name, lvl) struct spinlock name = SPINLOCK_INIT(lvl)

void spin_lock_init(struct spinlock *l, enum lock_level level);
void spin_lock(struct spinlock *l);
void spin_lock_irqs_off(struct spinlock *l); /* the same for who has just switched them off */
void spin_lock_nested(struct spinlock *l); /* same level as one held: order kept by the caller */
bool spin_trylock(struct spinlock *l);
void spin_unlock(struct spinlock *l);
bool spin_is_locked(const struct spinlock *l);

void spin_check_none_held(void); /* debug builds: panics if this CPU holds a lock */
/* Debug builds: panics if it holds a lock that others spin for. Who waits for a vcpu to stop may hold
 * only those of domctl and sysctl: the vcpu may be in a hypercall and want any other. */
void spin_check_may_wait(void);
extern bool spin_locks_broken;   /* panic: nobody waits for a lock any more */

#define spin_lock_irqsave(l, flags)      do { (flags) = local_irq_save(); spin_lock_irqs_off(l); } while (0)
#define spin_unlock_irqrestore(l, flags) do { spin_unlock(l); local_irq_restore(flags); } while (0)
#define spin_lock_irq(l)                 do { local_irq_disable(); spin_lock_irqs_off(l); } while (0)
#define spin_unlock_irq(l)               do { spin_unlock(l); local_irq_enable(); } while (0)

#endif
