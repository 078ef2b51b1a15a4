/* SPDX-License-Identifier: GPL-2.0-only */
/* apic.c: the local APIC: interrupts between CPUs, the timer; and the old PICs, off.
 *
 * In xAPIC mode its registers are in memory, in x2APIC mode they are MSRs. Left as firmware has it, unless
 * the option x2apic= says otherwise; all CPUs are in the same. */
#include <hv/lib.h>
#include <hv/arch.h>
#include <hv/param.h>
#include <hv/timer.h>
#include <asm/x86.h>
#include <asm/irq.h>

uint32_t cpu_to_apicid[NR_CPUS];
static volatile uint32_t *apic;
static uint64_t ticks_per_ms; /* of the timer, divider included */

enum apic_reg {
	APIC_ID = 0x20, APIC_TPR = 0x80, APIC_EOI = 0xb0, APIC_SVR = 0xf0, APIC_ESR = 0x280,
	APIC_ICR = 0x300, APIC_ICR2 = 0x310, APIC_LVT_TIMER = 0x320, APIC_LVT_THERMAL = 0x330,
	APIC_LVT_PERF = 0x340, APIC_LVT_LINT0 = 0x350, APIC_LVT_LINT1 = 0x360,
	APIC_LVT_ERROR = 0x370, APIC_TIMER_INIT = 0x380, APIC_TIMER_NOW = 0x390,
	APIC_TIMER_DIV = 0x3e0,
};
#define LVT_MASKED   (1U << 16)
#define LVT_NMI      (4U << 8)
#define ICR_BUSY     (1U << 12)
#define ICR_ASSERT   (1U << 14)
#define ICR_LEVEL    (1U << 15)
#define ICR_NMI      (4U << 8)
#define ICR_INIT     (5U << 8)
#define ICR_STARTUP  (6U << 8)
#define DIV_BY_16    3

static bool x2apic;

#define BASE_ENABLED (1UL << 11)
#define BASE_X2APIC  (1UL << 10)
#define MSR_X2APIC   0x800 /* a register's number is its offset in memory / 16 */

static uint32_t apic_read(enum apic_reg reg)
{
	return unlikely(x2apic) ? rdmsr(MSR_X2APIC + reg / 16) : apic[reg / 4];
}

static void apic_write(enum apic_reg reg, uint32_t v)
{
	if (unlikely(x2apic))
		wrmsr(MSR_X2APIC + reg / 16, v);
	else
		apic[reg / 4] = v;
}

/* --- interrupts between CPUs -------------------------------------------------------------------- */

/* One register of 64 bits; what was written before is to be seen by who gets the interrupt: an MSR write,
 * unlike one to memory, does not wait for that. */
static void send_x2apic_icr(uint32_t apicid, uint32_t command)
{
	__asm__ __volatile__("mfence; lfence" ::: "memory");
	wrmsr(MSR_X2APIC + APIC_ICR / 16, (uint64_t)apicid << 32 | command);
}

/* Interrupts are off between the two halves of the command register. */
static void send_icr(uint32_t apicid, uint32_t command)
{
	unsigned long flags;

	if (unlikely(x2apic)) {
		send_x2apic_icr(apicid, command);
		return;
	}
	flags = local_irq_save();

	while (apic_read(APIC_ICR) & ICR_BUSY)
		cpu_relax();
	apic_write(APIC_ICR2, apicid << 24);
	apic_write(APIC_ICR, command);
	local_irq_restore(flags);
}

static void apic_send_ipi_vector(unsigned int cpu, uint8_t vector)
{
	send_icr(cpu_to_apicid[cpu], ICR_ASSERT | vector);
}

void apic_send_nmi(unsigned int cpu)
{
	send_icr(cpu_to_apicid[cpu], ICR_ASSERT | ICR_NMI);
}

void arch_send_ipi(const struct cpumask *m, enum arch_ipi what)
{
	static const uint8_t vectors[] = {
		[IPI_SOFTIRQ] = VECTOR_SOFTIRQ,
		[IPI_CALL] = VECTOR_CALL,
		[IPI_FLUSH_TLB] = VECTOR_FLUSH_TLB,
	};
	unsigned int cpu;

	for_each_cpu(cpu, m)
		if (cpu != smp_processor_id())
			apic_send_ipi_vector(cpu, vectors[what]);
}

void apic_start_ap(uint32_t apicid, unsigned int page, void (*delay_us)(unsigned int))
{
	unsigned int i;

	send_icr(apicid, ICR_INIT | ICR_LEVEL | ICR_ASSERT);
	delay_us(200);
	if (!x2apic) /* which has no such message */
		send_icr(apicid, ICR_INIT | ICR_LEVEL);
	delay_us(10000);
	for (i = 0; i < 2; i++) {
		send_icr(apicid, ICR_STARTUP | page);
		delay_us(300);
	}
}

/* Back to waiting for a start-up message, whatever it does. */
void apic_stop_ap(uint32_t apicid)
{
	send_icr(apicid, ICR_INIT | ICR_LEVEL | ICR_ASSERT);
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

/* --- timer ------------------------------------------------------------------------------------------ */

void arch_timer_program(s_time_t deadline)
{
	s_time_t delta = deadline - now();
	uint64_t ticks;

	delta = max(delta, (s_time_t)1000);
	delta = min(delta, SECONDS(4)); /* an early interrupt is harmless: timer.c looks again */
	ticks = (uint64_t)delta * ticks_per_ms / 1000000;
	apic_write(APIC_TIMER_INIT, min(max(ticks, (uint64_t)1), (uint64_t)0xffffffff));
}

void arch_timer_disable(void)
{
	apic_write(APIC_TIMER_INIT, 0);
}

/* Against now(), which runs already: 20 ms. Boot CPU. */
void apic_timer_calibrate(void)
{
	s_time_t start, end;
	uint32_t left;

	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	apic_write(APIC_TIMER_INIT, 0xffffffff);
	start = now();
	do {
		end = now();
	} while (end < start + MILLISECS(20));
	left = apic_read(APIC_TIMER_NOW);
	apic_write(APIC_TIMER_INIT, 0);
	ticks_per_ms = (uint64_t)(0xffffffff - left) * 1000000 / (end - start);
	if (!ticks_per_ms)
		panic("the local APIC's timer does not run");
	apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
	printk(LOG_INFO "apic: timer at %lu kHz\n", (unsigned long)ticks_per_ms);
}

void apic_counter_nmi(bool on)
{
	apic_write(APIC_LVT_PERF, on ? LVT_NMI : LVT_MASKED);
}

/* --- set up ------------------------------------------------------------------------------------------ */

/* x2APIC mode can only be left through "disabled", and entered only from xAPIC mode. */
static void enable_apic(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	if ((base & BASE_X2APIC) && !x2apic) {
		base &= ~(BASE_X2APIC | BASE_ENABLED);
		wrmsr(MSR_APIC_BASE, base);
	}
	base |= BASE_ENABLED;
	wrmsr(MSR_APIC_BASE, base);
	if (x2apic)
		wrmsr(MSR_APIC_BASE, base | BASE_X2APIC);
}

/* Messages of devices and I/O APICs reach ids up to 254 in either mode, and there are no others here. */
static bool want_x2apic(void)
{
	bool can = cpuid(1, 0).c & (1U << 21), left_on = rdmsr(MSR_APIC_BASE) & BASE_X2APIC;

	if (boot_params.x2apic == PARAM_ON && !can)
		printk(LOG_WARN "apic: x2APIC mode is asked for, this processor has not got it\n");
	return boot_params.x2apic == PARAM_UNSET ? left_on : can && boot_params.x2apic == PARAM_ON;
}

static void setup_local(void)
{
	unsigned int i;

	enable_apic();
	apic_write(APIC_TPR, 0);
	apic_write(APIC_LVT_LINT0, LVT_MASKED);
	apic_write(APIC_LVT_LINT1, (smp_processor_id() ? LVT_MASKED : 0) | LVT_NMI);
	apic_write(APIC_LVT_ERROR, LVT_MASKED | VECTOR_ERROR);
	apic_write(APIC_TIMER_DIV, DIV_BY_16);
	apic_write(APIC_LVT_TIMER, (ticks_per_ms ? 0 : LVT_MASKED) | VECTOR_TIMER);
	apic_write(APIC_TIMER_INIT, 0);
	apic_write(APIC_SVR, 0x100 | VECTOR_SPURIOUS);
	for (i = 0; i < 8; i++) /* what firmware left in service */
		apic_eoi();
	apic_write(APIC_ESR, 0);
	apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
}

/* Both PICs: out of the way of the exceptions, everything masked. */
static void disable_pic(void)
{
	outb(0x11, 0x20);
	outb(0x11, 0xa0);
	outb(0x20, 0x21);
	outb(0x28, 0xa1);
	outb(4, 0x21);
	outb(2, 0xa1);
	outb(1, 0x21);
	outb(1, 0xa1);
	outb(0xff, 0x21);
	outb(0xff, 0xa1);
}

void apic_init_bsp(void)
{
	disable_pic();
	x2apic = want_x2apic();
	apic = ioremap(acpi.lapic_addr, PAGE_SIZE);
	if (!apic)
		panic("the local APIC cannot be mapped");
	iomem_deny(mk_mfn(PFN_DOWN(acpi.lapic_addr)), mk_mfn(PFN_DOWN(acpi.lapic_addr)));
	setup_local();
	if (x2apic)
		printk(LOG_INFO "apic: x2APIC mode\n");
}

void apic_init_ap(void)
{
	setup_local();
}
