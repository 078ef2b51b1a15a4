/* SPDX-License-Identifier: GPL-2.0-only */
/* runtime.c: calls of firmware's runtime services on dom0's behalf: time, variables.
 *
 * Firmware runs at its physical addresses, on page tables that hold these one to one and the
 * hypervisor's part of the address space; interrupts stay on and are served there. What dom0 names is
 * copied first, so firmware sees memory of ours only.
 *
 * Locks: call_lock (LOCK_LEAF): firmware takes one call at a time. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <hv/page.h>
#include <hv/param.h>
#include "efi.h"
#include "../boot/boot.h"

#define EFI_SUCCESS      0
#define EFI_ERROR_BIT    (1UL << 63)
#define EFI_UNSUPPORTED  (EFI_ERROR_BIT | 3)
#define NAME_MAX_BYTES   4096U          /* of a variable's name; firmware's own limits are lower */
#define DATA_MAX_BYTES   (1U << 20)

typedef uint64_t __attribute__((ms_abi)) efi_fn(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);

static DEFINE_SPINLOCK(call_lock, LOCK_LEAF);
static pte_t efi_l4[PT_ENTRIES] __aligned(4096);

/* --- calling ------------------------------------------------------------------------------------------ */

static uint64_t call(uint64_t fn, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	struct vcpu *v = current;
	uint64_t cr3, status;
	const pte_t *l4;

	if (!fn)
		return EFI_UNSUPPORTED;
	fpu_save(v);
	spin_lock(&call_lock);
	cr3 = read_cr3();
	l4 = paddr_to_virt(cr3 & PTE_ADDR_MASK);
	efi_l4[PERDOMAIN_SLOT] = l4[PERDOMAIN_SLOT]; /* this vcpu's GDT and LDT */
	switch_cr3(virt_to_paddr(efi_l4));
	status = ((efi_fn *)fn)(a, b, c, d, e);
	switch_cr3(cr3);
	spin_unlock(&call_lock);
	fpu_restore(v);
	return status;
}

#define PTR(p) ((uint64_t)(p))

/* --- time --------------------------------------------------------------------------------------------- */

struct time_caps { uint32_t resolution, accuracy; uint8_t sets_to_zero; };

static long get_time(struct xenpf_efi_runtime_call *op)
{
	struct time_caps caps = { 0 };

	op->status = call(efi.services.get_time, PTR(&op->u.get_time.time), PTR(&caps), 0, 0, 0);
	op->u.get_time.resolution = caps.resolution;
	op->u.get_time.accuracy = caps.accuracy;
	if (caps.sets_to_zero)
		op->misc |= XEN_EFI_GET_TIME_SET_CLEARS_NS;
	return 0;
}

static long set_time(struct xenpf_efi_runtime_call *op)
{
	op->status = call(efi.services.set_time, PTR(&op->u.set_time), 0, 0, 0, 0);
	return 0;
}

static long get_wakeup_time(struct xenpf_efi_runtime_call *op)
{
	uint8_t enabled = 0, pending = 0;

	op->status = call(efi.services.get_wakeup_time, PTR(&enabled), PTR(&pending),
		PTR(&op->u.get_wakeup_time), 0, 0);
	if (op->status == EFI_SUCCESS)
		op->misc |= (enabled ? XEN_EFI_GET_WAKEUP_TIME_ENABLED : 0) |
			(pending ? XEN_EFI_GET_WAKEUP_TIME_PENDING : 0);
	return 0;
}

static long set_wakeup_time(struct xenpf_efi_runtime_call *op)
{
	bool only = op->misc & XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY;

	op->status = call(efi.services.set_wakeup_time, !!(op->misc & XEN_EFI_SET_WAKEUP_TIME_ENABLE),
		only ? 0 : PTR(&op->u.set_wakeup_time), 0, 0, 0);
	op->misc = 0;
	return 0;
}

static long get_next_count(struct xenpf_efi_runtime_call *op)
{
	op->status = call(efi.services.get_next_high_monotonic_count, PTR(&op->misc), 0, 0, 0, 0);
	return 0;
}

/* --- variables ---------------------------------------------------------------------------------------- */

/* The caller's name, up to and with its end, in memory to be freed; 0, -EFAULT, -EINVAL, -ENOMEM. */
static int copy_name(const void *guest, uint16_t **ret_name)
{
	uint16_t *name = xmalloc_bytes(NAME_MAX_BYTES, 8);
	size_t i = 0;
	int rc = -EINVAL;

	if (!name)
		return -ENOMEM;
	for (; i < NAME_MAX_BYTES / sizeof(*name); i++) {
		if (copy_from_guest_raw(&name[i], (const uint16_t *)guest + i, sizeof(*name))) {
			rc = -EFAULT;
			break;
		}
		if (!name[i]) {
			*ret_name = name;
			return 0;
		}
	}
	xfree(name);
	return rc;
}

static int get_buffer(uint64_t size, void **ret_data)
{
	*ret_data = NULL;
	if (!size)
		return 0;
	if (size > DATA_MAX_BYTES)
		return -ENOMEM;
	*ret_data = xzalloc_bytes(size, 8);
	return *ret_data ? 0 : -ENOMEM;
}

static long get_variable(struct xenpf_efi_runtime_call *op)
{
	uint64_t size = op->u.get_variable.size, room = size;
	struct xenpf_efi_guid guid = op->u.get_variable.vendor_guid;
	uint32_t attr = 0;
	uint16_t *name;
	void *data;
	long rc = copy_name(op->u.get_variable.name.p, &name);

	if (rc)
		return rc;
	rc = get_buffer(size, &data);
	if (!rc) {
		op->status = call(efi.services.get_variable, PTR(name), PTR(&guid), PTR(&attr), PTR(&size),
			PTR(data));
		op->misc = attr;
		op->u.get_variable.size = size;
		if (!(op->status & EFI_ERROR_BIT) &&
		    copy_to_guest_raw(op->u.get_variable.data.p, data, min(size, room)))
			rc = -EFAULT;
	}
	xfree(data);
	xfree(name);
	return rc;
}

static long set_variable(struct xenpf_efi_runtime_call *op)
{
	uint64_t size = op->u.set_variable.size;
	struct xenpf_efi_guid guid = op->u.set_variable.vendor_guid;
	uint16_t *name;
	void *data;
	long rc = copy_name(op->u.set_variable.name.p, &name);

	if (rc)
		return rc;
	rc = get_buffer(size, &data);
	if (!rc && copy_from_guest_raw(data, op->u.set_variable.data.p, size))
		rc = -EFAULT;
	if (!rc)
		op->status = call(efi.services.set_variable, PTR(name), PTR(&guid), op->misc, size, PTR(data));
	xfree(data);
	xfree(name);
	return rc;
}

/* size: of the buffer in, of the name out; the buffer holds the last name. */
static long get_next_name(struct xenpf_efi_runtime_call *op)
{
	uint64_t size = op->u.get_next_variable_name.size, room = size;
	struct xenpf_efi_guid guid = op->u.get_next_variable_name.vendor_guid;
	void *guest = op->u.get_next_variable_name.name.p, *name;
	long rc = get_buffer(size, &name);

	if (rc)
		return rc;
	if (copy_from_guest_raw(name, guest, size)) {
		rc = -EFAULT;
	} else {
		op->status = call(efi.services.get_next_variable_name, PTR(&size), PTR(name), PTR(&guid), 0, 0);
		if (!(op->status & EFI_ERROR_BIT) && copy_to_guest_raw(guest, name, min(size, room)))
			rc = -EFAULT;
		op->u.get_next_variable_name.size = size;
		op->u.get_next_variable_name.vendor_guid = guid;
	}
	xfree(name);
	return rc;
}

static long query_variables(struct xenpf_efi_runtime_call *op)
{
	if (efi.runtime_revision >> 16 < 2 || op->misc & XEN_EFI_VARINFO_BOOT_SNAPSHOT)
		op->status = EFI_UNSUPPORTED; /* nobody was there before boot services ended */
	else
		op->status = call(efi.services.query_variable_info, op->u.query_variable_info.attr,
			PTR(&op->u.query_variable_info.max_store_size),
			PTR(&op->u.query_variable_info.remain_store_size),
			PTR(&op->u.query_variable_info.max_size), 0);
	return 0;
}

/* misc: bits that the caller may set; all for variables' attributes. */
static const struct { long (*fn)(struct xenpf_efi_runtime_call *op); uint32_t misc; } rows[] = {
	[XEN_EFI_get_time] = { get_time, 0 },
	[XEN_EFI_set_time] = { set_time, 0 },
	[XEN_EFI_get_wakeup_time] = { get_wakeup_time, 0 },
	[XEN_EFI_set_wakeup_time] = { set_wakeup_time,
		XEN_EFI_SET_WAKEUP_TIME_ENABLE | XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY },
	[XEN_EFI_get_next_high_monotonic_count] = { get_next_count, 0 },
	[XEN_EFI_get_variable] = { get_variable, 0 },
	[XEN_EFI_set_variable] = { set_variable, ~0U },
	[XEN_EFI_get_next_variable_name] = { get_next_name, 0 },
	[XEN_EFI_query_variable_info] = { query_variables, XEN_EFI_VARINFO_BOOT_SNAPSHOT },
};

long efi_runtime_call(struct xenpf_efi_runtime_call *op)
{
	if (!efi.booted)
		return -ENOSYS;
	if (!efi.runtime)
		return -EOPNOTSUPP;
	if (op->function >= ARRAY_SIZE(rows) || !rows[op->function].fn)
		return -ENOSYS;
	if (op->misc & ~rows[op->function].misc)
		return -EINVAL;
	return rows[op->function].fn(op);
}

/* --- start -------------------------------------------------------------------------------------------- */

static int map_region(const struct efi_region *r)
{
	uint64_t flags = PTE_HV;

	if (!(r->attr & EFI_REGION_WB))
		flags |= PTE_PCD | PTE_PWT;
	if (r->attr & EFI_REGION_XP)
		flags |= PTE_NX;
	if (r->attr & EFI_REGION_RO)
		flags &= ~PTE_RW;
	if ((r->start + (r->pages << PAGE_SHIFT)) >> 47)
		return -EINVAL;
	return paging_map_in(efi_l4, r->start, r->start, r->pages << PAGE_SHIFT, flags);
}

void efi_init(void)
{
	unsigned int i, slot, count = 0;
	int rc = 0;

	efi_read_tables();
	if (!efi.booted)
		return;
	for (i = 0; i < efi.nr_regions && !rc; i++)
		if (efi.region[i].attr & EFI_REGION_RUNTIME) {
			rc = map_region(&efi.region[i]);
			count++;
		}
	for (slot = HYPERVISOR_VIRT_FIRST_SLOT; slot <= HYPERVISOR_VIRT_LAST_SLOT; slot++)
		efi_l4[slot] = idle_l4[slot];
	efi.runtime = !rc && count && !efi.cut && efi.services.h.signature && !boot_params.efi_no_rs;
	printk(LOG_INFO "efi: revision %u.%02u, %u memory regions, runtime services %s\n", efi.revision >> 16,
		efi.revision & 0xffff, efi.nr_regions, efi.runtime ? "in use" : "not used");
}
