/* SPDX-License-Identifier: GPL-2.0-only */
/* printk.c: messages of the hypervisor (levels, rate limit for guests' doings) and panic.
 *
 * Locks:   console_lock (LOCK_CONSOLE) guards the line buffer and the limiter and is held while the
 *          text goes to the console's ring and drivers (console.c).
 * Context: any. After a panic no lock is waited for. */
#include <hv/lib.h>
#include <hv/spinlock.h>
#include <hv/param.h>
#include <hv/timer.h>
#include <hv/arch.h>
#include <hv/console.h>
#include "console-private.h"
#include "keys.h"
#include <asm/current.h>

DEFINE_SPINLOCK(console_lock, LOCK_CONSOLE);

#define GUEST_BURST  10
#define GUEST_PERIOD SECONDS(5)

static char line_buf[1024];
static bool mid_line;      /* the last message had no newline */
static bool line_shown;    /* and whether it was shown */
static unsigned int guest_tokens = GUEST_BURST, guest_dropped;
static s_time_t guest_refilled;

/* Strips "<G>" and "<N>" and says if the message is wanted. Continued lines share their fate. */
static bool message_wanted(const char **text, bool *ret_guest)
{
	const char *s = *text;
	unsigned int level = 0;
	bool leveled = false, guest = false;

	if (s[0] == '<' && s[1] == 'G' && s[2] == '>') {
		guest = leveled = true;
		s += 3;
	}
	if (s[0] == '<' && s[1] >= '0' && s[1] <= '3' && s[2] == '>') {
		level = s[1] - '0';
		leveled = true;
		s += 3;
	}
	*text = s;
	*ret_guest = guest;
	if (!leveled)
		return !mid_line || line_shown;
	return level < (guest ? boot_params.guest_loglvl : boot_params.loglvl);
}

static bool guest_limit_passes(void)
{
	s_time_t t = now();

	if (t - guest_refilled >= GUEST_PERIOD) {
		guest_refilled = t;
		guest_tokens = GUEST_BURST;
		if (guest_dropped) {
			char note[64];
			int n = snprintf(note, sizeof(note), "(XEN) %u guest messages left out\n",
				guest_dropped);

			console_emit(note, n);
		}
		guest_dropped = 0;
	}
	if (!guest_tokens) {
		guest_dropped++;
		return false;
	}
	guest_tokens--;
	return true;
}

/* Puts the prefix before every line. */
static void emit_lines(const char *s)
{
	char stamp[STAMP_SIZE];

	while (*s) {
		const char *nl = strchr(s, '\n');
		size_t n = nl ? (size_t)(nl - s) + 1 : strlen(s);

		if (!mid_line) {
			console_emit("(XEN) ", 6);
			console_stamp(stamp, sizeof(stamp));
			console_emit(stamp, strlen(stamp));
		}
		console_emit(s, n);
		mid_line = !nl;
		s += n;
	}
}

static void vprintk(const char *fmt, va_list ap)
{
	unsigned long flags;
	const char *text = line_buf;
	bool guest, shown;

	spin_lock_irqsave(&console_lock, flags);
	vsnprintf(line_buf, sizeof(line_buf), fmt, ap);
	shown = message_wanted(&text, &guest) && (!guest || guest_limit_passes());
	if (shown) {
		emit_lines(text);
	} else if (*text) {
		mid_line = text[strlen(text) - 1] != '\n';
	}
	line_shown = shown;
	spin_unlock_irqrestore(&console_lock, flags);
	if (shown)
		console_tell_readers();
}

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
}

/* --- debug keys +, -, S ------------------------------------------------------------------------ */

static bool adjust_guest; /* the level that + and - change */

static unsigned int *level_adjusted(void)
{
	return adjust_guest ? &boot_params.guest_loglvl : &boot_params.loglvl;
}

static void change_level(char key, int by)
{
	static const char *const texts[] = { "Nothing", "Errors", "Errors and warnings",
		"Errors, warnings and info", "All" };
	unsigned int *level = level_adjusted();

	if ((by > 0 && *level + 1 < ARRAY_SIZE(texts)) || (by < 0 && *level))
		*level += by;
	printk("'%c' pressed -> %s log level: %s\n", key, adjust_guest ? "guest" : "standard",
		texts[min(*level, (unsigned int)ARRAY_SIZE(texts) - 1)]);
}

void key_level_more(void)
{
	change_level('+', 1);
}

void key_level_less(void)
{
	change_level('-', -1);
}

void key_level_which(void)
{
	adjust_guest = !adjust_guest;
	printk("'S' pressed -> %s log level adjustment enabled\n", adjust_guest ? "guest" : "standard");
}

/* --- the end ------------------------------------------------------------------------------------ */

void panic(const char *fmt, ...)
{
	static unsigned int panics;
	char text[256];
	va_list ap;

	local_irq_disable();
	console_force_unlock();
	/* Twice: something that the panic itself uses is broken. */
	if (__atomic_fetch_add(&panics, 1, __ATOMIC_SEQ_CST) > 1)
		arch_machine_halt();
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printk("\n****************************************\n");
	printk("Panic on CPU %u: %s\n", smp_processor_id(), text);
	printk("****************************************\n");
	arch_dump_state();
	crash_debug_run();
	if (boot_params.noreboot) {
		printk("Stopped (noreboot).\n");
		__atomic_store_n(&panics, 0, __ATOMIC_SEQ_CST);
		arch_machine_halt();
	}
	printk("Reboot in five seconds...\n");
	__atomic_store_n(&panics, 0, __ATOMIC_SEQ_CST);
	arch_machine_restart(5000);
}

void bug(const char *file, int line, const char *what)
{
	panic("%s at %s:%d", what, file, line);
}
