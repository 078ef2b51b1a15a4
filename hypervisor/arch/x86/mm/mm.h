/* SPDX-License-Identifier: GPL-2.0-only */
/* mm.h: what the files of mm/ share. */
#ifndef X86_MM_H
#define X86_MM_H

#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <asm/x86.h>

/* Work on this table was interrupted: see types.c. */
#define PGT_partial (1UL << 56)

#define mm_warn(fmt, ...) printk(LOG_GUEST LOG_WARN "mm: " fmt "\n", ##__VA_ARGS__)

static inline bool type_is_table(uint64_t type_info)
{
	uint64_t t = type_info & PGT_type_mask;

	return t >= PGT_l1_page_table && t <= PGT_l4_page_table;
}

/* 1 to 4 for page tables, else the number of the type. */
static inline unsigned int type_level(uint64_t type_info)
{
	return type_info >> 60;
}

#define level_type(level) ((uint64_t)(level) << 60)

/* L4 slots that the hypervisor fills. */
static inline bool is_xen_l4_slot(unsigned int level, unsigned int slot)
{
	return level == 4 && slot >= HYPERVISOR_VIRT_FIRST_SLOT && slot <= HYPERVISOR_VIRT_LAST_SLOT;
}

/* --- types.c ---------------------------------------------------------------------------------- */

/* As get_page_type(); -ERESTART when preempted (only if preemptible): call again, or leave it. */
int get_page_type_flags(struct page *pg, uint64_t type, bool preemptible) __must_check;
/* Drops a type reference and a general one. -ERESTART: both are gone, but the table is left
 * half-way; mm_set_pending() or teardown_partial() sees to the rest. */
int put_page_and_type_flags(struct page *pg, unsigned int flags) __must_check;
#define PUT_PREEMPTIBLE 1U
#define PUT_LINEAR      2U /* the reference was linear_get()'s */
/* Goes on invalidating a page of `type` that was left half-way; 0 when there is nothing to do. */
int teardown_partial(struct page *pg, uint64_t type, bool preemptible) __must_check;
/* The same for one that a table of its own level was the last to refer to. */
int teardown_linear(struct page *pg, uint64_t type, bool preemptible) __must_check;
/* type_info from *x to nx; false: it is *x now. */
static inline bool type_cas(struct page *pg, uint64_t *x, uint64_t nx)
{
	return __atomic_compare_exchange_n(&pg->type_info, x, nx, false, __ATOMIC_SEQ_CST,
		__ATOMIC_SEQ_CST);
}

/* The right to change the entries of a validated table (holds a type reference meanwhile). Who waits with
 * interrupts off answers requests to flush, which whoever has it may be waiting for.
 * false: the page is no validated page. */
static inline bool __must_check page_lock(struct page *pg)
{
	uint64_t x = READ_ONCE(pg->type_info);

	for (;;) {
		if (!(x & PGT_validated) || !(x & PGT_count_mask))
			return false;
		if (x & PGT_locked) {
			arch_relax(local_irq_is_enabled());
			x = READ_ONCE(pg->type_info);
		} else if (type_cas(pg, &x, (x + 1) | PGT_locked)) {
			return true;
		}
	}
}

static inline void page_unlock(struct page *pg)
{
	__atomic_fetch_sub(&pg->type_info, PGT_locked | 1, __ATOMIC_SEQ_CST);
}

/* --- validate.c ------------------------------------------------------------------------------- */

/* Progress of a half-way table, in page.tlb_stamp: the first n entries hold their references,
 * but entry n - 1 gave its own away if HANDED (what it refers to, a table of the same level if LINEAR,
 * may be half-way itself). */
#define PROGRESS_HANDED 0x80000000U
#define PROGRESS_LINEAR 0x40000000U
#define PROGRESS_COUNT  0x3ffU
/* Takes (drops) the references of a table's entries, from where tlb_stamp says. 0, -ERESTART with
 * tlb_stamp set, or -Exxx with *ret_clean telling if all references are dropped again. */
int validate_page(struct page *pg, uint64_t type, uint32_t progress, bool preemptible,
	bool *ret_clean);
int invalidate_page(struct page *pg, uint64_t type, uint32_t progress, bool preemptible);
/* The table that an entry of `table`, of level 2 to 4 and d's, refers to. */
int get_page_from_table_entry(pte_t e, struct page *table, unsigned int level, struct domain *d,
	bool preemptible);
pte_t adjust_table_entry(pte_t e, unsigned int level);

/* --- linear.c --------------------------------------------------------------------------------- */

/* The references of entry e, new in `table`, that refers to a table of the same level, `level`; e may also
 * refer to `table` itself, and then has none. false: it may not be. */
bool linear_get(pte_t e, struct page *table, unsigned int level, struct domain *d);
/* The entry for pg, which holds its references, is no more in `table`: how to put them (PUT_*). The
 * table is page_lock()ed or its caller's alone. */
unsigned int linear_entry_gone(struct page *table, const struct page *pg);
/* type_info with one linear entry, or use, less. */
static inline uint64_t linear_less(uint64_t type_info)
{
	uint64_t x = type_info - PGT_linear_one;

	return x & PGT_linear_mask ? x : x & ~PGT_linear_target;
}

/* --- l1e.c ------------------------------------------------------------------------------------ */

/* References of a present L1 entry in a table of l1_owner that maps a page of pg_owner. */
int get_page_from_l1e(pte_t e, struct domain *l1_owner, struct domain *pg_owner);
void put_page_from_l1e(pte_t e, struct domain *l1_owner);
/* What is written for what the guest asks for. */
pte_t adjust_l1e(const struct domain *d, pte_t e);

/* --- mod_entry.c -------------------------------------------------------------------------------- */

struct mod_args {
	struct domain *pt_owner, *pg_owner;
	bool preserve_ad;
};
/* Changes entry `slot` of a page-table page that is page_lock()ed; unlocks it. */
int mod_entry(struct page *table, unsigned int slot, pte_t e, const struct mod_args *args);

/* --- dirty_map.c, shadow.c ------------------------------------------------------------------------ */

void logdirty_mark_gfn(struct domain *d, unsigned long gfn);
void logdirty_mark_page(struct domain *d, mfn_t m);
void shadow_table_written(struct domain *d, struct page *table, unsigned int slot);
void shadow_forget_table(struct domain *d, struct page *table, unsigned int level);

/* Frame m, of d or not, was written by another than d's vcpus. Any context. */
static inline void logdirty_mark(struct domain *d, mfn_t m)
{
	if (unlikely(d->arch.logdirty))
		logdirty_mark_page(d, m);
}

/* An entry of a table of d's, still page_lock()ed, was written. */
static inline void table_written(struct domain *d, struct page *table, unsigned int slot)
{
	if (unlikely(d->arch.logdirty))
		shadow_table_written(d, table, slot);
}

/* --- walk.c ------------------------------------------------------------------------------------- */

/* Finds and page_lock()s the L1 table that maps va in v's current tables: referenced; NULL. */
struct page *lock_l1_of_va(struct vcpu *v, vaddr_t va);
/* The same for a page, if it is an L1 table of d's. */
struct page *lock_l1_page(struct page *pg, struct domain *d);
void unlock_l1(struct page *l1);
/* The entry itself as of now; false without an L1 table. */
bool read_l1e_of_va(struct vcpu *v, vaddr_t va, pte_t *ret_e);
/* The same in the tables of the guest's kernel, whatever mode v is in. */
bool read_kernel_l1e(struct vcpu *v, vaddr_t va, pte_t *ret_e);

/* --- pending.c ------------------------------------------------------------------------------------ */

/* If an operation of this vcpu failed and left this table of d half-way, it is to be invalidated
 * before the next operation. */
void mm_set_pending(mfn_t m, const struct domain *d);
/* -ERESTART: there is more. */
int mm_finish_table(void) __must_check;
static inline int __must_check mm_finish_pending(void)
{
	return likely(!current->arch.mm_pending) ? 0 : mm_finish_table();
}
void mm_drop_pending(struct vcpu *v);
/* Drops the table's references, by way of the above if it takes long. flags: PUT_LINEAR or 0. */
void put_table_deferred(struct page *pg, unsigned int flags);

/* --- mmuext.c and its like ----------------------------------------------------------------------- */

#define MMU_UPDATE_PREEMPTED 0x80000000U
/* Owner of frames that a hypercall names: -ESRCH, -EPERM. mm_put_owner() is the counterpart. */
int mm_get_owner(domid_t domid, struct domain **ret_d);
void mm_put_owner(struct domain *d);
/* CPUs that run the vcpus of a guest's bitmap: -EFAULT. */
int mm_vcpu_bitmap(const void *guest, struct cpumask *ret_mask);
int get_table_from_mfn(mfn_t m, uint64_t type, struct domain *d, bool preemptible);

/* --- flush.c --------------------------------------------------------------------------------------- */

/* Takes those CPUs out of m that flushed after `stamp`. */
void tlb_filter(struct cpumask *m, uint32_t stamp);

/* --- ldt.c, perdomain.c ----------------------------------------------------------------------------- */

int pv_set_ldt(struct vcpu *v, vaddr_t base, unsigned int ents);
pte_t perdomain_empty_gdt_pte(void);

/* share.c: frame of page `index` of the machine-to-phys table; false: a hole. */
bool m2p_frame(unsigned long index, mfn_t *ret_m);

/* --- decode.c, execute.c --------------------------------------------------------------------------------------- */

enum ptwr_op {
	PTWR_MOV, PTWR_XCHG, PTWR_CMPXCHG, PTWR_XADD, PTWR_ADD, PTWR_ADC, PTWR_INC, PTWR_SUB, PTWR_SBB, PTWR_DEC,
	PTWR_NOT, PTWR_NEG, PTWR_OR, PTWR_AND, PTWR_XOR, PTWR_STOS, PTWR_MOVS, PTWR_POP, PTWR_MOVBE, PTWR_SETCC,
	PTWR_CMPXCHG8B,
	PTWR_SHL, PTWR_SHR, PTWR_SAR, PTWR_SHLD, PTWR_SHRD, PTWR_ROL, PTWR_ROR, PTWR_RCL, PTWR_RCR,
	PTWR_BTS, PTWR_BTR, PTWR_BTC,
};

struct ptwr_insn {
	uint8_t op;     /* enum ptwr_op */
	uint8_t width;  /* bytes of the memory operand: 1, 2, 4, 8 */
	uint8_t length; /* of the instruction */
	int8_t reg;     /* source register, or -1: immediate */
	bool high_byte; /* reg is ah, ch, dh or bh */
	bool rep;       /* of a string instruction, which is done once */
	bool load;      /* the source value is at `from`: the caller reads it into src */
	uint8_t count;  /* shld, shrd: by how many bits; setcc: the condition */
	vaddr_t ea, from;
	uint64_t src;   /* source value */
};

struct ptwr_result {
	uint64_t mem;     /* new value of the memory operand */
	bool write_reg;   /* reg gets the old memory value */
	bool write_rax;   /* cmpxchg failed: rax gets it */
	uint64_t rflags;
};

/* false: none of the instructions that are emulated. */
bool ptwr_decode(const uint8_t *code, unsigned int len, const struct cpu_user_regs *regs,
	struct ptwr_insn *ret_insn);
uint64_t *ptwr_reg(struct cpu_user_regs *r, unsigned int n);
static inline uint64_t ptwr_width_mask(unsigned int width)
{
	return width == 8 ? ~0UL : (1UL << (8 * width)) - 1;
}
void ptwr_compute(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *ret_r);
/* Registers and flags as the CPU would leave them; rip moves on. */
void ptwr_commit(const struct ptwr_insn *in, const struct ptwr_result *r, uint64_t old,
	struct cpu_user_regs *regs);

#endif
