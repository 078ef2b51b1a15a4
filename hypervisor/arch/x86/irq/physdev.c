/* SPDX-License-Identifier: GPL-2.0-only */
/* physdev.c: the physdev_op hypercall, a table of rows. Each operation gets its argument copied in
 * once; rows marked BACK have it copied out again after success.
 *
 * Locks: seen_lock (LOCK_LEAF) guards the set of PCI devices that dom0 reported. */
#include <hv/lib.h>
#include <hv/arch.h>
#include <hv/hypercall.h>
#include <hv/guest_access.h>
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
};

/* --- interrupts ------------------------------------------------------------------------------------- */

static int op_eoi(union physdev_arg *a)
{
	int rc = pirq_check(current->domain, a->eoi.irq);

	if (!rc)
		pirq_eoi(current->domain, a->eoi.irq);
	return rc;
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

static int op_status(union physdev_arg *a)
{
	int rc = pirq_check(current->domain, a->status.irq);

	if (!rc)
		a->status.flags =
			pirq_needs_eoi(current->domain, a->status.irq) ? XENIRQSTAT_needs_eoi : 0;
	return rc;
}

/* dom0 maps for itself only: passing devices on is not supported. */
static int check_self(domid_t domid)
{
	return domid == DOMID_SELF || domid == current->domain->domain_id ? 0 : -EOPNOTSUPP;
}

static int map_msi(struct physdev_map_pirq *m)
{
	struct msi_request req = {
		.seg = m->type == MAP_PIRQ_TYPE_MSI ? 0 : m->bus >> 16,
		.bus = m->bus,
		.devfn = m->devfn,
		.entry = m->table_base ? m->entry_nr : 0,
		.table_base = m->table_base,
	};

	return pirq_map_msi(current->domain, &req, &m->pirq);
}

static int op_map_pirq(union physdev_arg *a)
{
	struct physdev_map_pirq *m = &a->map;
	int rc = check_self(m->domid);

	if (rc)
		return rc;
	switch (m->type) {
	case MAP_PIRQ_TYPE_GSI:
		return m->index < 0 ? -EINVAL
				    : pirq_map_gsi(current->domain, m->index, &m->pirq);
	case MAP_PIRQ_TYPE_MSI:
	case MAP_PIRQ_TYPE_MSI_SEG:
		return map_msi(m);
	case MAP_PIRQ_TYPE_MULTI_MSI: /* the driver falls back to one */
		return m->entry_nr == 1 ? map_msi(m) : -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

static int op_unmap_pirq(union physdev_arg *a)
{
	int rc = check_self(a->unmap.domid);

	return rc ? rc : pirq_unmap(current->domain, a->unmap.pirq);
}

static int op_setup_gsi(union physdev_arg *a)
{
	int rc;

	if (a->gsi.gsi < 0)
		return -EINVAL;
	rc = irq_setup_gsi(a->gsi.gsi, a->gsi.triggering, a->gsi.polarity);
	if (!rc)
		pirq_refresh_eoi_map(current->domain);
	return rc;
}

static int op_get_free_pirq(union physdev_arg *a)
{
	return pirq_find_free(current->domain, a->free.type != MAP_PIRQ_TYPE_GSI, &a->free.pirq);
}

/* Legacy: the vector means nothing to the guest, but the GSI is mapped by it. */
static int op_alloc_vector(union physdev_arg *a)
{
	int rc, pirq = -1;

	if (a->irq.irq >= nr_gsis)
		return -EINVAL;
	rc = pirq_map_gsi(current->domain, a->irq.irq, &pirq);
	a->irq.vector = a->irq.irq + VECTOR_FIRST_DYN;
	return rc;
}

static int op_apic_read(union physdev_arg *a)
{
	return ioapic_guest_read(a->apic.apic_physbase, a->apic.reg, &a->apic.value);
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
	if (a->iobitmap.nr_ports > 65536)
		return -EINVAL;
	current->arch.iobmp = a->iobitmap.bitmap;
	current->arch.iobmp_limit = a->iobitmap.nr_ports;
	return 0;
}

/* --- PCI ------------------------------------------------------------------------------------------------ */

static DEFINE_SPINLOCK(seen_lock, LOCK_LEAF);
static unsigned long seen[BITS_TO_LONGS(65536)]; /* segment 0, by bus and devfn */

static int device_known(uint16_t seg, uint8_t bus, uint8_t devfn, bool known)
{
	unsigned int bdf = bus << 8 | devfn;
	bool was;

	if (seg)
		return -EOPNOTSUPP;
	spin_lock(&seen_lock);
	was = known ? test_and_set_bit(bdf, seen) : test_and_clear_bit(bdf, seen);
	spin_unlock(&seen_lock);
	return known || was ? 0 : -ENODEV;
}

static int op_manage_add(union physdev_arg *a)
{
	return device_known(0, a->pci.bus, a->pci.devfn, true);
}

static int op_manage_remove(union physdev_arg *a)
{
	return device_known(0, a->pci.bus, a->pci.devfn, false);
}

static int op_manage_add_ext(union physdev_arg *a)
{
	return device_known(0, a->pci_ext.bus, a->pci_ext.devfn, true);
}

static int op_device_add(union physdev_arg *a)
{
	return device_known(a->add.seg, a->add.bus, a->add.devfn, true);
}

static int op_device_remove(union physdev_arg *a)
{
	return device_known(a->dev.seg, a->dev.bus, a->dev.devfn, false);
}

static int op_restore_msi(union physdev_arg *a)
{
	return msi_restore(0, a->restore.bus, a->restore.devfn);
}

static int op_restore_msi_ext(union physdev_arg *a)
{
	return msi_restore(a->dev.seg, a->dev.bus, a->dev.devfn);
}

/* --- the table ------------------------------------------------------------------------------------------ */

#define ANY  0
#define PRIV 1 /* dom0 only: -EPERM */
#define BACK 2

static const struct physdev_row {
	int (*fn)(union physdev_arg *a);
	uint8_t size, flags;
} rows[] = {
#define ROW(nr, func, type, fl) [nr] = { func, sizeof(((union physdev_arg *)0)->type), fl }
	[PHYSDEVOP_IRQ_UNMASK_NOTIFY] = { op_nothing, 0, ANY },
	ROW(PHYSDEVOP_irq_status_query, op_status, status, ANY | BACK),
	ROW(PHYSDEVOP_set_iopl, op_set_iopl, iopl, ANY),
	ROW(PHYSDEVOP_set_iobitmap, op_set_iobitmap, iobitmap, ANY),
	ROW(PHYSDEVOP_apic_read, op_apic_read, apic, PRIV | BACK),
	ROW(PHYSDEVOP_apic_write, op_nothing, apic, PRIV),
	ROW(PHYSDEVOP_alloc_irq_vector, op_alloc_vector, irq, PRIV | BACK),
	ROW(PHYSDEVOP_free_irq_vector, op_nothing, irq, PRIV),
	ROW(PHYSDEVOP_eoi, op_eoi, eoi, ANY),
	ROW(PHYSDEVOP_map_pirq, op_map_pirq, map, PRIV | BACK),
	ROW(PHYSDEVOP_unmap_pirq, op_unmap_pirq, unmap, PRIV),
	ROW(PHYSDEVOP_manage_pci_add, op_manage_add, pci, PRIV),
	ROW(PHYSDEVOP_manage_pci_remove, op_manage_remove, pci, PRIV),
	ROW(PHYSDEVOP_pirq_eoi_gmfn_v1, op_eoi_gmfn_v1, eoi_gmfn, ANY),
	ROW(PHYSDEVOP_restore_msi, op_restore_msi, restore, PRIV),
	ROW(PHYSDEVOP_manage_pci_add_ext, op_manage_add_ext, pci_ext, PRIV),
	ROW(PHYSDEVOP_setup_gsi, op_setup_gsi, gsi, PRIV),
	ROW(PHYSDEVOP_get_free_pirq, op_get_free_pirq, free, ANY | BACK),
	ROW(PHYSDEVOP_pci_mmcfg_reserved, op_nothing, mmcfg, PRIV),
	ROW(PHYSDEVOP_pci_device_add, op_device_add, add, PRIV),
	ROW(PHYSDEVOP_pci_device_remove, op_device_remove, dev, PRIV),
	ROW(PHYSDEVOP_restore_msi_ext, op_restore_msi_ext, dev, PRIV),
	ROW(PHYSDEVOP_pirq_eoi_gmfn_v2, op_eoi_gmfn_v2, eoi_gmfn, ANY),
	ROW(PHYSDEVOP_prepare_msix, op_nothing, dev, PRIV),
	ROW(PHYSDEVOP_release_msix, op_nothing, dev, PRIV),
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
	if (row->flags & PRIV && !current->domain->is_privileged)
		return -EPERM;
	memset(&a, 0, sizeof(a));
	if (copy_from_guest_raw(&a, guest, row->size))
		return -EFAULT;
	rc = row->fn(&a);
	if (!rc && row->flags & BACK && copy_to_guest_raw(guest, &a, row->size))
		rc = -EFAULT;
	return rc;
}
