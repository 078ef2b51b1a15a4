/* SPDX-License-Identifier: GPL-2.0-only */
/* pci.c: PCI configuration space by ports 0xcf8/0xcfc: the first 256 bytes of segment 0.
 *
 * Locks: conf_lock (LOCK_LEAF, any context) guards the address/data pair. */
#include <hv/spinlock.h>
#include <asm/system.h>
#include <asm/irq.h>

static DEFINE_SPINLOCK(conf_lock, LOCK_LEAF);

static void set_address(uint8_t bus, uint8_t devfn, unsigned int reg)
{
	outl(0x80000000U | (uint32_t)bus << 16 | (uint32_t)devfn << 8 | (reg & 0xfc), 0xcf8);
}

uint32_t pci_conf_read(uint8_t bus, uint8_t devfn, unsigned int reg, unsigned int size)
{
	uint16_t data = 0xcfc + (reg & 3);
	unsigned long flags;
	uint32_t v;

	spin_lock_irqsave(&conf_lock, flags);
	set_address(bus, devfn, reg);
	v = size == 1 ? inb(data) : size == 2 ? inw(data) : inl(data);
	spin_unlock_irqrestore(&conf_lock, flags);
	return v;
}

void pci_conf_write(uint8_t bus, uint8_t devfn, unsigned int reg, unsigned int size, uint32_t v)
{
	uint16_t data = 0xcfc + (reg & 3);
	unsigned long flags;

	spin_lock_irqsave(&conf_lock, flags);
	set_address(bus, devfn, reg);
	if (size == 1)
		outb(v, data);
	else if (size == 2)
		outw(v, data);
	else
		outl(v, data);
	spin_unlock_irqrestore(&conf_lock, flags);
}

unsigned int pci_find_cap(uint8_t bus, uint8_t devfn, uint8_t id)
{
	unsigned int pos, n;

	if (!(pci_conf_read(bus, devfn, 6, 2) & 0x10) || pci_conf_read(bus, devfn, 0, 2) == 0xffff)
		return 0;
	pos = pci_conf_read(bus, devfn, 0x34, 1) & ~3U;
	for (n = 0; pos >= 0x40 && n < 48; n++) {
		if (pci_conf_read(bus, devfn, pos, 1) == id)
			return pos;
		pos = pci_conf_read(bus, devfn, pos + 1, 1) & ~3U;
	}
	return 0;
}
