/* SPDX-License-Identifier: GPL-2.0-only */
/* decode.c: the instructions by which kernels write page-table entries: decoding, their result,
 * and what they leave in registers. No state, no guest access: see ptwr.c for the rest.
 *
 * 64-bit mode only. Instructions with an FS or GS override, a 0x67 prefix or a register operand in
 * place of the memory one are not ours. */
#include "mm.h"

#define CURSOR_MAX 15

struct cursor {
	const uint8_t *p, *end;
	bool bad;
};

static uint64_t take(struct cursor *c, unsigned int bytes)
{
	uint64_t v = 0;
	unsigned int i;

	if ((size_t)(c->end - c->p) < bytes) {
		c->bad = true;
		return 0;
	}
	for (i = 0; i < bytes; i++)
		v |= (uint64_t)*c->p++ << (8 * i);
	return v;
}

static int64_t take_signed(struct cursor *c, unsigned int bytes)
{
	unsigned int shift = 64 - 8 * bytes;

	return (int64_t)(take(c, bytes) << shift) >> shift;
}

static uint64_t *reg_of(struct cpu_user_regs *r, unsigned int n)
{
	uint64_t *const regs[16] = {
		&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp, &r->rsi, &r->rdi,
		&r->r8, &r->r9, &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15,
	};

	return regs[n & 15];
}

static uint64_t reg_value(const struct cpu_user_regs *r, unsigned int n)
{
	return *reg_of((struct cpu_user_regs *)r, n);
}

static uint64_t width_mask(unsigned int width)
{
	return width == 8 ? ~0UL : (1UL << (8 * width)) - 1;
}

/* --- decoding ------------------------------------------------------------------------------------ */

enum { SRC_REG, SRC_IMM, SRC_IMM8, SRC_IMM8_BIT };

/* group: the reg field of ModRM selects the operation, group_op(). */
struct opcode {
	uint8_t code;  /* its 8-bit operand form has bit 0 clear, unless no8 */
	uint8_t op, src;
	bool group, no8, lockable;
};

static const struct opcode one_byte[] = {
	{ 0x00, PTWR_ADD, SRC_REG, false, false, true },
	{ 0x08, PTWR_OR, SRC_REG, false, false, true },
	{ 0x20, PTWR_AND, SRC_REG, false, false, true },
	{ 0x28, PTWR_SUB, SRC_REG, false, false, true },
	{ 0x30, PTWR_XOR, SRC_REG, false, false, true },
	{ 0x80, 0, SRC_IMM, true, false, true },
	{ 0x83, 0, SRC_IMM8, true, true, true },
	{ 0x86, PTWR_XCHG, SRC_REG, false, false, true },
	{ 0x88, PTWR_MOV, SRC_REG, false, false, false },
	{ 0xc6, PTWR_MOV, SRC_IMM, true, false, false },
};
static const struct opcode two_byte[] = {
	{ 0xab, PTWR_BTS, SRC_REG, false, true, true },
	{ 0xb0, PTWR_CMPXCHG, SRC_REG, false, false, true },
	{ 0xb3, PTWR_BTR, SRC_REG, false, true, true },
	{ 0xba, 0, SRC_IMM8_BIT, true, true, true },
	{ 0xbb, PTWR_BTC, SRC_REG, false, true, true },
	{ 0xc0, PTWR_XADD, SRC_REG, false, false, true },
};

static const struct opcode *find_opcode(const struct opcode *t, unsigned int n, uint8_t code)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (t[i].code == (t[i].no8 ? code : code & ~1))
			return &t[i];
	return NULL;
}

/* The operation that ModRM.reg selects; false: another one. */
static bool group_op(const struct opcode *o, unsigned int reg, uint8_t *ret_op)
{
	static const int8_t alu[8] = { PTWR_ADD, PTWR_OR, -1, -1, PTWR_AND, PTWR_SUB, PTWR_XOR, -1 };
	static const int8_t bits[8] = { -1, -1, -1, -1, -1, PTWR_BTS, PTWR_BTR, PTWR_BTC };
	int op;

	if (o->code == 0xc6)
		op = reg == 0 ? PTWR_MOV : -1;
	else
		op = o->code == 0xba ? bits[reg] : alu[reg];
	if (op < 0)
		return false;
	*ret_op = op;
	return true;
}

struct prefixes {
	bool lock, word;
	uint8_t rex;
};

static bool take_prefixes(struct cursor *c, struct prefixes *p)
{
	for (;;) {
		uint8_t b = take(c, 1);

		if (c->bad)
			return false;
		if (b == 0xf0)
			p->lock = true;
		else if (b == 0x66)
			p->word = true;
		else if ((b & 0xf0) == 0x40) {
			/* Counts only right before the opcode. */
			p->rex = b;
			return true;
		} else if (b == 0x2e || b == 0x36 || b == 0x3e || b == 0x26) {
			/* No base in 64-bit mode; kernels put 3e where a lock prefix was. */
			continue;
		} else if (b == 0x67 || b == 0x64 || b == 0x65 || b == 0xf2 || b == 0xf3) {
			return false;
		} else {
			c->p--;
			return true;
		}
	}
}

/* Address of the memory operand; rip-relative ones lack the instruction's end, *ret_rip_rel. */
static vaddr_t take_address(struct cursor *c, uint8_t modrm, uint8_t rex,
	const struct cpu_user_regs *regs, bool *ret_rip_rel)
{
	unsigned int mod = modrm >> 6, rm = modrm & 7;
	unsigned int base = rm | (rex & 1) << 3, index, sib = 0;
	vaddr_t ea = 0;

	*ret_rip_rel = false;
	if (rm == 4) {
		sib = take(c, 1);
		base = (sib & 7) | (rex & 1) << 3;
		index = ((sib >> 3) & 7) | (rex & 2) << 2;
		if (index != 4)
			ea += reg_value(regs, index) << (sib >> 6);
	}
	if (mod == 0 && (base & 7) == 5) {
		*ret_rip_rel = rm == 5;
		return ea + take_signed(c, 4);
	}
	ea += reg_value(regs, base);
	if (mod)
		ea += take_signed(c, mod == 1 ? 1 : 4);
	return ea;
}

static void take_register(struct ptwr_insn *in, unsigned int reg, uint8_t rex,
	const struct cpu_user_regs *regs)
{
	if (in->width == 1 && !rex && reg >= 4) {
		in->high_byte = true;
		in->reg = reg - 4;
		in->src = (reg_value(regs, in->reg) >> 8) & 0xff;
		return;
	}
	in->reg = reg;
	in->src = reg_value(regs, reg) & width_mask(in->width);
}

static bool is_bit_op(const struct ptwr_insn *in)
{
	return in->op >= PTWR_BTS;
}

/* A bit number beyond the operand reaches the memory next to it. */
static void bit_string(struct ptwr_insn *in)
{
	unsigned int bits = in->width * 8, shift = 64 - bits;
	int64_t n = (int64_t)(in->src << shift) >> shift;

	if (in->reg >= 0)
		in->ea += (n & ~(int64_t)(bits - 1)) / 8;
	in->src = n & (bits - 1);
}

static void take_immediate(struct cursor *c, struct ptwr_insn *in, unsigned int src)
{
	if (src == SRC_IMM8_BIT)
		in->src = take(c, 1);
	else if (src == SRC_IMM8)
		in->src = take_signed(c, 1);
	else
		in->src = take_signed(c, in->width == 8 ? 4 : in->width);
	in->src &= width_mask(in->width);
}

bool ptwr_decode(const uint8_t *code, unsigned int len, const struct cpu_user_regs *regs,
	struct ptwr_insn *ret_insn)
{
	struct cursor c = { code, code + min(len, (unsigned int)CURSOR_MAX), false };
	struct ptwr_insn in = { .reg = -1 };
	struct prefixes p = { 0 };
	const struct opcode *o;
	uint8_t b, modrm;
	bool rip_rel;

	if (!take_prefixes(&c, &p))
		return false;
	b = take(&c, 1);
	if (b == 0x0f) {
		b = take(&c, 1);
		o = find_opcode(two_byte, ARRAY_SIZE(two_byte), b);
	} else {
		o = find_opcode(one_byte, ARRAY_SIZE(one_byte), b);
	}
	modrm = take(&c, 1);
	if (c.bad || !o || (modrm >> 6) == 3 || (p.lock && !o->lockable))
		return false;
	in.op = o->op;
	if (o->group && !group_op(o, (modrm >> 3) & 7, &in.op))
		return false;
	if (!o->no8 && !(b & 1))
		in.width = 1;
	else
		in.width = p.rex & 8 ? 8 : p.word ? 2 : 4;
	in.ea = take_address(&c, modrm, p.rex, regs, &rip_rel);
	if (o->src == SRC_REG)
		take_register(&in, ((modrm >> 3) & 7) | (p.rex & 4) << 1, p.rex, regs);
	else
		take_immediate(&c, &in, o->src);
	if (c.bad)
		return false;
	in.length = c.p - code;
	if (rip_rel)
		in.ea += regs->rip + in.length;
	if (is_bit_op(&in))
		bit_string(&in);
	*ret_insn = in;
	return true;
}

/* --- execution ------------------------------------------------------------------------------------ */

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
	if (!(v & width_mask(width)))
		f |= FLAG_ZF;
	if (v >> (8 * width - 1) & 1)
		f |= FLAG_SF;
	return f;
}

/* Of a + b = r, or with sub of a - b = r. */
static uint64_t flags_add(uint64_t a, uint64_t b, uint64_t r, unsigned int width, bool sub)
{
	uint64_t f = flags_szp(r, width), sign = 8 * width - 1;
	uint64_t overflow = sub ? (a ^ b) & (a ^ r) : ~(a ^ b) & (a ^ r);

	if (sub ? a < b : r < a)
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

static void compute_bit(const struct ptwr_insn *in, uint64_t old, struct ptwr_result *r)
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

static void compute_cmpxchg(const struct ptwr_insn *in, uint64_t rax, uint64_t old,
	struct ptwr_result *r)
{
	uint64_t mask = width_mask(in->width), a = rax & mask;

	r->rflags = with_flags(r->rflags, flags_add(a, old, (a - old) & mask, in->width, true));
	r->write_rax = a != old;
	r->mem = a == old ? in->src : old;
}

void ptwr_compute(const struct ptwr_insn *in, const struct cpu_user_regs *regs, uint64_t old,
	struct ptwr_result *ret_r)
{
	uint64_t mask = width_mask(in->width), v = 0;
	struct ptwr_result r = { .rflags = regs->rflags };

	if (is_bit_op(in)) {
		compute_bit(in, old, &r);
		*ret_r = r;
		return;
	}
	switch (in->op) {
	case PTWR_CMPXCHG:
		compute_cmpxchg(in, regs->rax, old, &r);
		*ret_r = r;
		return;
	case PTWR_XCHG:
		r.write_reg = true;
		fallthrough;
	case PTWR_MOV:
		r.mem = in->src;
		*ret_r = r;
		return;
	case PTWR_XADD:
		r.write_reg = true;
		fallthrough;
	case PTWR_ADD:
		v = (old + in->src) & mask;
		r.rflags = with_flags(r.rflags, flags_add(old, in->src, v, in->width, false));
		break;
	case PTWR_SUB:
		v = (old - in->src) & mask;
		r.rflags = with_flags(r.rflags, flags_add(old, in->src, v, in->width, true));
		break;
	case PTWR_OR:
		v = old | in->src;
		r.rflags = with_flags(r.rflags, flags_szp(v, in->width));
		break;
	case PTWR_AND:
		v = old & in->src;
		r.rflags = with_flags(r.rflags, flags_szp(v, in->width));
		break;
	case PTWR_XOR:
		v = old ^ in->src;
		r.rflags = with_flags(r.rflags, flags_szp(v, in->width));
		break;
	}
	r.mem = v;
	*ret_r = r;
}

static void write_reg(struct cpu_user_regs *regs, unsigned int n, bool high, unsigned int width,
	uint64_t v)
{
	uint64_t *p = reg_of(regs, n), mask = width_mask(width);

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
	if (r->write_reg)
		write_reg(regs, in->reg, in->high_byte, in->width, old);
	if (r->write_rax)
		write_reg(regs, 0, false, in->width, old);
	regs->rflags = r->rflags & ~RFLAGS_RF;
	regs->rip += in->length;
}
