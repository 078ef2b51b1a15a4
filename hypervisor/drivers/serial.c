/* SPDX-License-Identifier: GPL-2.0-only */
/* serial.c: consoles on two 16550 UARTs (com1=, com2=BAUD[/BASE][,FORMAT[,PORT|pci[,IRQ[,BB:DD.F]]]]): send by
 * polling, receive by interrupt, or by a timer where there is none.
 *
 * Locks: none of its own: writers hold the console's, the reader its receive lock, and the two
 *        directions share no register that both write. */
#include <hv/console.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/timer.h>
#include <asm/system.h>
#include <asm/irq.h>
#include <asm/ports.h>

enum uart_reg {
	UART_DATA = 0, UART_IER = 1, UART_FCR = 2, UART_LCR = 3, UART_MCR = 4, UART_LSR = 5,
	UART_SCR = 7,
};
#define IER_RX      1
#define LCR_DLAB    0x80
#define LCR_8N1     3
#define LSR_RX      1
#define LSR_TX_FREE 0x20
#define POLL_PERIOD MILLISECS(20)

struct uart {
	uint16_t port;
	unsigned int irq;        /* 0: looked at from time to time */
	unsigned long base;      /* the highest speed: the clock's, divided by 16 */
	const char *complaint;   /* about the options, until there is a console to tell it */
	struct timer poll;
};
static struct uart uarts[2] = {
	{ .port = 0x3f8, .irq = 4, .base = 115200 },
	{ .port = 0x2f8, .irq = 3, .base = 115200 },
};

static uint8_t reg_read(const struct uart *u, enum uart_reg r) { return inb(u->port + r); }
static void reg_write(const struct uart *u, enum uart_reg r, uint8_t v) { outb(v, u->port + r); }

/* --- options ------------------------------------------------------------------------------------------- */

/* "8n1": data bits, parity, stop bits. */
static uint8_t parse_format(struct uart *u, const char *s)
{
	static const struct { char c; uint8_t lcr; } parity[] = {
		{ 'n', 0 }, { 'o', 0x08 }, { 'e', 0x18 }, { 'm', 0x28 }, { 's', 0x38 },
	};
	unsigned int i;

	if (s[0] >= '5' && s[0] <= '8')
		for (i = 0; i < ARRAY_SIZE(parity); i++)
			if (s[1] == parity[i].c && (s[2] == '1' || s[2] == '2'))
				return (s[0] - '5') | parity[i].lcr | (s[2] == '2' ? 0x04 : 0);
	u->complaint = "format not understood (as in 8n1)";
	return LCR_8N1;
}

/* 0: "auto", leave it alone. The base is set on the way. */
static unsigned long parse_baud(struct uart *u, const char *s)
{
	char *end;
	unsigned long baud, base;

	if (!strncmp(s, "auto", 4))
		return 0;
	baud = strtoul(s, &end, 10);
	if (end != s && *end == '/') {
		base = strtoul(end + 1, &end, 10);
		if (base >= 115200 && base <= 16000000)
			u->base = base;
		else
			baud = 0;
	}
	if ((!*end || *end == ',') && baud && baud <= u->base && u->base / baud <= 0xffff)
		return baud;
	u->complaint = "speed not understood (up to that of the port, or auto)";
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

/* --- on a PCI card --------------------------------------------------------------------------------------- */

#define PCI_CLASS_SERIAL 0x0700U

static bool is_serial(unsigned int bus, unsigned int devfn)
{
	return pci_conf_read(bus, devfn, 0, 2) != 0xffff &&
		pci_conf_read(bus, devfn, 8, 4) >> 16 == PCI_CLASS_SERIAL;
}

static bool find_serial(unsigned int *ret_bus, unsigned int *ret_devfn)
{
	unsigned int at, fn, functions;

	for (at = 0; at < 256 * 32; at++) {
		if (pci_conf_read(at >> 5, (at & 31) << 3, 0, 2) == 0xffff)
			continue;
		functions = pci_conf_read(at >> 5, (at & 31) << 3, 14, 1) & 0x80 ? 8 : 1;
		for (fn = 0; fn < functions; fn++)
			if (is_serial(at >> 5, (at & 31) << 3 | fn)) {
				*ret_bus = at >> 5;
				*ret_devfn = (at & 31) << 3 | fn;
				return true;
			}
	}
	return false;
}

/* "bb:dd.f", hexadecimal. */
static bool parse_place(const char *s, unsigned int *ret_bus, unsigned int *ret_devfn)
{
	unsigned long bus, dev, fn;
	char *end;

	bus = strtoul(s, &end, 16);
	if (end == s || *end != ':' || bus > 0xff)
		return false;
	dev = strtoul(end + 1, &end, 16);
	if (*end != '.' || dev > 0x1f)
		return false;
	fn = strtoul(end + 1, &end, 16);
	if ((*end && *end != ',') || fn > 7)
		return false;
	*ret_bus = bus;
	*ret_devfn = dev << 3 | fn;
	return true;
}

/* place: NULL for the first card there is. */
static int use_card(struct uart *u, const char *place)
{
	unsigned int bus, devfn;
	uint32_t bar;

	if (place ? !parse_place(place, &bus, &devfn) || !is_serial(bus, devfn) : !find_serial(&bus, &devfn)) {
		u->complaint = "no such PCI card";
		return -ENODEV;
	}
	bar = pci_conf_read(bus, devfn, 0x10, 4);
	if (!(bar & 1) || !(bar & 0xfff8)) {
		u->complaint = "that PCI card has no I/O ports";
		return -ENODEV;
	}
	pci_conf_write(bus, devfn, 4, 2, pci_conf_read(bus, devfn, 4, 2) | 1);
	u->port = bar & 0xfff8;
	u->irq = 0;
	return 0;
}

/* --- the device ------------------------------------------------------------------------------------------ */

static int parse_options(struct uart *u, const char *options, unsigned long *ret_baud, uint8_t *ret_lcr)
{
	const char *f = field(options, 0);

	*ret_baud = f ? parse_baud(u, f) : 0;
	f = field(options, 1);
	*ret_lcr = f ? parse_format(u, f) : LCR_8N1;
	if (field(options, 5))
		u->complaint = "more than SPEED,FORMAT,PORT,IRQ,PCI-CARD";
	f = field(options, 2);
	if (field(options, 4) || (f && !strncmp(f, "pci", 3))) {
		if (use_card(u, field(options, 4)))
			return -ENODEV;
	} else if (f) {
		u->port = strtoul(f, NULL, 0);
	}
	f = field(options, 3);
	if (f)
		u->irq = strtoul(f, NULL, 0); /* 0 for "msi", too */
	return 0;
}

static int uart_init(struct uart *u, const char *options)
{
	unsigned long baud;
	uint8_t lcr;

	if (parse_options(u, options, &baud, &lcr))
		return -ENODEV;
	reg_write(u, UART_SCR, 0x5a);
	if (reg_read(u, UART_SCR) != 0x5a)
		return -ENODEV;
	reg_write(u, UART_IER, 0);
	if (baud) {
		uint16_t divisor = u->base / baud;

		reg_write(u, UART_LCR, lcr | LCR_DLAB);
		reg_write(u, UART_DATA, divisor & 0xff);
		reg_write(u, UART_IER, divisor >> 8);
	}
	reg_write(u, UART_LCR, lcr);
	reg_write(u, UART_FCR, 0x07); /* FIFOs on and empty, interrupt on the first byte */
	reg_write(u, UART_MCR, 0x0b); /* DTR, RTS, and OUT2 lets the interrupt through */
	ports_deny(u->port, u->port + 7);
	return 0;
}

static void put(const struct uart *u, char c)
{
	unsigned int spins = 100000; /* a dead line must not stop the machine */

	while (!(reg_read(u, UART_LSR) & LSR_TX_FREE) && --spins)
		cpu_relax();
	reg_write(u, UART_DATA, c);
}

static void uart_write(const struct uart *u, const char *s, size_t n)
{
	for (; n; n--, s++) {
		if (*s == '\n')
			put(u, '\r');
		put(u, *s);
	}
}

/* All bits: the card is gone. */
static int uart_getc(const struct uart *u)
{
	uint8_t status = reg_read(u, UART_LSR);

	return status & LSR_RX && status != 0xff ? reg_read(u, UART_DATA) : -1;
}

static void uart_irq(void *u)
{
	(void)reg_read(u, UART_FCR); /* interrupt identification: acknowledges */
	console_rx();
}

static void uart_poll(void *data)
{
	struct uart *u = data;

	if (reg_read(u, UART_LSR) & LSR_RX)
		console_rx();
	timer_set(&u->poll, now() + POLL_PERIOD);
}

static void uart_enable_irq(struct uart *u)
{
	int rc = u->irq ? irq_request(isa_irq_to_gsi(u->irq), uart_irq, u) : 0;

	if (rc)
		printk(LOG_WARN "serial: no interrupt %u (%d): no input\n", u->irq, rc);
	else if (u->irq)
		reg_write(u, UART_IER, IER_RX);
	else {
		timer_init(&u->poll, uart_poll, u, 0);
		timer_set(&u->poll, now() + POLL_PERIOD);
	}
}

/* --- two of them ------------------------------------------------------------------------------------------ */

#define UART_CONSOLE(n) \
	static int init_##n(const char *options) { return uart_init(&uarts[n - 1], options); } \
	static void write_##n(const char *s, size_t len) { uart_write(&uarts[n - 1], s, len); } \
	static int getc_##n(void) { return uart_getc(&uarts[n - 1]); } \
	static void enable_irq_##n(void) { uart_enable_irq(&uarts[n - 1]); } \
	const struct console_driver serial_console_##n = { \
		.name = "com" #n, .options = boot_params.com##n, .complaint = &uarts[n - 1].complaint, \
		.init = init_##n, .write = write_##n, .getc = getc_##n, .enable_irq = enable_irq_##n, \
	}

UART_CONSOLE(1);
UART_CONSOLE(2);
