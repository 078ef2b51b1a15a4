/* SPDX-License-Identifier: GPL-2.0-only */
/* system.h: what a process cannot do goes to world.c: CR3, INVLPG, waiting. */
#ifndef FAKE_SYSTEM_H
#define FAKE_SYSTEM_H

#define local_irq_disable x86_local_irq_disable
#define local_irq_enable  x86_local_irq_enable
#define local_irq_save    x86_local_irq_save
#define local_irq_restore x86_local_irq_restore
#define local_irq_is_enabled x86_local_irq_is_enabled
#define cpu_relax         x86_cpu_relax
#define read_cr3          x86_read_cr3
#define write_cr3         x86_write_cr3
#define invlpg            x86_invlpg
#include_next <asm/system.h>
#undef local_irq_disable
#undef local_irq_enable
#undef local_irq_save
#undef local_irq_restore
#undef local_irq_is_enabled
#undef cpu_relax
#undef read_cr3
#undef write_cr3
#undef invlpg

unsigned long read_cr3(void);
void write_cr3(unsigned long v);
void invlpg(unsigned long va);
void cpu_relax(void); /* takes flush requests, as an enabled interrupt would */
static inline void local_irq_disable(void) {}
static inline void local_irq_enable(void) {}
static inline unsigned long local_irq_save(void) { return 0; }
static inline void local_irq_restore(unsigned long flags) { (void)flags; }
static inline bool local_irq_is_enabled(void) { return true; }

#endif
