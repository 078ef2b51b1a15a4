/* SPDX-License-Identifier: GPL-2.0-only */
/* machine.c: the machine's end, its console, and a symbol table. */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/lib.h>
#include <hv/spinlock.h>
#include <hv/percpu.h>
#include <asm/host.h>
#include <stdio.h>
#include <stdlib.h>

const char *const arch_build_config = "CONFIG_HOST=y\n";
bool host_catching;
jmp_buf host_jmp;
const char *host_stopped;

static char output[256 * 1024];
static size_t output_len, output_read;
static char typed[256];
static unsigned int typed_start, typed_end;

/* --- the end --------------------------------------------------------------------------------- */

/* A panic that no test expects ends the process with its message. */
static void stop(const char *how) __noreturn;
static void stop(const char *how)
{
	host_stopped = how;
	if (host_catching)
		longjmp(host_jmp, 1);
	fprintf(stderr, "%s\nmachine: %s\n", output_len > 2000 ? output + output_len - 2000 : output,
		how);
	abort();
}

void arch_machine_halt(void) { stop("halt"); }
void arch_machine_restart(unsigned int delay_ms) { stop("restart"); }
void arch_machine_poweroff(void) { stop("poweroff"); }
void arch_dump_state(void) { }
void arch_dump_all_cpus(void) { printk("registers of no interest\n"); }

/* --- console --------------------------------------------------------------------------------- */

static int con_init(const char *options)
{
	return 0;
}

static void con_write(const char *s, size_t n)
{
	if (output_len + n >= sizeof(output))
		output_len = output_read = 0;
	memcpy(output + output_len, s, n);
	output_len += n;
	output[output_len] = 0;
	if (getenv("HV_VERBOSE"))
		fwrite(s, 1, n, stderr);
}

static int con_getc(void)
{
	return typed_start == typed_end ? -1 : (unsigned char)typed[typed_start++ % sizeof(typed)];
}

static void con_enable_irq(void)
{
}

const struct console_driver serial_console_1 = {
	.name = "com1",
	.init = con_init,
	.write = con_write,
	.getc = con_getc,
	.enable_irq = con_enable_irq,
};

static int not_there(const char *options)
{
	return -ENODEV;
}

const struct console_driver serial_console_2 = { .name = "com2", .init = not_there };
const struct console_driver vga_console = { .name = "vga", .late = true, .init = not_there };

const char *host_console_output(void)
{
	const char *s = output + output_read;

	output_read = output_len;
	return s;
}

void host_console_forget(void)
{
	host_console_output();
}

void host_type(const char *s)
{
	for (; *s; s++)
		typed[typed_end++ % sizeof(typed)] = *s;
	console_rx();
}

/* --- symbols --------------------------------------------------------------------------------- */

extern const struct host_symbols {
	uint64_t count;
	struct { uint64_t addr; const char *name; } s[3];
} hv_symbols;
const struct host_symbols hv_symbols = {
	3, { { 0x1000, "first" }, { 0x1080, "second" }, { 0x2000, "third" } }
};
