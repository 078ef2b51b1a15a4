/* SPDX-License-Identifier: GPL-2.0-only */
/* execute.c: what the instructions of decode.c make of a page-table entry, and what they leave in
 * registers and flags, as the CPU would. No state, no guest access. */
#include "mm.h"

#define FLAG_CF (1UL << 0)
#define FLAG_PF (1UL << 2)
#define FLAG_AF (1UL << 4)
#define FLAG_ZF (1UL << 6)
#define FLAG_SF (1UL << 7)
#define FLAG_OF (1UL << 11)
#define FLAGS_ARITH (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

static uint64_t flags_szp(uint64_t v, unsigned int width)
{
	uint64_t f = 0;

	if (!(__builtin_popcount(v & 0xff) & 1))
		f |= FLAG_PF;
	if (!(v & ptwr_width_mask(width)))
		f |= FLAG_ZF;
	if (v >> (8 * width - 1) & 1)
		f |= FLAG_SF;
	return f;
}

#define CARRY_SUB 1U /* it is a - b, not a + b */
#define CARRY_IN  2U /* and one more */

/* Of a + b = r, and the like. */
static uint64_t flags_add(uint64_t a, uint64_t b, uint64_t r, unsigned int width, unsigned int how)
{
	uint64_t f = flags_szp(r, width), sign = 8 * width - 1;
	uint64_t overflow = how & CARRY_SUB ? (a ^ b) & (a ^ r) : ~(a ^ b) & (a ^ r);
	bool in = how & CARRY_IN;

	if (how & CARRY_SUB ? a < b || (in && a == b) : r < a || (in && r == a))
		f |= FLAG_CF;
	if ((a ^ b ^ r) & 0x10)
		f |= FLAG_AF;
	if (overflow >> sign & 1)
		f |= FLAG_OF;
	return f;
}

static uint64_t with_flags(uint64_t rflags, uint64_t f)
{
	return (rflags & ~FLAGS_ARITH) | f;
}

typedef void exec_fn(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r);

static void exec_mov(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	r->mem = in->src;
	r->write_reg = in->op == PTWR_XCHG;
}

static void exec_cmpxchg(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	uint64_t mask = ptwr_width_mask(in->width), a = regs->rax & mask;

	r->rflags = with_flags(r->rflags, flags_add(a, old, (a - old) & mask, in->width, CARRY_SUB));
	r->write_rax = a != old;
	r->mem = a == old ? in->src : old;
}

/* Additions; inc leaves the carry as it is. */
static void exec_add(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	uint64_t carry = in->op == PTWR_ADC && (r->rflags & FLAG_CF), f;

	r->mem = (old + in->src + carry) & ptwr_width_mask(in->width);
	f = flags_add(old, in->src, r->mem, in->width, carry ? CARRY_IN : 0);
	if (in->op == PTWR_INC)
		f = (f & ~FLAG_CF) | (r->rflags & FLAG_CF);
	r->rflags = with_flags(r->rflags, f);
	r->write_reg = in->op == PTWR_XADD;
}

/* Subtractions; dec leaves the carry as it is. */
static void exec_sub(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	uint64_t carry = in->op == PTWR_SBB && (r->rflags & FLAG_CF), f;

	r->mem = (old - in->src - carry) & ptwr_width_mask(in->width);
	f = flags_add(old, in->src, r->mem, in->width, CARRY_SUB | (carry ? CARRY_IN : 0));
	if (in->op == PTWR_DEC)
		f = (f & ~FLAG_CF) | (r->rflags & FLAG_CF);
	r->rflags = with_flags(r->rflags, f);
}

static void exec_not(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	r->mem = ~old & ptwr_width_mask(in->width);
}

static void exec_neg(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	r->mem = -old & ptwr_width_mask(in->width);
	r->rflags = with_flags(r->rflags, flags_add(0, old, r->mem, in->width, CARRY_SUB));
}

static void exec_logic(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	if (in->op == PTWR_OR)
		r->mem = old | in->src;
	else if (in->op == PTWR_AND)
		r->mem = old & in->src;
	else
		r->mem = old ^ in->src;
	r->rflags = with_flags(r->rflags, flags_szp(r->mem, in->width));
}

static void exec_bit(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	uint64_t bit = 1UL << in->src;

	r->rflags = (r->rflags & ~FLAG_CF) | (old & bit ? FLAG_CF : 0);
	if (in->op == PTWR_BTS)
		r->mem = old | bit;
	else if (in->op == PTWR_BTR)
		r->mem = old & ~bit;
	else
		r->mem = old ^ bit;
}

/* The overflow flag has a meaning after a shift by 1 only: the sign has changed. */
static void exec_shift(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	unsigned int bits = 8 * in->width, n = in->src & (bits == 64 ? 63 : 31);
	int64_t sold = (int64_t)(old << (64 - bits)) >> (64 - bits);
	uint64_t v = old, carry = 0, f;

	if (n && in->op == PTWR_SHL) {
		v = old << n;
		carry = n <= bits && (old >> (bits - n) & 1);
	} else if (n && in->op == PTWR_SHR) {
		v = old >> n;
		carry = old >> (n - 1) & 1;
	} else if (n) {
		v = (uint64_t)(sold >> n);
		carry = (uint64_t)(sold >> (n - 1)) & 1;
	}
	r->mem = v & ptwr_width_mask(in->width);
	if (!n)
		return;
	f = flags_szp(r->mem, in->width) | (carry ? FLAG_CF : 0);
	if ((old ^ r->mem) >> (bits - 1) & 1)
		f |= FLAG_OF;
	r->rflags = with_flags(r->rflags, f);
}

static void exec_rotate(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	unsigned int bits = 8 * in->width, n = in->src & (bits == 64 ? 63 : 31), left = n % bits;
	uint64_t f = 0;

	if (in->op == PTWR_ROR)
		left = (bits - left) % bits;
	r->mem = (left ? old << left | old >> (bits - left) : old) & ptwr_width_mask(in->width);
	if (!n)
		return;
	if (in->op == PTWR_ROL ? r->mem & 1 : r->mem >> (bits - 1) & 1)
		f |= FLAG_CF;
	if ((old ^ r->mem) >> (bits - 1) & 1)
		f |= FLAG_OF;
	r->rflags = (r->rflags & ~(FLAG_CF | FLAG_OF)) | f;
}

/* The operand and the carry are one ring. */
static void exec_rotate_carry(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	unsigned int bits = 8 * in->width, n = in->src & (bits == 64 ? 63 : 31), i;
	uint64_t carry = r->rflags & FLAG_CF, mask = ptwr_width_mask(in->width), v = old, f;

	for (i = 0; i < n % (bits + 1); i++) {
		uint64_t out = in->op == PTWR_RCL ? v >> (bits - 1) & 1 : v & 1;

		v = in->op == PTWR_RCL ? (v << 1 | carry) & mask : v >> 1 | carry << (bits - 1);
		carry = out;
	}
	r->mem = v;
	if (!n)
		return;
	f = carry ? FLAG_CF : 0;
	if ((old ^ v) >> (bits - 1) & 1)
		f |= FLAG_OF;
	r->rflags = (r->rflags & ~(FLAG_CF | FLAG_OF)) | f;
}

/* Bits of the register come in. More of them than the operand has are undefined: it stays as it is. */
static void exec_shift_double(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	unsigned int bits = 8 * in->width, n = in->count & (bits == 64 ? 63 : 31);
	uint64_t carry, f;

	r->mem = old;
	if (!n || n > bits)
		return;
	if (in->op == PTWR_SHLD) {
		r->mem = (old << n | in->src >> (bits - n)) & ptwr_width_mask(in->width);
		carry = old >> (bits - n) & 1;
	} else {
		r->mem = (old >> n | in->src << (bits - n)) & ptwr_width_mask(in->width);
		carry = old >> (n - 1) & 1;
	}
	f = flags_szp(r->mem, in->width) | (carry ? FLAG_CF : 0);
	if ((old ^ r->mem) >> (bits - 1) & 1)
		f |= FLAG_OF;
	r->rflags = with_flags(r->rflags, f);
}

static void exec_movbe(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	r->mem = __builtin_bswap64(in->src) >> (64 - 8 * in->width);
}

/* Of each pair of conditions the second is that the first is not so. */
static void exec_setcc(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	uint64_t f = r->rflags;
	bool less = !(f & FLAG_SF) != !(f & FLAG_OF);
	const bool conditions[8] = { f & FLAG_OF, f & FLAG_CF, f & FLAG_ZF, f & (FLAG_CF | FLAG_ZF), f & FLAG_SF,
		f & FLAG_PF, less, less || (f & FLAG_ZF) };

	r->mem = conditions[in->count >> 1 & 7] != (in->count & 1);
}

static void exec_cmpxchg8b(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *r)
{
	bool same = old == ((regs->rdx << 32) | (uint32_t)regs->rax);

	r->mem = same ? (regs->rcx << 32) | (uint32_t)regs->rbx : old;
	r->rflags = (r->rflags & ~FLAG_ZF) | (same ? FLAG_ZF : 0);
	r->write_rax = !same;
}

static exec_fn *const execs[] = {
	[PTWR_MOV] = exec_mov, [PTWR_XCHG] = exec_mov, [PTWR_STOS] = exec_mov, [PTWR_MOVS] = exec_mov,
	[PTWR_POP] = exec_mov, [PTWR_MOVBE] = exec_movbe, [PTWR_SETCC] = exec_setcc,
	[PTWR_CMPXCHG8B] = exec_cmpxchg8b,
	[PTWR_CMPXCHG] = exec_cmpxchg,
	[PTWR_ADD] = exec_add, [PTWR_ADC] = exec_add, [PTWR_XADD] = exec_add, [PTWR_INC] = exec_add,
	[PTWR_SUB] = exec_sub, [PTWR_SBB] = exec_sub, [PTWR_DEC] = exec_sub,
	[PTWR_NOT] = exec_not, [PTWR_NEG] = exec_neg,
	[PTWR_OR] = exec_logic, [PTWR_AND] = exec_logic, [PTWR_XOR] = exec_logic,
	[PTWR_SHL] = exec_shift, [PTWR_SHR] = exec_shift, [PTWR_SAR] = exec_shift,
	[PTWR_ROL] = exec_rotate, [PTWR_ROR] = exec_rotate,
	[PTWR_RCL] = exec_rotate_carry, [PTWR_RCR] = exec_rotate_carry,
	[PTWR_SHLD] = exec_shift_double, [PTWR_SHRD] = exec_shift_double,
	[PTWR_BTS] = exec_bit, [PTWR_BTR] = exec_bit, [PTWR_BTC] = exec_bit,
};

void ptwr_compute(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *ret_r)
{
	struct ptwr_result r = { .rflags = regs->rflags };

	execs[in->op](in, regs, old, &r);
	*ret_r = r;
}

static void write_reg(struct cpu_user_regs *regs, unsigned int n, bool high, unsigned int width,
	uint64_t v)
{
	uint64_t *p = ptwr_reg(regs, n), mask = ptwr_width_mask(width);

	if (high)
		*p = (*p & ~0xff00UL) | (v & 0xff) << 8;
	else if (width == 4)
		*p = v & mask;
	else
		*p = (*p & ~mask) | (v & mask);
}

void ptwr_commit(const struct ptwr_insn *in, const struct ptwr_result *r, uint64_t old,
	struct cpu_user_regs *regs)
{
	uint64_t step = regs->rflags & RFLAGS_DF ? -(uint64_t)in->width : in->width;

	if (r->write_reg)
		write_reg(regs, in->reg, in->high_byte, in->width, old);
	if (r->write_rax && in->op == PTWR_CMPXCHG8B) {
		regs->rax = (uint32_t)old;
		regs->rdx = old >> 32;
	} else if (r->write_rax) {
		write_reg(regs, 0, false, in->width, old);
	}
	if (in->op == PTWR_STOS || in->op == PTWR_MOVS)
		regs->rdi += step;
	if (in->op == PTWR_MOVS)
		regs->rsi += step;
	if (in->op == PTWR_POP)
		regs->rsp += in->width;
	regs->rflags = r->rflags & ~RFLAGS_RF;
	if (!in->rep || !--regs->rcx)
		regs->rip += in->length;
}
