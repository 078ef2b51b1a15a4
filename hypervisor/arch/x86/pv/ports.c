/* SPDX-License-Identifier: GPL-2.0-only */
/* ports.c: what a paravirtual guest's port accesses do.
 *
 * dom0 reaches every port but those the hypervisor keeps (interrupt controllers, timers, its
 * console); PCI configuration goes through drivers/pci.c, so that the address register is each
 * domain's own. Other domains reach what they were given (access.c). What is denied reads as ones and
 * ignores writes. An access that is not permitted as a whole is made byte by byte.
 *
 * Locks: pit_lock (LOCK_LEAF) guards the emulated timer channel. */
#include <hv/domain.h>
#include <hv/timer.h>
#include <asm/access.h>
#include <asm/x86.h>
#include <asm/irq.h>
#include <asm/ports.h>

#define PCI_CONF_ADDRESS 0xcf8
#define PCI_CONF_DATA    0xcfc
#define PCI_CONF_ENABLE  0x80000000U

#define MAX_DENIED 9
static struct { uint16_t first, last; } denied[MAX_DENIED] = {
	{ 0x20, 0x21 }, { 0xa0, 0xa1 }, { 0x40, 0x43 }, { 0x61, 0x61 }, { 0x4d0, 0x4d1 },
	{ PCI_CONF_DATA, PCI_CONF_DATA + 3 },
};
static unsigned int nr_denied = 6;

void ports_deny(uint16_t first, uint16_t last)
{
	if (nr_denied == MAX_DENIED)
		return;
	denied[nr_denied].first = first;
	denied[nr_denied++].last = last;
}

bool ports_are_denied(unsigned int first, unsigned int last)
{
	unsigned int i;

	for (i = 0; i < nr_denied; i++)
		if (first <= denied[i].last && last >= denied[i].first)
			return true;
	return false;
}

static uint32_t all_ones(unsigned int size)
{
	return size == 4 ? 0xffffffff : (1U << 8 * size) - 1;
}

/* --- timer channel 2 and its gate: dom0 measures the TSC with it --------------------------------------- */

#define PIT_HZ 1193182

static DEFINE_SPINLOCK(pit_lock, LOCK_LEAF);
static struct {
	uint8_t gate;         /* port 0x61, bits 0 and 1 */
	uint8_t mode;
	bool high_next;       /* of the two bytes of a count */
	uint16_t count;       /* as loaded */
	bool latched;
	uint16_t latch;
	s_time_t start;       /* when the count was loaded or the gate opened */
} pit;

static uint64_t pit_elapsed(void)
{
	return pit.gate & 1 ? (uint64_t)(now() - pit.start) * PIT_HZ / NSEC_PER_SEC : 0;
}

static uint16_t pit_count(void)
{
	return pit.count - pit_elapsed();
}

/* Output: in mode 0 high once the count has run out. */
static bool pit_out(void)
{
	uint32_t total = pit.count ? pit.count : 0x10000;

	if (pit.mode == 0)
		return pit_elapsed() >= total;
	return pit_elapsed() % total < total / 2;
}

static uint8_t pit_read(uint16_t port)
{
	uint16_t v;

	if (port == 0x61)
		return pit.gate | pit_out() << 5;
	if (port == 0x43)
		return 0xff;
	v = pit.latched ? pit.latch : pit_count();
	if (pit.high_next) {
		pit.latched = false;
		v >>= 8;
	}
	pit.high_next = !pit.high_next;
	return v;
}

static void pit_write(uint16_t port, uint8_t v)
{
	if (port == 0x61) {
		if ((v & 1) && !(pit.gate & 1))
			pit.start = now();
		pit.gate = v & 3;
	} else if (port == 0x43 && v >> 6 == 2) {
		pit.high_next = false;
		if (v & 0x30)
			pit.mode = v >> 1 & 7;
		else if (!pit.latched) {
			pit.latch = pit_count();
			pit.latched = true;
		}
	} else if (port == 0x42) {
		pit.count = pit.high_next ? (pit.count & 0xff) | v << 8 : (pit.count & 0xff00) | v;
		pit.high_next = !pit.high_next;
		if (!pit.high_next)
			pit.start = now();
	}
}

static uint8_t pit_access(uint16_t port, bool write, uint8_t v)
{
	unsigned long flags;

	spin_lock_irqsave(&pit_lock, flags);
	if (write)
		pit_write(port, v);
	else
		v = pit_read(port);
	spin_unlock_irqrestore(&pit_lock, flags);
	return v;
}

static bool is_pit(uint16_t port)
{
	return port == 0x42 || port == 0x43 || port == 0x61;
}

/* --- PCI configuration ------------------------------------------------------------------------------------ */

static bool is_conf_data(uint16_t port)
{
	return (port & ~3) == PCI_CONF_DATA;
}

/* dom0 alone, through its own address register; the port is within one word of it. */
static uint32_t conf_read(const struct domain *d, uint16_t port, unsigned int size)
{
	uint32_t a = d->arch.pci_cf8;

	if (!d->arch.io_all || !(a & PCI_CONF_ENABLE))
		return all_ones(size);
	return pci_conf_read(a >> 16, a >> 8, (a & 0xfc) | (port & 3), size);
}

static void conf_write(const struct domain *d, uint16_t port, unsigned int size, uint32_t v)
{
	uint32_t a = d->arch.pci_cf8;
	unsigned int reg = (a & 0xfc) | (port & 3);

	if (d->arch.io_all && (a & PCI_CONF_ENABLE) && msi_conf_write_ok(a >> 16, a >> 8, reg, size, &v))
		pci_conf_write(a >> 16, a >> 8, reg, size, v);
}

/* --- both ways ---------------------------------------------------------------------------------------------- */

static uint32_t raw_in(uint16_t port, unsigned int size)
{
	return size == 1 ? inb(port) : size == 2 ? inw(port) : inl(port);
}

static void raw_out(uint16_t port, unsigned int size, uint32_t v)
{
	if (size == 1)
		outb(v, port);
	else if (size == 2)
		outw(v, port);
	else
		outl(v, port);
}

/* As a whole at the device. The address register is never touched as a word. */
static bool is_direct(const struct domain *d, uint16_t port, unsigned int size)
{
	return domain_has_io(d) && !(port == PCI_CONF_ADDRESS && size == 4) &&
		ports_access_permitted(d, port, port + size - 1);
}

/* How much of an access that is not direct is one piece. */
static unsigned int piece(uint16_t port, unsigned int size)
{
	unsigned int n;

	if (port == PCI_CONF_ADDRESS && size == 4)
		return 4;
	if (!is_conf_data(port))
		return 1;
	n = min(size, 4U - (port & 3));
	return n == 3 ? 2 : n;
}

static uint32_t read_piece(struct domain *d, uint16_t port, unsigned int size)
{
	if (port == PCI_CONF_ADDRESS && size == 4)
		return d->arch.pci_cf8;
	if (is_conf_data(port))
		return conf_read(d, port, size);
	if (is_pit(port))
		return d->arch.io_all ? pit_access(port, false, 0) : port == 0x42 ? 0 : 0xff;
	return all_ones(size);
}

static void write_piece(struct domain *d, uint16_t port, unsigned int size, uint32_t val)
{
	if (port == PCI_CONF_ADDRESS && size == 4)
		d->arch.pci_cf8 = val;
	else if (is_conf_data(port))
		conf_write(d, port, size, val);
	else if (is_pit(port) && d->arch.io_all)
		pit_access(port, true, val);
}

/* A domain without devices that measures with the PIT reads zeroes there, at which it gives up. */
uint32_t pv_port_read(struct vcpu *v, uint16_t port, unsigned int size)
{
	struct domain *d = v->domain;
	unsigned int done, n;
	uint32_t val = 0;

	if (is_direct(d, port, size))
		return raw_in(port, size);
	for (done = 0; done < size; done += n) {
		n = piece(port + done, size - done);
		val |= (read_piece(d, port + done, n) & all_ones(n)) << 8 * done;
	}
	return val;
}

void pv_port_write(struct vcpu *v, uint16_t port, unsigned int size, uint32_t val)
{
	struct domain *d = v->domain;
	unsigned int done, n;

	if (is_direct(d, port, size)) {
		if (port != acpi.pm_tmr)
			raw_out(port, size, val);
		return;
	}
	for (done = 0; done < size; done += n) {
		n = piece(port + done, size - done);
		write_piece(d, port + done, n, val >> 8 * done & all_ones(n));
	}
}
