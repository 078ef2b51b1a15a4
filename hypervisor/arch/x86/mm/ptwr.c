/* SPDX-License-Identifier: GPL-2.0-only */
/* ptwr.c: writable page tables: a guest kernel's store to a read-only mapped L1 table is done for
 * it, under the rules of mod_entry.c.
 *
 * The store must be to the faulting address itself and aligned by its size, so within one entry. What
 * the instruction reads of the entry, what is replaced and what it returns to the guest are one atomic
 * step.
 * Locks: page_lock() of the table that is written. */
#include <hv/guest_access.h>
#include <hv/trace.h>
#include <asm/access.h>
#include "mm.h"

#define TRAP_DEBUG 1
#define TF_BIT     RFLAGS_TF
#define MAX_INSN   15

/* The bits that hardware sets by itself may change between read and write; try again then. */
static bool replace_entry(pte_t *p, pte_t old, pte_t e)
{
	return __atomic_compare_exchange_n(p, &old, e, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* One attempt at the read-modify-write; -EAGAIN: the entry changed meanwhile. The entry's old
 * references are in *ret_drop on success. */
static int try_write(pte_t *p, const struct ptwr_insn *in, const struct cpu_user_regs *regs,
	struct domain *d, struct ptwr_result *ret_r, uint64_t *ret_old, pte_t *ret_drop)
{
	unsigned int shift = (in->ea & 7) * 8;
	uint64_t mask = ptwr_width_mask(in->width);
	pte_t entry = READ_ONCE(*p), e;
	int rc;

	*ret_old = (entry >> shift) & mask;
	ptwr_compute(in, regs, *ret_old, ret_r);
	e = adjust_l1e(d, (entry & ~(mask << shift)) | (ret_r->mem & mask) << shift);
	rc = get_page_from_l1e(e, d, d);
	if (rc)
		return rc;
	if (!replace_entry(p, entry, e)) {
		put_page_from_l1e(e, d);
		return -EAGAIN;
	}
	*ret_drop = entry;
	return 0;
}

/* The guest's descriptor tables are loaded: the CPU tells. */
static bool is_64bit_code(uint16_t sel)
{
	uint32_t attr = 0;
	bool ok;

	__asm__("lar %k[sel], %[attr]" : [attr] "+r"(attr), "=@ccz"(ok) : [sel] "r"((uint32_t)sel));
	return ok && (attr & (1U << 21));
}

static bool fetch_and_decode(const struct cpu_user_regs *regs, struct ptwr_insn *ret_insn)
{
	uint8_t code[MAX_INSN];
	size_t missing;

	if (!is_64bit_code(regs->cs))
		return false;
	missing = copy_from_guest_raw(code, (const void *)regs->rip, sizeof(code));
	if (!ptwr_decode(code, sizeof(code) - missing, regs, ret_insn))
		return false;
	/* Before it the CPU has read it, too. */
	return !ret_insn->load || !copy_from_guest_raw(&ret_insn->src, (const void *)ret_insn->from, ret_insn->width);
}

/* The page under the address is an L1 table of the guest's own, mapped read-only. */
static struct page *lock_target_table(struct vcpu *v, vaddr_t addr)
{
	struct page *pg;
	pte_t e;

	if (!read_l1e_of_va(v, addr, &e) || (e & (PTE_P | PTE_RW)) != PTE_P ||
	    !mfn_valid(pte_mfn(e)))
		return NULL;
	pg = mfn_to_page(pte_mfn(e));
	if ((READ_ONCE(pg->type_info) & PGT_type_mask) != PGT_l1_page_table)
		return NULL;
	return lock_l1_page(pg, v->domain);
}

/* A store to device memory that is mapped read-only has no effect. */
static bool drop_io_store(struct vcpu *v, const struct ptwr_insn *in, struct cpu_user_regs *regs)
{
	struct ptwr_result r;
	pte_t e;

	if (!domain_has_io(v->domain) || !read_l1e_of_va(v, in->ea, &e) ||
	    !iomem_is_read_only(pte_mfn(e)))
		return false;
	ptwr_compute(in, regs, 0, &r);
	ptwr_commit(in, &r, 0, regs);
	return true;
}

bool pv_ro_page_fault(vaddr_t addr, struct cpu_user_regs *regs)
{
	struct vcpu *v = current;
	struct ptwr_insn in;
	struct ptwr_result r;
	struct page *table;
	uint64_t old;
	pte_t drop = 0;
	int rc;

	if (!v->arch.in_kernel || !fetch_and_decode(regs, &in))
		return false;
	if (in.ea != addr || (addr & (in.width - 1)))
		return false;
	if (drop_io_store(v, &in, regs))
		return true;
	table = lock_target_table(v, addr);
	if (!table)
		return false;
	do
		rc = try_write((pte_t *)page_to_virt(table) + (addr & (PAGE_SIZE - 1)) / 8, &in,
			regs, v->domain, &r, &old, &drop);
	while (rc == -EAGAIN);
	if (!rc)
		table_written(v->domain, table, (addr & (PAGE_SIZE - 1)) / 8);
	page_unlock(table);
	put_page(table);
	if (rc)
		return false;
	put_page_from_l1e(drop, v->domain);
	trace(TRC_PV_PTWR_EMULATION | TRC_64_FLAG, TRACE_64(r.mem), TRACE_64(addr), TRACE_64(regs->rip));
	ptwr_commit(&in, &r, old, regs);
	if (regs->rflags & TF_BIT)
		pv_inject_exception(TRAP_DEBUG, -1);
	return true;
}
