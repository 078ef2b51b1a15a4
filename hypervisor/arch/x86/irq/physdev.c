/* SPDX-License-Identifier: GPL-2.0-only */
/* physdev.c: the physdev_op hypercall, a table of rows. Each operation gets its argument copied in
 * once; rows marked BACK have it copied out again after success, those marked ALWAYS in any case.
 *
 * Locks: those of the set of PCI devices that dom0 reported. */
#include <hv/lib.h>
#include <hv/arch.h>
#include <hv/hypercall.h>
#include <hv/guest_access.h>
#include <hv/rangeset.h>
#include <xen/physdev.h>
#include <asm/x86.h>
#include "pirq.h"

union physdev_arg {
	struct physdev_eoi eoi;
	struct physdev_pirq_eoi_gmfn eoi_gmfn;
	struct physdev_irq_status_query status;
	struct physdev_set_iopl iopl;
	struct physdev_set_iobitmap iobitmap;
	struct physdev_apic apic;
	struct physdev_irq irq;
	struct physdev_map_pirq map;
	struct physdev_unmap_pirq unmap;
	struct physdev_manage_pci pci;
	struct physdev_manage_pci_ext pci_ext;
	struct physdev_restore_msi restore;
	struct physdev_setup_gsi gsi;
	struct physdev_get_free_pirq free;
	struct physdev_pci_mmcfg_reserved mmcfg;
	struct physdev_pci_device_add add;
	struct physdev_pci_device dev;
	struct physdev_dbgp_op dbgp;
};

/* --- the PCI devices that dom0 reported --------------------------------------------------------- */

/* By segment, bus and devfn. Made at the first use; dom0 reports one device at a time. */
static struct rangeset *seen;

static unsigned long device_nr(uint16_t seg, uint8_t bus, uint8_t devfn)
{
	return (unsigned long)seg << 16 | bus << 8 | devfn;
}

static bool device_is_known(uint16_t seg, uint8_t bus, uint8_t devfn)
{
	unsigned long nr = device_nr(seg, bus, devfn);

	return rangeset_contains(READ_ONCE(seen), nr, nr);
}

/* Debug key Q. */
void physdev_dump(void)
{
	unsigned int nr;

	printk("==== PCI devices ====\n==== segment 0000 ====\n");
	for (nr = 0; nr < 0x10000; nr++) {
		unsigned int bus = nr >> 8, devfn = nr & 0xff, irq;

		if (!READ_ONCE(seen) || !device_is_known(0, bus, devfn))
			continue;
		printk("0000:%02x:%02x.%u - d0 - node -1 - MSIs < ", bus, devfn >> 3, devfn & 7);
		for (irq = nr_gsis; irq < NR_IRQS; irq++)
			if (msi_is_of(&irq_desc[irq], bus, devfn))
				printk("%u ", irq);
		printk(">\n");
	}
}

static struct rangeset *seen_get(void)
{
	struct rangeset *have = READ_ONCE(seen), *mine;

	if (have)
		return have;
	mine = rangeset_new();
	if (!mine || __atomic_compare_exchange_n(&seen, &have, mine, false, __ATOMIC_SEQ_CST,
			__ATOMIC_SEQ_CST))
		return mine;
	rangeset_free(mine);
	return have;
}

static int device_add(uint16_t seg, uint8_t bus, uint8_t devfn)
{
	unsigned long nr = device_nr(seg, bus, devfn);
	struct rangeset *s = seen_get();

	return s ? rangeset_add(s, nr, nr) : -ENOMEM;
}

static int device_remove(uint16_t seg, uint8_t bus, uint8_t devfn)
{
	unsigned long nr = device_nr(seg, bus, devfn);

	return device_is_known(seg, bus, devfn) ? rangeset_remove(seen, nr, nr) : -ENODEV;
}

/* --- interrupts ------------------------------------------------------------------------------------- */

static int op_eoi(union physdev_arg *a)
{
	if (pirq_to_line(current->domain, a->eoi.irq) < 0)
		return -EINVAL;
	pirq_eoi(current->domain, a->eoi.irq);
	return 0;
}

/* Version 1: an EOI unmasks the event channel as well. */
static int op_eoi_gmfn_v1(union physdev_arg *a)
{
	return pirq_set_eoi_page(current->domain, mk_gfn(a->eoi_gmfn.gmfn), true);
}

static int op_eoi_gmfn_v2(union physdev_arg *a)
{
	return pirq_set_eoi_page(current->domain, mk_gfn(a->eoi_gmfn.gmfn), false);
}

/* Also an edge-triggered one may have to be held for a while: who does not look at the page of pirqs that
 * want an EOI is to give one always. */
static int op_status(union physdev_arg *a)
{
	int rc = pirq_check(current->domain, a->status.irq);

	if (!rc)
		a->status.flags = XENIRQSTAT_needs_eoi;
	return rc;
}

static int map_msi(struct domain *d, struct physdev_map_pirq *m, uint16_t seg)
{
	struct msi_request req = {
		.seg = seg,
		.bus = m->bus,
		.devfn = m->devfn,
		.entry = m->table_base ? m->entry_nr : 0,
		.table_base = m->table_base,
	};

	/* -1: any; else a line of its own, which no GSI has. */
	if (m->index >= 0 && m->index < 16)
		return -EINVAL;
	if (!device_is_known(seg, req.bus, req.devfn))
		return -ENODEV;
	return pirq_map_msi(d, &req, &m->pirq);
}

/* Several messages for one device need interrupt remapping: the driver falls back to one. */
static int map_multi_msi(struct domain *d, struct physdev_map_pirq *m)
{
	if (m->table_base)
		return -EINVAL;
	if (m->entry_nr <= 0 || m->entry_nr > 32)
		return -EDOM;
	return m->entry_nr == 1 ? map_msi(d, m, m->bus >> 16) : -EOPNOTSUPP;
}

static int map_pirq(struct domain *d, struct physdev_map_pirq *m)
{
	switch (m->type) {
	case MAP_PIRQ_TYPE_GSI:
		return m->index < 0 ? -EINVAL : pirq_map_gsi(d, m->index, &m->pirq);
	case MAP_PIRQ_TYPE_MSI:
		return map_msi(d, m, 0);
	case MAP_PIRQ_TYPE_MSI_SEG:
		return map_msi(d, m, m->bus >> 16);
	case MAP_PIRQ_TYPE_MULTI_MSI:
		return map_multi_msi(d, m);
	default:
		return -EINVAL;
	}
}

/* The domain that a caller names first, then whether it may: -ESRCH, -EPERM. */
static int pirq_domain(domid_t domid, struct domain **ret_d)
{
	int rc = domain_lookup_remote(domid, ret_d);

	if (!rc && !current->domain->is_privileged) {
		domain_put(*ret_d);
		rc = -EPERM;
	}
	return rc;
}

static int op_map_pirq(union physdev_arg *a)
{
	struct domain *d;
	int rc = pirq_domain(a->map.domid, &d);

	if (rc)
		return rc;
	rc = map_pirq(d, &a->map);
	domain_put(d);
	return rc;
}

static int op_unmap_pirq(union physdev_arg *a)
{
	struct domain *d;
	int rc = pirq_domain(a->unmap.domid, &d);

	if (rc)
		return rc;
	rc = pirq_unmap(d, a->unmap.pirq);
	domain_put(d);
	return rc;
}

/* Of those operations that look at their argument first. */
static int may(void)
{
	return current->domain->is_privileged ? 0 : -EPERM;
}

static int op_setup_gsi(union physdev_arg *a)
{
	int rc;

	if (a->gsi.gsi < 0)
		return -EINVAL;
	rc = may();
	if (rc)
		return rc;
	rc = irq_setup_gsi(a->gsi.gsi, a->gsi.triggering, a->gsi.polarity);
	if (!rc)
		pirq_refresh_eoi_map(current->domain);
	return rc;
}

static int op_get_free_pirq(union physdev_arg *a)
{
	return pirq_reserve(current->domain, a->free.type != MAP_PIRQ_TYPE_GSI, &a->free.pirq);
}

/* Legacy: vectors are the hypervisor's and mean nothing to dom0. */
static int op_alloc_vector(union physdev_arg *a)
{
	a->irq.vector = a->irq.irq;
	return 0;
}

static int op_apic_read(union physdev_arg *a)
{
	return ioapic_guest_read(a->apic.apic_physbase, a->apic.reg, &a->apic.value);
}

/* The entries are programmed by map_pirq and setup_gsi: what dom0 writes has no effect. */
static int op_apic_write(union physdev_arg *a)
{
	return ioapic_is_at(a->apic.apic_physbase) ? 0 : -EINVAL;
}

static int op_nothing(union physdev_arg *a)
{
	return 0;
}

/* --- ports -------------------------------------------------------------------------------------------- */

static int op_set_iopl(union physdev_arg *a)
{
	if (a->iopl.iopl > 3)
		return -EINVAL;
	current->arch.iopl = a->iopl.iopl << 12;
	return 0;
}

static int op_set_iobitmap(union physdev_arg *a)
{
	if (a->iobitmap.nr_ports > 65536 || !guest_pointer_ok(a->iobitmap.bitmap.p))
		return -EINVAL;
	current->arch.iobmp = a->iobitmap.bitmap;
	current->arch.iobmp_limit = a->iobitmap.nr_ports;
	return 0;
}

/* --- PCI ------------------------------------------------------------------------------------------------ */

static int op_manage_add(union physdev_arg *a)
{
	return device_add(0, a->pci.bus, a->pci.devfn);
}

static int op_manage_remove(union physdev_arg *a)
{
	return device_remove(0, a->pci.bus, a->pci.devfn);
}

static int op_manage_add_ext(union physdev_arg *a)
{
	if (a->pci_ext.is_extfn > 1 || a->pci_ext.is_virtfn > 1)
		return -EINVAL;
	return may() ? may() : device_add(0, a->pci_ext.bus, a->pci_ext.devfn);
}

static int op_device_add(union physdev_arg *a)
{
	return device_add(a->add.seg, a->add.bus, a->add.devfn);
}

static int op_device_remove(union physdev_arg *a)
{
	return device_remove(a->dev.seg, a->dev.bus, a->dev.devfn);
}

static int restore_msi(uint16_t seg, uint8_t bus, uint8_t devfn)
{
	if (!device_is_known(seg, bus, devfn))
		return -ENODEV;
	return may() ? may() : msi_restore(seg, bus, devfn);
}

static int op_restore_msi(union physdev_arg *a)
{
	return restore_msi(0, a->restore.bus, a->restore.devfn);
}

static int op_restore_msi_ext(union physdev_arg *a)
{
	return restore_msi(a->dev.seg, a->dev.bus, a->dev.devfn);
}

/* A device is about to be, or was, another domain's: its table is to be nobody's else. */
static int set_msix_prepared(const struct physdev_pci_device *dev, bool on)
{
	if (!device_is_known(dev->seg, dev->bus, dev->devfn))
		return -ENODEV;
	return msix_prepare(dev->seg, dev->bus, dev->devfn, on);
}

static int op_prepare_msix(union physdev_arg *a)
{
	return set_msix_prepared(&a->dev, true);
}

static int op_release_msix(union physdev_arg *a)
{
	return set_msix_prepared(&a->dev, false);
}

/* Configuration space is reached by ports only; dom0 is told whether its idea of the window is right. */
static int op_mmcfg_reserved(union physdev_arg *a)
{
	const struct physdev_pci_mmcfg_reserved *m = &a->mmcfg;

	if (m->flags & ~(uint32_t)XEN_PCI_MMCFG_RESERVED)
		return -EINVAL;
	if (!acpi.mcfg || m->segment || m->address != acpi.mcfg || m->start_bus != acpi.mcfg_start ||
	    m->end_bus != acpi.mcfg_end)
		return -ENODEV;
	return 0;
}

/* --- the table ------------------------------------------------------------------------------------------ */

#define ANY  0
#define PRIV 1 /* dom0 only: -EPERM */
#define BACK 2
#define ALWAYS 4

static const struct physdev_row {
	int (*fn)(union physdev_arg *a);
	uint8_t size, flags;
} rows[] = {
#define ROW(nr, func, type, fl) [nr] = { func, sizeof(((union physdev_arg *)0)->type), fl }
	[PHYSDEVOP_IRQ_UNMASK_NOTIFY] = { op_nothing, 0, ANY },
	ROW(PHYSDEVOP_irq_status_query, op_status, status, ANY | BACK),
	ROW(PHYSDEVOP_set_iopl, op_set_iopl, iopl, ANY),
	ROW(PHYSDEVOP_set_iobitmap, op_set_iobitmap, iobitmap, ANY),
	ROW(PHYSDEVOP_apic_read, op_apic_read, apic, PRIV | ALWAYS),
	ROW(PHYSDEVOP_apic_write, op_apic_write, apic, PRIV),
	ROW(PHYSDEVOP_alloc_irq_vector, op_alloc_vector, irq, PRIV | BACK),
	ROW(PHYSDEVOP_eoi, op_eoi, eoi, ANY),
	ROW(PHYSDEVOP_map_pirq, op_map_pirq, map, ANY | ALWAYS),
	ROW(PHYSDEVOP_unmap_pirq, op_unmap_pirq, unmap, ANY),
	ROW(PHYSDEVOP_manage_pci_add, op_manage_add, pci, PRIV),
	ROW(PHYSDEVOP_manage_pci_remove, op_manage_remove, pci, PRIV),
	ROW(PHYSDEVOP_pirq_eoi_gmfn_v1, op_eoi_gmfn_v1, eoi_gmfn, ANY),
	ROW(PHYSDEVOP_restore_msi, op_restore_msi, restore, 0),
	ROW(PHYSDEVOP_manage_pci_add_ext, op_manage_add_ext, pci_ext, 0),
	ROW(PHYSDEVOP_setup_gsi, op_setup_gsi, gsi, 0),
	ROW(PHYSDEVOP_get_free_pirq, op_get_free_pirq, free, ANY | BACK),
	ROW(PHYSDEVOP_pci_mmcfg_reserved, op_mmcfg_reserved, mmcfg, PRIV),
	ROW(PHYSDEVOP_pci_device_add, op_device_add, add, PRIV),
	ROW(PHYSDEVOP_pci_device_remove, op_device_remove, dev, PRIV),
	ROW(PHYSDEVOP_restore_msi_ext, op_restore_msi_ext, dev, 0),
	ROW(PHYSDEVOP_pirq_eoi_gmfn_v2, op_eoi_gmfn_v2, eoi_gmfn, ANY),
	ROW(PHYSDEVOP_prepare_msix, op_prepare_msix, dev, PRIV),
	ROW(PHYSDEVOP_release_msix, op_release_msix, dev, PRIV),
	ROW(PHYSDEVOP_dbgp_op, op_nothing, dbgp, PRIV),
};

/* arg: command, pointer to the argument. -ENOSYS for what is not in the table. */
long do_physdev_op(unsigned long arg[HYPERCALL_ARGS])
{
	unsigned int cmd = arg[0];
	void *guest = (void *)arg[1];
	const struct physdev_row *row;
	union physdev_arg a;
	int rc;

	if (cmd >= ARRAY_SIZE(rows) || !rows[cmd].fn)
		return -ENOSYS;
	row = &rows[cmd];
	memset(&a, 0, sizeof(a));
	if (copy_from_guest_raw(&a, guest, row->size))
		return -EFAULT;
	if (row->flags & PRIV && !current->domain->is_privileged)
		return -EPERM;
	rc = row->fn(&a);
	if (((!rc && row->flags & BACK) || row->flags & ALWAYS) && copy_to_guest_raw(guest, &a, row->size))
		rc = -EFAULT;
	return rc;
}
