/* SPDX-License-Identifier: GPL-2.0-only */
/* msi.c: message-signalled interrupts: the message (address, data) and its mask, in a device's
 * configuration space (MSI) or in its table (MSI-X). dom0 turns the capability on and off; the
 * messages and masks are only ours: MSI-X tables in use are read-only to guests.
 *
 * Locks: the line's (LOCK_IRQ_DESC), held by the callers. */
#include <hv/arch.h>
#include <hv/page.h>
#include <asm/x86.h>
#include <asm/irq.h>

#define CAP_MSI  0x05
#define CAP_MSIX 0x11
#define PCI_COMMAND        4
#define PCI_COMMAND_MEMORY 2
#define PCI_BAR0           0x10
#define MSI_CTRL_64BIT     0x80
#define MSI_CTRL_MASK      0x100
#define MSIX_CAP_SIZE      12
#define MSIX_CTRL_SIZE     0x7ff

/* Words of an MSI-X table entry. */
enum { MSIX_ADDR, MSIX_ADDR_HI, MSIX_DATA, MSIX_CTRL, MSIX_WORDS };

struct msi_where {
	uint8_t bus, devfn;
	unsigned int cap;
	bool has_mask, is_64bit;     /* MSI */
	volatile uint32_t *entry;    /* MSI-X, else NULL */
};

bool msi_is_of(struct irq_desc *desc, uint8_t bus, uint8_t devfn)
{
	unsigned long flags;
	bool is;

	spin_lock_irqsave(&desc->lock, flags);
	is = desc->kind == IRQ_MSI && desc->msi && desc->msi->bus == bus && desc->msi->devfn == devfn;
	spin_unlock_irqrestore(&desc->lock, flags);
	return is;
}

static uint32_t msi_address(const struct irq_desc *desc)
{
	return 0xfee00000 | cpu_to_apicid[desc->cpu] << 12; /* fixed, physical destination */
}

/* --- finding the place ------------------------------------------------------------------------------ */

/* Base of a memory BAR, or 0. */
static paddr_t bar_base(uint8_t bus, uint8_t devfn, unsigned int bar)
{
	uint32_t lo = pci_conf_read(bus, devfn, PCI_BAR0 + bar * 4, 4);
	paddr_t base = lo & ~0xfU;

	if (bar > 5 || lo & 1)
		return 0;
	if ((lo & 6) == 4)
		base |= (paddr_t)pci_conf_read(bus, devfn, PCI_BAR0 + bar * 4 + 4, 4) << 32;
	return base;
}

/* Where a word of the capability (table, pending bits) says that something is; 0 if nowhere. */
static paddr_t msix_place(uint8_t bus, uint8_t devfn, unsigned int reg)
{
	uint32_t word = pci_conf_read(bus, devfn, reg, 4);
	paddr_t base = bar_base(bus, devfn, word & 7);

	return base ? base + (word & ~7U) : 0;
}

/* The table and the pages that it and the pending bits are on. */
static int find_table(uint8_t bus, uint8_t devfn, unsigned int cap, paddr_t *ret_table,
	struct msix_pages *ret_pages)
{
	unsigned int n = (pci_conf_read(bus, devfn, cap + 2, 2) & MSIX_CTRL_SIZE) + 1;
	paddr_t table = msix_place(bus, devfn, cap + 4), pba = msix_place(bus, devfn, cap + 8);

	if (!table || !pba || !(pci_conf_read(bus, devfn, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY))
		return -ENXIO;
	ret_pages->first[0] = PFN_DOWN(table);
	ret_pages->last[0] = PFN_DOWN(table + n * MSIX_WORDS * 4 - 1);
	ret_pages->first[1] = PFN_DOWN(pba);
	ret_pages->last[1] = PFN_DOWN(pba + DIV_ROUND_UP(n, 64) * 8 - 1);
	*ret_table = table;
	return 0;
}

static int prepare_msix(const struct msi_request *req, struct msi_where *w)
{
	struct msix_pages pages;
	paddr_t base;
	int rc;

	w->cap = pci_find_cap(req->bus, req->devfn, CAP_MSIX);
	if (!w->cap)
		return -ENODEV;
	if (req->entry > (pci_conf_read(req->bus, req->devfn, w->cap + 2, 2) & MSIX_CTRL_SIZE))
		return -EINVAL;
	rc = find_table(req->bus, req->devfn, w->cap, &base, &pages);
	if (rc)
		return rc;
	base += req->entry * MSIX_WORDS * 4;
	/* never over memory, what is the hypervisor's or no address at all, whatever the device says */
	if (arch_mfn_is_ram(mk_mfn(PFN_DOWN(base))) || !iomem_range_ok(PFN_DOWN(base), PFN_DOWN(base)))
		return -EINVAL;
	rc = msix_protect(req->bus, req->devfn, &pages);
	if (rc)
		return rc;
	w->entry = ioremap(base, MSIX_WORDS * 4);
	if (w->entry)
		return 0;
	msix_unprotect(req->bus, req->devfn);
	return -ENOMEM;
}

/* Before another domain gets the device, and when it is back. */
int msix_prepare(uint16_t seg, uint8_t bus, uint8_t devfn, bool on)
{
	unsigned int cap = seg ? 0 : pci_find_cap(bus, devfn, CAP_MSIX);
	struct msix_pages pages;
	paddr_t table;
	int rc;

	if (!cap)
		return -ENODEV;
	if (msix_users(bus, devfn) != !on)
		return -EBUSY;
	if (!on) {
		msix_unprotect(bus, devfn);
		return 0;
	}
	rc = find_table(bus, devfn, cap, &table, &pages);
	return rc ? rc : msix_protect(bus, devfn, &pages);
}

static int prepare_msi(const struct msi_request *req, struct msi_where *w)
{
	uint32_t ctrl;

	w->cap = pci_find_cap(req->bus, req->devfn, CAP_MSI);
	if (!w->cap)
		return -ENODEV;
	ctrl = pci_conf_read(req->bus, req->devfn, w->cap + 2, 2);
	w->is_64bit = ctrl & MSI_CTRL_64BIT;
	w->has_mask = ctrl & MSI_CTRL_MASK;
	return 0;
}

int msi_prepare(const struct msi_request *req, struct msi_where **ret_where)
{
	struct msi_where *w;
	int rc;

	if (req->seg)
		return -ENODEV; /* only what ports 0xcf8 and 0xcfc reach */
	w = xzalloc(struct msi_where);
	if (!w)
		return -ENOMEM;
	w->bus = req->bus;
	w->devfn = req->devfn;
	rc = req->table_base ? prepare_msix(req, w) : prepare_msi(req, w);
	if (rc)
		xfree(w);
	else
		*ret_where = w;
	return rc;
}

void msi_release(struct msi_where *w)
{
	if (!w)
		return;
	if (w->entry) {
		iounmap((void *)w->entry);
		msix_unprotect(w->bus, w->devfn);
	}
	xfree(w);
}

/* --- message and mask -------------------------------------------------------------------------------- */

static void write_msix(const struct irq_desc *desc, const struct msi_where *w)
{
	uint32_t ctrl = w->entry[MSIX_CTRL];

	w->entry[MSIX_CTRL] = ctrl | 1; /* never a message half old, half new */
	w->entry[MSIX_ADDR] = msi_address(desc);
	w->entry[MSIX_ADDR_HI] = 0;
	w->entry[MSIX_DATA] = desc->vector;
	w->entry[MSIX_CTRL] = ctrl;
	(void)w->entry[MSIX_CTRL];
}

static void write_msi(const struct irq_desc *desc, const struct msi_where *w)
{
	pci_conf_write(w->bus, w->devfn, w->cap + 4, 4, msi_address(desc));
	if (w->is_64bit)
		pci_conf_write(w->bus, w->devfn, w->cap + 8, 4, 0);
	pci_conf_write(w->bus, w->devfn, w->cap + (w->is_64bit ? 12 : 8), 2, desc->vector);
}

void msi_write(const struct irq_desc *desc)
{
	const struct msi_where *w = desc->msi;

	if (!w)
		return;
	if (w->entry)
		write_msix(desc, w);
	else
		write_msi(desc, w);
}

void msi_mask(const struct irq_desc *desc, bool masked)
{
	const struct msi_where *w = desc->msi;

	if (!w)
		return;
	if (w->entry) {
		w->entry[MSIX_CTRL] = (w->entry[MSIX_CTRL] & ~1U) | masked;
		(void)w->entry[MSIX_CTRL];
	} else if (w->has_mask) {
		pci_conf_write(w->bus, w->devfn, w->cap + (w->is_64bit ? 16 : 12), 4, masked);
	}
}

/* The line of a device's MSI, or of any of its MSI-X entries; NULL if it has none in use. */
static struct irq_desc *line_of_device(uint8_t bus, uint8_t devfn)
{
	unsigned int i;

	for (i = nr_gsis; i < NR_IRQS; i++) {
		if (msi_is_of(&irq_desc[i], bus, devfn))
			return &irq_desc[i];
	}
	return NULL;
}

/* MSI-X: only its control word; MSI with a mask register: that and the mask, in which what we mask
 * stays masked. The line cannot go: it is dom0's, which serialises its own accesses to a device. */
bool msi_conf_write_ok(uint8_t bus, uint8_t devfn, unsigned int reg, unsigned int size, uint32_t *v)
{
	struct irq_desc *desc = line_of_device(bus, devfn);
	bool ok = true;
	unsigned long flags;
	unsigned int mask;

	if (!desc)
		return true;
	spin_lock_irqsave(&desc->lock, flags);
	const struct msi_where *w = desc->msi;
	if (!w) {
		ok = true;
	} else if (w->entry) {
		ok = reg < w->cap || reg >= w->cap + MSIX_CAP_SIZE || (reg == w->cap + 2 && size == 2);
	} else if (w->has_mask) {
		mask = w->cap + (w->is_64bit ? 16 : 12);
		if (reg >= w->cap && reg < mask + 8)
			ok = (reg == w->cap + 2 && size == 2) || (reg == mask && size == 4);
		if (reg == mask && size == 4)
			*v |= !desc->enabled || desc->in_flight;
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return ok;
}

int msi_restore(uint16_t seg, uint8_t bus, uint8_t devfn)
{
	unsigned int i;

	if (seg)
		return -ENODEV;
	for (i = nr_gsis; i < NR_IRQS; i++) {
		struct irq_desc *desc = &irq_desc[i];
		unsigned long flags;

		spin_lock_irqsave(&desc->lock, flags);
		if (desc->kind == IRQ_MSI && desc->msi && desc->msi->bus == bus &&
		    desc->msi->devfn == devfn) {
			msi_write(desc);
			msi_mask(desc, !desc->enabled);
		}
		spin_unlock_irqrestore(&desc->lock, flags);
	}
	return 0;
}
