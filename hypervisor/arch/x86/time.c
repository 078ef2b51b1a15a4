/* SPDX-License-Identifier: GPL-2.0-only */
/* time.c: system time from the TSC, calibrated against a platform counter; the wall clock; and
 * both published to guests.
 *
 * While the TSCs of all CPUs agree, time is scale(tsc - tsc_base) everywhere, and guests get
 * exactly these numbers with the STABLE flag. If a CPU's TSC is found behind another's, time comes
 * from the platform counter and each CPU refreshes what its guest sees once a second.
 *
 * Locks:   counter_lock (LOCK_TIME, in interrupts) guards the accumulated platform count;
 *          wc_lock (LOCK_LEAF) the wall clock's offset. */
#include <hv/lib.h>
#include <hv/arch.h>
#include <hv/timer.h>
#include <hv/percpu.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <asm/x86.h>
#include <asm/irq.h>
#include <asm/time.h>

unsigned int tsc_khz;
bool tsc_stable = true;
static uint64_t tsc_base;
static struct tsc_scale to_ns;

/* a * b / c; the quotient must fit. */
static uint64_t muldiv(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t lo, hi;

	__asm__("mulq %3" : "=a"(lo), "=d"(hi) : "0"(a), "rm"(b));
	__asm__("divq %2" : "+a"(lo), "+d"(hi) : "rm"(c));
	return lo;
}

/* --- platform counters ------------------------------------------------------------------------------ */

static volatile uint32_t *hpet;

static uint32_t hpet_read(void) { return hpet[0xf0 / 4]; }
static uint32_t pm_timer_read(void) { return inl(acpi.pm_tmr); }

static uint32_t pit_read(void)
{
	uint32_t v;

	outb(0x80, 0x43); /* latch channel 2 */
	v = inb(0x42);
	v |= inb(0x42) << 8;
	return ~v;        /* it counts down */
}

static uint64_t hpet_start(unsigned int *ret_bits)
{
	uint32_t femto;

	hpet = acpi.hpet ? ioremap(acpi.hpet, 1024) : NULL;
	if (!hpet)
		return 0;
	iomem_make_read_only(mk_mfn(PFN_DOWN(acpi.hpet)), mk_mfn(PFN_DOWN(acpi.hpet)));
	femto = hpet[1];
	if (femto < 1000000 || femto > 100000000)
		return 0;
	hpet[0x10 / 4] = (hpet[0x10 / 4] & ~2U) | 1; /* no legacy routing, run */
	*ret_bits = 32;
	return 1000000000000000UL / femto;
}

static uint64_t pm_timer_start(unsigned int *ret_bits)
{
	*ret_bits = acpi.pm_tmr_32bit ? 32 : 24;
	return acpi.pm_tmr ? 3579545 : 0;
}

static uint64_t pit_start(unsigned int *ret_bits)
{
	outb((inb(0x61) & ~2) | 1, 0x61); /* gate on, speaker off */
	outb(0xb4, 0x43);                 /* channel 2, both bytes, mode 2 */
	outb(0xff, 0x42);
	outb(0xff, 0x42);
	*ret_bits = 16;
	return 1193182;
}

/* In order of preference. start: frequency in Hz, 0 if absent. */
static const struct {
	const char *name;
	uint64_t (*start)(unsigned int *ret_bits);
	uint32_t (*read)(void);
} counters[] = {
	{ "HPET", hpet_start, hpet_read },
	{ "ACPI PM timer", pm_timer_start, pm_timer_read },
	{ "PIT", pit_start, pit_read },
};

static unsigned int counter;    /* index of the one in use */
static uint64_t counter_hz;
static uint32_t counter_mask;
static DEFINE_SPINLOCK(counter_lock, LOCK_TIME);
static uint64_t counter_acc;    /* ticks since start */
static uint32_t counter_last;

static uint64_t counter_ticks(void)
{
	unsigned long flags;
	uint64_t ticks;
	uint32_t v;

	spin_lock_irqsave(&counter_lock, flags);
	v = counters[counter].read();
	counter_acc += (v - counter_last) & counter_mask;
	counter_last = v;
	ticks = counter_acc;
	spin_unlock_irqrestore(&counter_lock, flags);
	return ticks;
}

static s_time_t counter_now(void)
{
	return muldiv(counter_ticks(), NSEC_PER_SEC, counter_hz);
}

static void choose_counter(void)
{
	unsigned int bits = 0;

	for (counter = 0; counter < ARRAY_SIZE(counters); counter++) {
		counter_hz = counters[counter].start(&bits);
		if (counter_hz)
			break;
	}
	counter_mask = bits == 32 ? ~0U : (1U << bits) - 1;
	counter_last = counters[counter].read();
}

/* --- system time ------------------------------------------------------------------------------------- */

static uint64_t scale(uint64_t delta)
{
	if (to_ns.shift >= 0)
		delta <<= to_ns.shift;
	else
		delta >>= -to_ns.shift;
	return (unsigned __int128)delta * to_ns.mul >> 32;
}

/* The TSC is read after everything before it; two CPUs thus never see time go backwards. */
s_time_t now(void)
{
	if (unlikely(!tsc_stable))
		return counter_now();
	return scale(rdtsc_ordered() - tsc_base);
}

uint64_t tsc_to_ns(uint64_t ticks)
{
	return scale(ticks);
}

struct tsc_scale tsc_scale_of(uint64_t hz)
{
	struct tsc_scale s = { 0 };
	uint64_t tps = hz;

	while (tps > 2 * (uint64_t)NSEC_PER_SEC) {
		tps >>= 1;
		s.shift--;
	}
	while (tps <= NSEC_PER_SEC) {
		tps <<= 1;
		s.shift++;
	}
	s.mul = muldiv(NSEC_PER_SEC, 1UL << 32, tps);
	return s;
}

static uint64_t measure_tsc(void)
{
	uint64_t ticks = counter_hz / 20, start, end, c0 = counter_ticks(), c1;

	start = rdtsc_ordered();
	do {
		c1 = counter_ticks();
	} while (c1 - c0 < ticks);
	end = rdtsc_ordered();
	return muldiv(end - start, counter_hz, c1 - c0);
}

/* --- do the TSCs agree --------------------------------------------------------------------------------- */

#define SYNC_LOOPS 20000

static struct {
	uint32_t arrived;  /* four for each CPU checked: two at the start line, two at the end */
	uint32_t lock;
	uint64_t last;
	uint64_t warp;     /* largest step back seen */
} sync;
static uint32_t sync_rounds; /* CPUs checked */

/* A count that only grows: whoever is slow to look still sees that both were there. */
static void sync_wait(unsigned int cpu, uint32_t count)
{
	uint64_t start = rdtsc_ordered(), most = (uint64_t)tsc_khz * 20000; /* 20 s; now() may change */

	__atomic_add_fetch(&sync.arrived, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&sync.arrived, __ATOMIC_SEQ_CST) < count) {
		if (rdtsc_ordered() - start > most)
			panic("CPU%u was started and then stopped (its TSC was being checked)", cpu);
		cpu_relax();
	}
}

/* The CPU being checked and CPU 0 read their TSC under a lock: each must be later than the one
 * before. `before`: what had arrived when neither of the two had. */
static void sync_test(unsigned int cpu, uint32_t before)
{
	unsigned int i;

	sync_wait(cpu, before + 2);
	for (i = 0; i < SYNC_LOOPS; i++) {
		uint64_t t;

		while (__atomic_exchange_n(&sync.lock, 1, __ATOMIC_ACQUIRE))
			cpu_relax();
		t = rdtsc_ordered();
		if (t < sync.last)
			sync.warp = max(sync.warp, sync.last - t);
		sync.last = t;
		__atomic_store_n(&sync.lock, 0, __ATOMIC_RELEASE);
	}
	sync_wait(cpu, before + 4);
}

static DEFINE_PER_CPU(struct timer, refresh_timer);

static void refresh_guest(void *unused)
{
	if (current && !is_idle_vcpu(current))
		arch_update_vcpu_time(current);
	(void)counter_ticks();
	timer_set(&this_cpu(refresh_timer), now() + SECONDS(1));
}

static void start_refresh(void *unused)
{
	timer_init(&this_cpu(refresh_timer), refresh_guest, NULL, smp_processor_id());
	timer_set(&this_cpu(refresh_timer), now() + SECONDS(1));
}

/* Counterpart on CPU 0 of time_init_cpu() on the CPU being started. */
void time_check_cpu(unsigned int cpu)
{
	sync_test(cpu, sync_rounds * 4);
	if (sync.warp && tsc_stable) {
		(void)counter_ticks();
		counter_acc = muldiv(now(), counter_hz, NSEC_PER_SEC);
		tsc_stable = false;
		printk(LOG_WARN "time: TSC of CPU%u is %lu ticks behind: using the %s\n", cpu,
			(unsigned long)sync.warp, counters[counter].name);
	}
	/* The other one is through with these, perhaps not yet with its last look at sync.arrived. */
	sync.last = sync.warp = 0;
	WRITE_ONCE(sync_rounds, sync_rounds + 1); /* before the next CPU is started */
}

void time_init_cpu(void)
{
	sync_test(smp_processor_id(), READ_ONCE(sync_rounds) * 4);
}

/* All CPUs are up and it is known whether the TSCs agree. */
void time_init_done(void)
{
	if (!tsc_stable)
		arch_on_cpus(&cpu_online_map, start_refresh, NULL, true);
}

/* --- wall clock ------------------------------------------------------------------------------------------ */

static DEFINE_SPINLOCK(wc_lock, LOCK_LEAF);
static int64_t wc_base_ns; /* wall clock at system time 0, since 1970 */

static uint8_t cmos_read(uint8_t reg)
{
	outb(reg, 0x70);
	return inb(0x71);
}

/* Days since 1970-01-01 of a Gregorian date. */
static int64_t days_of(int64_t y, unsigned int m, unsigned int d)
{
	y -= m <= 2;
	m = m <= 2 ? m + 9 : m - 3; /* March is 0 */
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d - 1 - 719468;
}

static int64_t cmos_seconds(void)
{
	static const uint8_t reg[] = { 0, 2, 4, 7, 8, 9 };
	unsigned int v[6], again[6], i, tries, status;

	for (tries = 0; tries < 1000; tries++) {
		while (cmos_read(0x0a) & 0x80 && tries++ < 100000)
			cpu_relax();
		for (i = 0; i < 6; i++)
			v[i] = cmos_read(reg[i]);
		for (i = 0; i < 6; i++)
			again[i] = cmos_read(reg[i]);
		if (!memcmp(v, again, sizeof(v)))
			break;
	}
	status = cmos_read(0x0b);
	if (!(status & 2) && (v[2] & 0x80)) /* 12-hour clock, p.m. */
		v[2] = (v[2] & 0x7f) | 0x100;
	if (!(status & 4))
		for (i = 0; i < 6; i++)
			v[i] = (v[i] & 0x100) | ((v[i] >> 4 & 0xf) * 10 + (v[i] & 0xf));
	if (!(status & 2))
		v[2] = (v[2] & 0xff) % 12 + (v[2] & 0x100 ? 12 : 0);
	return days_of(2000 + v[5], v[4], v[3]) * 86400 + v[2] * 3600 + v[1] * 60 + v[0];
}

uint64_t arch_wallclock(void)
{
	int64_t base = READ_ONCE(wc_base_ns);

	return base ? base + now() : 0;
}

void arch_update_wallclock(struct domain *d)
{
	struct shared_info *si = d->shared_info;
	unsigned long flags;
	uint64_t sec;
	uint32_t version;
	int64_t ns;

	if (!si)
		return;
	spin_lock_irqsave(&wc_lock, flags);
	ns = wc_base_ns + d->time_offset_seconds * NSEC_PER_SEC;
	sec = ns / NSEC_PER_SEC;
	version = (si->wc_version | 1) + 2;
	WRITE_ONCE(si->wc_version, version);
	smp_wmb();
	si->wc_sec = sec;
	si->wc_sec_hi = sec >> 32;
	si->wc_nsec = ns % NSEC_PER_SEC;
	smp_wmb();
	WRITE_ONCE(si->wc_version, version + 1);
	spin_unlock_irqrestore(&wc_lock, flags);
}

void wallclock_set(uint64_t sec, uint32_t nsec, s_time_t at)
{
	struct domain *d;
	unsigned long flags;

	spin_lock_irqsave(&wc_lock, flags);
	wc_base_ns = (int64_t)sec * NSEC_PER_SEC + nsec - at;
	spin_unlock_irqrestore(&wc_lock, flags);
	for (d = domain_get_next(0); d;) {
		domid_t next = d->domain_id + 1;

		arch_update_wallclock(d);
		domain_put(d);
		d = domain_get_next(next);
	}
}

/* --- what guests see of system time ----------------------------------------------------------------------- */

static void current_time_info(const struct arch_domain *d, struct vcpu_time_info *t)
{
	const struct tsc_scale *s = d->vtsc ? &d->vtsc_to_ns : &to_ns;

	memset(t, 0, sizeof(*t));
	t->tsc_to_system_mul = s->mul;
	t->tsc_shift = s->shift;
	if (d->vtsc) {
		t->tsc_timestamp = d->vtsc_base;
		t->system_time = d->vtsc_base_ns;
		t->flags = PVCLOCK_TSC_STABLE;
	} else if (tsc_stable) {
		t->tsc_timestamp = tsc_base;
		t->flags = PVCLOCK_TSC_STABLE;
	} else {
		unsigned long flags = local_irq_save();

		t->system_time = counter_now();
		t->tsc_timestamp = rdtsc_ordered();
		local_irq_restore(flags);
	}
}

void arch_update_vcpu_time(struct vcpu *v)
{
	struct vcpu_time_info *u = &v->vcpu_info->time, *copy = &v->arch.time_copy, t;

	current_time_info(&v->domain->arch, &t);
	t.version = copy->version;
	/* unchanged, and still there (vcpu_info may have moved)? */
	if (t.flags && t.version && !memcmp(&t, copy, sizeof(t)) && !memcmp(&t, u, sizeof(t))) {
		if (!v->arch.time_area_done)
			v->arch.time_area_done = vcpu_time_area_refresh(v);
		return;
	}
	t.version = (copy->version | 1) + 2;
	WRITE_ONCE(u->version, t.version);
	smp_wmb();
	u->tsc_timestamp = t.tsc_timestamp;
	u->system_time = t.system_time;
	u->tsc_to_system_mul = t.tsc_to_system_mul;
	u->tsc_shift = t.tsc_shift;
	u->flags = t.flags;
	smp_wmb();
	WRITE_ONCE(u->version, ++t.version);
	*copy = t;
	v->arch.time_area_done = vcpu_time_area_refresh(v);
}

/* VCPUOP_register_vcpu_time_memory_area: written under the guest's own tables, so only while it
 * runs. In the guest's user mode the copy may fail: the way to its kernel makes up for it. */
bool vcpu_time_area_refresh(struct vcpu *v)
{
	XEN_GUEST_HANDLE(vcpu_time_info_t) h = v->arch.time_info_guest;
	struct vcpu_time_info t = v->arch.time_copy;

	if (guest_handle_is_null(h))
		return true;
	if (v->domain != current->domain)
		return false;
	t.version |= 1;
	if (copy_field_to_guest(h, &t, version))
		return false;
	smp_wmb();
	if (copy_to_guest(h, &t, 1))
		return false;
	smp_wmb();
	t.version = v->arch.time_copy.version;
	return !copy_field_to_guest(h, &t, version);
}

/* --- start --------------------------------------------------------------------------------------------- */

void time_init(void)
{
	uint64_t hz;

	choose_counter();
	hz = measure_tsc();
	tsc_khz = (hz + 500) / 1000;
	to_ns = tsc_scale_of(hz);
	tsc_base = rdtsc_ordered();
	counter_acc = 0;
	wc_base_ns = cmos_seconds() * NSEC_PER_SEC - now();
	printk(LOG_INFO "time: TSC %u.%03u MHz, measured by the %s at %lu kHz\n", tsc_khz / 1000,
		tsc_khz % 1000, counters[counter].name, (unsigned long)counter_hz / 1000);
	apic_timer_calibrate();
}
