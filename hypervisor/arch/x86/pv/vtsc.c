/* SPDX-License-Identifier: GPL-2.0-only */
/* vtsc.c: the TSC that a domain reads: the CPU's own, or one of the domain's. The latter has the frequency
 * that the toolstack named and goes with system time: reading it faults (CR4.TSD) and is emulated.
 *
 * Locks: none. A domain's mode changes while it is paused; vtsc_last is atomic. */
#include <hv/domain.h>
#include <asm/time.h>
#include "pv.h"

/* Measured anew at each start: this near it is the same machine's. */
#define SAME_KHZ_PPM 100

static bool same_frequency(uint32_t khz)
{
	uint32_t apart = khz > tsc_khz ? khz - tsc_khz : tsc_khz - khz;

	return (uint64_t)apart * 1000000 <= (uint64_t)tsc_khz * SAME_KHZ_PPM;
}

/* The least number of ticks that guests take for ns. */
static uint64_t ns_to_ticks(const struct tsc_scale *s, uint64_t ns)
{
	uint64_t ticks = (ns / s->mul << 32) + ((ns % s->mul << 32) + s->mul - 1) / s->mul;

	return s->shift >= 0 ? ticks >> s->shift : ticks << -s->shift;
}

void vtsc_init(struct domain *d)
{
	if (d->is_privileged)
		return;
	vtsc_set(d, TSC_MODE_DEFAULT, 0, 0, 0);
}

void vtsc_set(struct domain *d, uint32_t mode, uint64_t elapsed_ns, uint32_t khz, uint32_t incarnation)
{
	struct arch_domain *a = &d->arch;

	a->tsc_mode = mode;
	a->incarnation = incarnation + 1;
	a->vtsc = false;
	if (mode == TSC_MODE_NATIVE)
		return;
	a->tsc_khz = khz ? khz : tsc_khz;
	a->vtsc_to_ns = tsc_scale_of((uint64_t)a->tsc_khz * 1000);
	a->vtsc_last = a->vtsc_base_ns = now();
	a->vtsc_elapsed = elapsed_ns;
	a->vtsc_base = ns_to_ticks(&a->vtsc_to_ns, elapsed_ns);
	a->vtsc = mode == TSC_MODE_EMULATED || !tsc_stable || !same_frequency(a->tsc_khz);
}

uint64_t vtsc_elapsed(const struct domain *d)
{
	const struct arch_domain *a = &d->arch;
	uint64_t ns = a->vtsc ? now() - a->vtsc_base_ns + a->vtsc_elapsed : tsc_to_ns(rdtsc());

	return a->tsc_mode == TSC_MODE_NATIVE || ns >> 63 ? 0 : ns;
}

/* Each reading is later than all before it, on whatever vcpu. */
uint64_t pv_rdtsc(struct vcpu *v)
{
	struct arch_domain *a = &v->domain->arch;
	s_time_t last, next, t;

	if (!a->vtsc)
		return rdtsc();
	t = now();
	last = __atomic_load_n(&a->vtsc_last, __ATOMIC_RELAXED);
	do
		next = max(t, last + 1);
	while (!__atomic_compare_exchange_n(&a->vtsc_last, &last, next, false, __ATOMIC_RELAXED,
		__ATOMIC_RELAXED));
	return a->vtsc_base + ns_to_ticks(&a->vtsc_to_ns, next - a->vtsc_base_ns);
}

void pv_load_tsd(const struct vcpu *v)
{
	bool want = v->domain->arch.vtsc || (v->arch.ctrlreg_cr4 & CR4_TSD);
	unsigned long cr4 = read_cr4();

	if (unlikely(want != !!(cr4 & CR4_TSD)))
		write_cr4(cr4 ^ CR4_TSD);
}
