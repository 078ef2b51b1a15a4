/* SPDX-License-Identifier: GPL-2.0-only */
/* mca_bank.c: errors that the processors report in their banks of registers.
 *
 * Corrected ones are found by looking from time to time; the others come with a machine check, an exception that
 * may interrupt anything. There only what cannot wait is done: to see whether the machine can go on, and to end it
 * if not. All else is left to a softirq of that CPU: it reads the banks, puts bad memory out of use, makes a record
 * and tells dom0. What an error has made unusable belongs to one domain at times: then only that one ends. Errors of
 * before the start are reported, too: the machine may have ended by them.
 *
 * Severities: Intel's Software Developer's Manual, volume 3, "Machine-Check Architecture"; a processor without
 * recovery (MCG_CAP.SER_P) only has corrected and fatal ones.
 *
 * Locks:   none; a CPU's own variables, and the locks of who is told.
 * Context: mca_exception() in the exception, interrupts off, perhaps in the middle of anything. */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/event.h>
#include <hv/lib.h>
#include <hv/page.h>
#include <hv/percpu.h>
#include <hv/softirq.h>
#include <hv/timer.h>
#include <asm/x86.h>
#include "mca.h"

#define CAP_BANKS      0xffUL
#define CAP_CTL        (1UL << 8)  /* MCG_CTL is there */
#define CAP_SER        (1UL << 24) /* recovers from some errors, and says so in the status */
#define GLOBAL_RIPV    (1UL << 0)  /* what was interrupted can go on */
#define GLOBAL_EIPV    (1UL << 1)  /* it was what met the error */
#define STATUS_VALID   (1UL << 63)
#define STATUS_OVER    (1UL << 62) /* another error was lost */
#define STATUS_UC      (1UL << 61) /* uncorrected */
#define STATUS_MISC    (1UL << 59)
#define STATUS_ADDR    (1UL << 58)
#define STATUS_PCC     (1UL << 57) /* the processor's state is not what it should be */
#define STATUS_S       (1UL << 56) /* came with a machine check */
#define STATUS_AR      (1UL << 55) /* who met it cannot go on */
#define MISC_LSB(m)    ((m) & 0x3f)
#define MISC_PHYSICAL  2           /* kind of the address */
#define MISC_KIND(m)   ((m) >> 6 & 7)

#define LOOK_PERIOD    SECONDS(4)

enum severity {
	NO_ERROR,
	CORRECTED,
	DEFERRED, /* bad data that nobody has used */
	OPTIONAL, /* the same, with a machine check */
	REQUIRED, /* somebody was about to use it */
	FATAL,
};

static uint64_t cap;
static struct timer look_timer;

struct mca_cpu {
	uint32_t why;    /* MC_FLAG_x for the softirq; 0: nothing to do */
	bool injected;   /* it looks at what dom0 has put */
	bool met;        /* an error of the kind REQUIRED was this CPU's */
	uint64_t global; /* MCG_STATUS of the machine check */
};
static DEFINE_PER_CPU(struct mca_cpu, mca_cpu);

unsigned int mca_banks(void)
{
	return cap & CAP_BANKS;
}

static enum severity severity_of(uint64_t status)
{
	if (!(status & STATUS_VALID))
		return NO_ERROR;
	if (!(status & STATUS_UC))
		return CORRECTED;
	if (!(cap & CAP_SER) || status & STATUS_PCC)
		return FATAL;
	if (!(status & STATUS_S))
		return DEFERRED;
	if (!(status & STATUS_AR))
		return OPTIONAL;
	return status & STATUS_OVER ? FATAL : REQUIRED;
}

/* --- registers ---------------------------------------------------------------------------------------- */

static uint64_t get_reg(uint32_t reg, bool injected)
{
	uint64_t value = 0;

	if (injected)
		(void)mca_injected(smp_processor_id(), reg, &value);
	else
		(void)rdmsr_safe(reg, &value);
	return value;
}

static void get_error(unsigned int bank, uint64_t status, bool injected, struct mca_error *ret)
{
	ret->bank = bank;
	ret->status = status;
	ret->addr = status & STATUS_ADDR ? get_reg(MSR_BANK(bank) + 2, injected) : 0;
	ret->misc = status & STATUS_MISC ? get_reg(MSR_BANK(bank) + 3, injected) : 0;
}

static void clear_bank(unsigned int bank, bool injected)
{
	if (injected)
		mca_injected_taken(smp_processor_id(), MSR_BANK(bank) + 1);
	else
		(void)wrmsr_safe(MSR_BANK(bank) + 1, 0);
}

static void show_error(const char *level, unsigned int cpu, const struct mca_error *e)
{
	printk("%sCPU%u: machine check, bank %u: status %016lx", level, cpu, e->bank, (unsigned long)e->status);
	if (e->status & STATUS_ADDR)
		printk(", address %lx", (unsigned long)e->addr);
	if (e->status & STATUS_MISC)
		printk(", misc %lx", (unsigned long)e->misc);
	printk("\n");
}

/* --- the end ------------------------------------------------------------------------------------------ */

/* The banks keep what they have: the next start reports it. */
static void __noreturn machine_ends(const struct cpu_user_regs *regs, uint64_t global, bool injected)
{
	static bool ending;
	struct mca_error e;
	uint64_t status;

	while (__atomic_exchange_n(&ending, true, __ATOMIC_SEQ_CST))
		cpu_relax(); /* machine checks often come to all CPUs at once */
	console_force_unlock();
	printk("\nCPU%u: machine check, MCG_STATUS %lx\n", smp_processor_id(), (unsigned long)global);
	for (unsigned int bank = 0; bank < mca_banks(); bank++) {
		status = get_reg(MSR_BANK(bank) + 1, injected);
		if (status & STATUS_VALID) {
			get_error(bank, status, injected, &e);
			show_error(LOG_ERR, smp_processor_id(), &e);
		}
	}
	if (regs) {
		show_registers(regs);
		show_backtrace(regs);
	}
	panic("machine check on CPU%u: an error that could not be corrected", smp_processor_id());
}

/* --- the exception -------------------------------------------------------------------------------------- */

static enum severity worst_of_banks(bool injected)
{
	enum severity s, worst = NO_ERROR;

	for (unsigned int bank = 0; bank < mca_banks(); bank++) {
		s = severity_of(get_reg(MSR_BANK(bank) + 1, injected));
		worst = max(worst, s);
	}
	return worst;
}

bool mca_exception(const struct cpu_user_regs *regs)
{
	struct mca_cpu *c = &this_cpu(mca_cpu);
	uint64_t global = get_reg(MSR_MCG_STATUS, false);
	enum severity worst = worst_of_banks(false);
	/* To others of its socket it is only shown. */
	bool met = worst == REQUIRED && (global & (GLOBAL_RIPV | GLOBAL_EIPV)) != GLOBAL_RIPV;
	bool spared = met && regs_from_guest(regs) && current->domain != hardware_domain;

	if (!mca_banks() || worst == FATAL || (met && !spared) || (!met && !(global & GLOBAL_RIPV)))
		machine_ends(regs, global, false);
	c->met |= met;
	c->global = global;
	c->why |= MC_FLAG_MCE;
	softirq_raise(SOFTIRQ_MACHINE);
	(void)wrmsr_safe(MSR_MCG_STATUS, 0); /* the next may come */
	return met;
}

/* --- afterwards ------------------------------------------------------------------------------------------- */

/* Whether the softirq takes it out of its bank. What comes with a machine check is left to who has it. */
static bool is_to_be_taken(enum severity s, uint32_t why, bool met)
{
	if (why & MC_FLAG_RESET)
		return s != NO_ERROR;
	if (s == REQUIRED)
		return met;
	return s != NO_ERROR && (s <= DEFERRED || why & MC_FLAG_MCE);
}

static void take_errors(struct mca_found *f, uint32_t why, bool met, bool injected, enum severity *ret_worst)
{
	unsigned int bank;
	enum severity s;
	uint64_t status;

	*ret_worst = NO_ERROR;
	for (bank = 0; bank < mca_banks() && f->count < MCA_MAX_ERRORS; bank++) {
		status = get_reg(MSR_BANK(bank) + 1, injected);
		s = severity_of(status);
		if (!is_to_be_taken(s, why, met))
			continue;
		get_error(bank, status, injected, &f->error[f->count++]);
		clear_bank(bank, injected);
		*ret_worst = max(*ret_worst, s);
	}
}

/* A page of memory that holds bad data is not given out again. */
static void retire_memory(const struct mca_error *e)
{
	const uint64_t located = STATUS_ADDR | STATUS_MISC;
	enum severity s = severity_of(e->status);
	mfn_t mfn = mk_mfn(PFN_DOWN(e->addr));

	if (s < DEFERRED || s > REQUIRED || (e->status & located) != located ||
		MISC_KIND(e->misc) != MISC_PHYSICAL || MISC_LSB(e->misc) > PAGE_SHIFT || !mfn_valid(mfn))
		return;
	if (page_offline_bad(mfn))
		printk(LOG_WARN "machine check: page %lx is not RAM that could be put out of use\n", mfn_x(mfn));
	else
		printk(LOG_WARN "machine check: page %lx is out of use once it is free\n", mfn_x(mfn));
}

static uint32_t record_flags(uint32_t why, enum severity worst)
{
	uint32_t how = why & MC_FLAG_RESET ? MC_FLAG_RESET : why & MC_FLAG_MCE ? MC_FLAG_MCE : MC_FLAG_POLLED;

	return how | (worst == CORRECTED ? MC_FLAG_CORRECTABLE :
		worst == FATAL ? MC_FLAG_UNCORRECTABLE : MC_FLAG_UNCORRECTABLE | MC_FLAG_RECOVERABLE);
}

static void report(uint32_t why, bool met, bool injected, uint64_t global)
{
	struct mca_found f = { .cpu = smp_processor_id(), .global = global };
	enum severity worst;
	unsigned int i;

	take_errors(&f, why, met, injected, &worst);
	if (!f.count)
		return;
	if (why & MC_FLAG_RESET)
		printk(LOG_WARN "CPU%u: errors of before this start:\n", f.cpu);
	for (i = 0; i < f.count; i++) {
		show_error(worst == CORRECTED ? LOG_INFO : LOG_WARN, f.cpu, &f.error[i]);
		if (!(why & MC_FLAG_RESET))
			retire_memory(&f.error[i]);
	}
	mca_record(&f, record_flags(why, worst));
	send_global_virq(VIRQ_MCA);
}

void mca_softirq(void)
{
	struct mca_cpu *c = &this_cpu(mca_cpu), was;
	unsigned long flags = local_irq_save();

	was = *c;
	memset(c, 0, sizeof(*c));
	local_irq_restore(flags);
	if (was.injected) {
		was.global = get_reg(MSR_MCG_STATUS, true);
		if (worst_of_banks(true) >= REQUIRED)
			machine_ends(NULL, was.global, true);
		report(MC_FLAG_MCE, false, true, was.global);
	}
	if (was.why)
		report(was.why, was.met, false, was.global);
}

void mca_look_at_injected(void *unused)
{
	this_cpu(mca_cpu).injected = true;
	softirq_raise(SOFTIRQ_MACHINE);
}

/* --- looking from time to time ----------------------------------------------------------------------------- */

static void look(void *unused)
{
	if (worst_of_banks(false) == NO_ERROR)
		return;
	this_cpu(mca_cpu).why |= MC_FLAG_POLLED;
	softirq_raise(SOFTIRQ_MACHINE);
}

static void look_everywhere(void *unused)
{
	arch_on_cpus(&cpu_online_map, look, NULL, false);
	if (mca_records_wait())
		send_global_virq(VIRQ_MCA); /* made before dom0 listened */
	timer_set(&look_timer, now() + LOOK_PERIOD);
}

/* --- start ------------------------------------------------------------------------------------------------- */

/* On processors of Intel's sixth family before Nehalem the first bank's control is firmware's. */
static bool first_control_is_ours(void)
{
	uint32_t sig = cpuid(1, 0).a;

	return cpuid(0, 0).b != 0x756e6547 /* Genu */ || (sig >> 8 & 0xf) != 6 ||
		((sig >> 4 & 0xf) | (sig >> 12 & 0xf0)) >= 0x1a;
}

void mca_init_cpu(void)
{
	const uint32_t mce_mca = 1U << 7 | 1U << 14;
	unsigned int bank;

	if ((cpuid(1, 0).d & mce_mca) != mce_mca || rdmsr_safe(MSR_MCG_CAP, &cap))
		return;
	if (worst_of_banks(false) != NO_ERROR) {
		this_cpu(mca_cpu).why |= MC_FLAG_RESET;
		softirq_raise(SOFTIRQ_MACHINE);
	}
	if (cap & CAP_CTL)
		(void)wrmsr_safe(MSR_MCG_CTL, ~0UL);
	for (bank = first_control_is_ours() ? 0 : 1; bank < mca_banks(); bank++)
		(void)wrmsr_safe(MSR_BANK(bank), ~0UL);
	(void)wrmsr_safe(MSR_MCG_STATUS, 0);
}

void mca_start(void)
{
	if (!mca_banks())
		return;
	timer_init(&look_timer, look_everywhere, NULL, 0);
	timer_set(&look_timer, now() + LOOK_PERIOD);
}
