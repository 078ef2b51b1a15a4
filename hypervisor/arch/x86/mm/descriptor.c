/* SPDX-License-Identifier: GPL-2.0-only */
/* descriptor.c: which descriptors a guest may have in its GDT and LDT, and update_descriptor. */
#include <hv/hypercall.h>
#include "mm.h"

#define DESC_TYPE(d)   (((d) >> 40) & 15)
#define DESC_S         (1UL << 44) /* code or data */
#define DESC_DPL_SHIFT 45
#define DESC_DPL       (3UL << DESC_DPL_SHIFT)
#define DESC_P         (1UL << 47)
#define TYPE_CALL_GATE 12

/* A selector that a call gate may lead to: of the guest's own descriptors, or the ring-3 ones. */
static bool gate_selector_ok(uint16_t sel)
{
	if (sel / 8 < FIRST_RESERVED_GDT_ENTRY || (sel & 4))
		return true;
	return sel == FLAT_RING3_CS64 || sel == FLAT_RING3_CS32;
}

bool check_descriptor(uint64_t *desc)
{
	uint64_t d = *desc;
	uint64_t dpl = (d & DESC_DPL) >> DESC_DPL_SHIFT;

	/* One that is not present always faults. */
	if (!(d & DESC_P))
		return true;
	if (d & DESC_S) {
		*desc = d | DESC_DPL;
		return true;
	}
	/* The second half of a call gate: all but the upper address half is 0. */
	if (DESC_TYPE(d) == 0) {
		*desc = d | DESC_DPL;
		return true;
	}
	if (DESC_TYPE(d) != TYPE_CALL_GATE || !gate_selector_ok(d >> 16) || ((d >> 32) & 0xff))
		return false;
	/* Using the gate is to fault, so it gets DPL 0; what the guest asked for goes to its
	 * selector's RPL. */
	d &= ~(DESC_DPL | (3UL << 16));
	*desc = d | ((dpl ? 3UL : 0UL) << 16);
	return true;
}

long do_update_descriptor(unsigned long arg[HYPERCALL_ARGS])
{
	paddr_t where = arg[0];
	uint64_t desc = arg[1], type, *p;
	mfn_t m = paddr_to_mfn(where);
	struct page *pg;
	long rc;

	if ((where & 7) || !mfn_valid(m) || !check_descriptor(&desc))
		return -EINVAL;
	pg = mfn_to_page(m);
	if (!get_page(pg, current->domain))
		return -EINVAL;
	type = READ_ONCE(pg->type_info) & PGT_type_mask;
	if (type != PGT_seg_desc)
		type = PGT_writable_page;
	rc = get_page_type(pg, type);
	if (!rc) {
		p = page_to_virt(pg);
		WRITE_ONCE(p[(where & (PAGE_SIZE - 1)) / 8], desc);
		logdirty_mark(current->domain, m);
		put_page_type(pg);
	}
	put_page(pg);
	return rc;
}
