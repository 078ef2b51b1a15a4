/* SPDX-License-Identifier: GPL-2.0-only */
/* crash_debug.c: debug keys that the hypervisor presses itself when the machine comes to a bad end (options
 * crash-debug-REASON). No locks: who calls has broken them, or holds none. */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/spinlock.h>
#include <hv/timer.h>
#include "keys.h"

static enum crash_reason reason; /* CRASH_PANIC unless somebody knows better */

void crash_debug_because(enum crash_reason why)
{
	reason = why;
}

static void wait_ms(unsigned int ms)
{
	s_time_t end = now() + MILLISECS(ms);

	while (now() < end)
		cpu_relax();
}

/* Once: a key may fail itself. '+' is a pause, and C would only begin anew. */
void crash_debug_run(void)
{
	static bool done;
	const char *keys = boot_params.crash_debug[reason];

	if (done)
		return;
	done = true;
	for (; *keys; keys++) {
		if (*keys == '+') {
			wait_ms(10);
		} else if (*keys != 'C') {
			printk("crash-debug: key '%c'\n", *keys);
			handle_keypress(*keys);
		}
	}
}
