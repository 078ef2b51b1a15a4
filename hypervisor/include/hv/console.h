/* SPDX-License-Identifier: GPL-2.0-only */
/* console.h: console drivers, the ring that keeps what was printed, and console_io. */
#ifndef HV_CONSOLE_H
#define HV_CONSOLE_H

#include <hv/param.h>
#include <hv/types.h>

struct console_driver {
	const char *name;                  /* console=NAME */
	bool late;                         /* needs the heap; gets what was printed before */
	const char *options;               /* com1=OPTIONS */
	const char *const *complaint;      /* about them, after init(); may be NULL */
	int (*init)(const char *options);  /* -Exxx leaves it out */
	void (*write)(const char *s, size_t n); /* any context, must not sleep */
	int (*getc)(void);                 /* next byte received or -1 */
	void (*enable_irq)(void);          /* from then on the arch calls console_rx() */
	void (*release)(void);             /* NULL, or: the device is dom0's from now on */
};
extern const struct console_driver serial_console_1, serial_console_2; /* drivers/serial.c: 16550s */
extern const struct console_driver vga_console;    /* drivers/vga.c: the screen, output only */

void console_init_early(void);   /* as soon as a driver can write */
void console_init(void);         /* after the heap and the command line */
void console_init_irq(void);
void console_release(void);      /* dom0 starts */
void console_rx(void);           /* bytes are waiting: VIRQ_CONSOLE to dom0, or debug keys */
void console_force_unlock(void); /* panic: break locks */
/* console_io of the domain that has the console: raw text out; typed bytes in (0: none). */
void console_guest_write(const char *s, size_t n);
size_t console_guest_read(char *buf, size_t n);
/* For sysctl readconsole: copies from *index on, updates it. */
size_t console_ring_read(char *buf, size_t size, uint32_t *index, bool clear, bool incremental);
/* A debug key (sysctl debug_keys or Ctrl-A x3). */
void handle_keypress(unsigned char key);
/* Adds a key (boot); the arch's own. */
/* crash_debug.c: the keys for what the machine ends of; before it does. */
void crash_debug_because(enum crash_reason why);
void crash_debug_run(void);
void keyhandler_register(unsigned char key, void (*fn)(void), const char *help);

#endif
