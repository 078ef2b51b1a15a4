/* SPDX-License-Identifier: GPL-2.0-only */
/* serial.c: the console on a 16550 UART (com1=BAUD[,FORMAT[,PORT[,IRQ]]]): sends by polling,
 * receives by interrupt.
 *
 * Locks: none of its own: writers hold the console's, the reader its receive lock, and the two
 *        directions share no register that both write. */
#include <hv/console.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <asm/system.h>
#include <asm/irq.h>
#include <asm/ports.h>

enum uart_reg {
	UART_DATA = 0, UART_IER = 1, UART_FCR = 2, UART_LCR = 3, UART_MCR = 4, UART_LSR = 5,
	UART_SCR = 7,
};
#define IER_RX      1
#define LCR_DLAB    0x80
#define LSR_RX      1
#define LSR_TX_FREE 0x20
#define UART_CLOCK  115200

static uint16_t port = 0x3f8;
static unsigned int irq = 4;
static const char *complaint; /* about the options, until there is a console to tell it */

static uint8_t reg_read(enum uart_reg r) { return inb(port + r); }
static void reg_write(enum uart_reg r, uint8_t v) { outb(v, port + r); }

#define LCR_8N1 3

/* "8n1": data bits, parity, stop bits. */
static uint8_t parse_format(const char *s)
{
	static const struct { char c; uint8_t lcr; } parity[] = { { 'n', 0 }, { 'o', 0x08 }, { 'e', 0x18 } };
	unsigned int i;

	if (s[0] >= '5' && s[0] <= '8')
		for (i = 0; i < ARRAY_SIZE(parity); i++)
			if (s[1] == parity[i].c && (s[2] == '1' || s[2] == '2'))
				return (s[0] - '5') | parity[i].lcr | (s[2] == '2' ? 0x04 : 0);
	complaint = "format not understood (as in 8n1)";
	return LCR_8N1;
}

/* 0: "auto", leave it alone. */
static unsigned long parse_baud(const char *s)
{
	char *end;
	unsigned long baud = strtoul(s, &end, 10);

	if (end != s && (!*end || *end == ',') && baud && baud <= UART_CLOCK)
		return baud;
	if (strncmp(s, "auto", 4))
		complaint = "speed not understood (up to 115200, or auto)";
	return 0;
}

/* The text behind the n-th comma, or NULL. */
static const char *field(const char *s, unsigned int n)
{
	while (s && n--) {
		s = strchr(s, ',');
		s = s ? s + 1 : NULL;
	}
	return s && *s && *s != ',' ? s : NULL;
}

static int serial_init(const char *options)
{
	const char *f;
	unsigned long baud = 0;
	uint8_t lcr = LCR_8N1;

	f = field(options, 0);
	if (f)
		baud = parse_baud(f);
	f = field(options, 1);
	if (f)
		lcr = parse_format(f);
	f = field(options, 4);
	if (f)
		complaint = "more than SPEED,FORMAT,PORT,IRQ";
	f = field(options, 2);
	if (f)
		port = strtoul(f, NULL, 0);
	f = field(options, 3);
	if (f)
		irq = strtoul(f, NULL, 0);

	reg_write(UART_SCR, 0x5a);
	if (reg_read(UART_SCR) != 0x5a)
		return -ENODEV;
	reg_write(UART_IER, 0);
	if (baud) {
		uint16_t divisor = UART_CLOCK / baud;

		reg_write(UART_LCR, lcr | LCR_DLAB);
		reg_write(UART_DATA, divisor & 0xff);
		reg_write(UART_IER, divisor >> 8);
	}
	reg_write(UART_LCR, lcr);
	reg_write(UART_FCR, 0x07); /* FIFOs on and empty, interrupt on the first byte */
	reg_write(UART_MCR, 0x0b); /* DTR, RTS, and OUT2 lets the interrupt through */
	ports_deny(port, port + 7);
	return 0;
}

static void put(char c)
{
	unsigned int spins = 100000; /* a dead line must not stop the machine */

	while (!(reg_read(UART_LSR) & LSR_TX_FREE) && --spins)
		cpu_relax();
	reg_write(UART_DATA, c);
}

static void serial_write(const char *s, size_t n)
{
	for (; n; n--, s++) {
		if (*s == '\n')
			put('\r');
		put(*s);
	}
}

static int serial_getc(void)
{
	return reg_read(UART_LSR) & LSR_RX ? reg_read(UART_DATA) : -1;
}

static void serial_irq(void *unused)
{
	(void)reg_read(UART_FCR); /* interrupt identification: acknowledges */
	console_rx();
}

static void serial_enable_irq(void)
{
	int rc = irq_request(isa_irq_to_gsi(irq), serial_irq, NULL);

	if (complaint)
		printk(LOG_WARN "com1=%s: %s\n", boot_params.com1, complaint);
	if (rc)
		printk(LOG_WARN "serial: no interrupt %u (%d): no input\n", irq, rc);
	else
		reg_write(UART_IER, IER_RX);
}

const struct console_driver serial_console = {
	.name = "com1",
	.init = serial_init,
	.write = serial_write,
	.getc = serial_getc,
	.enable_irq = serial_enable_irq,
};
