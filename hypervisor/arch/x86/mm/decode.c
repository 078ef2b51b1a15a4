/* SPDX-License-Identifier: GPL-2.0-only */
/* decode.c: the instructions by which kernels write page-table entries. What they do is execute.c's; ptwr.c
 * has the rest. No state, no guest access.
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

uint64_t *ptwr_reg(struct cpu_user_regs *r, unsigned int n)
{
	uint64_t *const regs[16] = {
		&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp, &r->rsi, &r->rdi,
		&r->r8, &r->r9, &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15,
	};

	return regs[n & 15];
}

static uint64_t reg_value(const struct cpu_user_regs *r, unsigned int n)
{
	return *ptwr_reg((struct cpu_user_regs *)r, n);
}

enum { SRC_REG, SRC_IMM, SRC_IMM8, SRC_IMM8_BIT, SRC_ONE, SRC_CL, SRC_NONE, SRC_REG_IMM8, SRC_REG_CL };

/* Which operation ModRM.reg selects; -1: none of ours. */
enum { GROUP_NONE, GROUP_ALU, GROUP_SHIFT, GROUP_UNARY, GROUP_INC, GROUP_MOV, GROUP_BIT, GROUP_POP,
	GROUP_CMPXCHG8B };
static const int8_t groups[][8] = {
	[GROUP_ALU] = { PTWR_ADD, PTWR_OR, PTWR_ADC, PTWR_SBB, PTWR_AND, PTWR_SUB, PTWR_XOR, -1 },
	[GROUP_SHIFT] = { PTWR_ROL, PTWR_ROR, PTWR_RCL, PTWR_RCR, PTWR_SHL, PTWR_SHR, PTWR_SHL, PTWR_SAR },
	[GROUP_UNARY] = { -1, -1, PTWR_NOT, PTWR_NEG, -1, -1, -1, -1 },
	[GROUP_INC] = { PTWR_INC, PTWR_DEC, -1, -1, -1, -1, -1, -1 },
	[GROUP_MOV] = { PTWR_MOV, -1, -1, -1, -1, -1, -1, -1 },
	[GROUP_BIT] = { -1, -1, -1, -1, -1, PTWR_BTS, PTWR_BTR, PTWR_BTC },
	[GROUP_POP] = { PTWR_POP, -1, -1, -1, -1, -1, -1, -1 },
	[GROUP_CMPXCHG8B] = { -1, PTWR_CMPXCHG8B, -1, -1, -1, -1, -1, -1 },
};

struct opcode {
	uint8_t code;  /* its 8-bit operand form has bit 0 clear, unless no8 */
	uint8_t op, src, group;
	bool no8, no16, lockable;
};

static const struct opcode one_byte[] = {
	{ 0x00, PTWR_ADD, SRC_REG, .lockable = true },
	{ 0x08, PTWR_OR, SRC_REG, .lockable = true },
	{ 0x10, PTWR_ADC, SRC_REG, .lockable = true },
	{ 0x18, PTWR_SBB, SRC_REG, .lockable = true },
	{ 0x20, PTWR_AND, SRC_REG, .lockable = true },
	{ 0x28, PTWR_SUB, SRC_REG, .lockable = true },
	{ 0x30, PTWR_XOR, SRC_REG, .lockable = true },
	{ 0x80, 0, SRC_IMM, GROUP_ALU, .lockable = true },
	{ 0x83, 0, SRC_IMM8, GROUP_ALU, .no8 = true, .lockable = true },
	{ 0x86, PTWR_XCHG, SRC_REG, .lockable = true },
	{ 0x88, PTWR_MOV, SRC_REG },
	{ 0x8f, 0, SRC_NONE, GROUP_POP, .no8 = true },
	{ 0xc0, 0, SRC_IMM8_BIT, GROUP_SHIFT },
	{ 0xc6, 0, SRC_IMM, GROUP_MOV },
	{ 0xd0, 0, SRC_ONE, GROUP_SHIFT },
	{ 0xd2, 0, SRC_CL, GROUP_SHIFT },
	{ 0xf6, 0, SRC_NONE, GROUP_UNARY, .lockable = true },
	{ 0xfe, 0, SRC_ONE, GROUP_INC, .lockable = true },
};
static const struct opcode two_byte[] = {
	{ 0xa4, PTWR_SHLD, SRC_REG_IMM8, .no8 = true },
	{ 0xa5, PTWR_SHLD, SRC_REG_CL, .no8 = true },
	{ 0xab, PTWR_BTS, SRC_REG, .no8 = true, .lockable = true },
	{ 0xac, PTWR_SHRD, SRC_REG_IMM8, .no8 = true },
	{ 0xad, PTWR_SHRD, SRC_REG_CL, .no8 = true },
	{ 0xb0, PTWR_CMPXCHG, SRC_REG, .lockable = true },
	{ 0xb3, PTWR_BTR, SRC_REG, .no8 = true, .lockable = true },
	{ 0xba, 0, SRC_IMM8_BIT, GROUP_BIT, .no8 = true, .lockable = true },
	{ 0xbb, PTWR_BTC, SRC_REG, .no8 = true, .lockable = true },
	{ 0xc0, PTWR_XADD, SRC_REG, .lockable = true },
	{ 0xc3, PTWR_MOV, SRC_REG, .no8 = true, .no16 = true }, /* movnti */
	{ 0xc7, 0, SRC_NONE, GROUP_CMPXCHG8B, .no8 = true, .no16 = true, .lockable = true },
};
static const struct opcode setcc = { 0x90, PTWR_SETCC, SRC_NONE };
static const struct opcode three_byte[] = { { 0xf1, PTWR_MOVBE, SRC_REG, .no8 = true } };

static const struct opcode *find_opcode(const struct opcode *t, unsigned int n, uint8_t code)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (t[i].code == (t[i].no8 ? code : code & ~1))
			return &t[i];
	return NULL;
}

/* After 0x0f; *b is the opcode's last byte. */
static const struct opcode *find_two_byte(struct cursor *c, uint8_t *b)
{
	*b = take(c, 1);
	if ((*b & 0xf0) == 0x90)
		return &setcc;
	if (*b != 0x38)
		return find_opcode(two_byte, ARRAY_SIZE(two_byte), *b);
	*b = take(c, 1);
	return find_opcode(three_byte, ARRAY_SIZE(three_byte), *b);
}

struct prefixes {
	bool lock, word, rep;
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
		else if (b == 0xf2 || b == 0xf3)
			p->rep = true;
		else if ((b & 0xf0) == 0x40) {
			/* Counts only right before the opcode. */
			p->rex = b;
			return true;
		} else if (b == 0x2e || b == 0x36 || b == 0x3e || b == 0x26) {
			/* No base in 64-bit mode; kernels put 3e where a lock prefix was. */
			continue;
		} else if (b == 0x67 || b == 0x64 || b == 0x65) {
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
	in->src = reg_value(regs, reg) & ptwr_width_mask(in->width);
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

static void take_immediate(struct cursor *c, struct ptwr_insn *in, unsigned int src,
	const struct cpu_user_regs *regs)
{
	if (src == SRC_IMM8_BIT)
		in->src = take(c, 1);
	else if (src == SRC_IMM8)
		in->src = take_signed(c, 1);
	else if (src == SRC_IMM)
		in->src = take_signed(c, in->width == 8 ? 4 : in->width);
	else if (src == SRC_CL)
		in->src = regs->rcx & 0xff;
	else
		in->src = src == SRC_ONE;
	in->src &= ptwr_width_mask(in->width);
}

static unsigned int width_of(const struct prefixes *p, bool byte)
{
	if (byte)
		return 1;
	return p->rex & 8 ? 8 : p->word ? 2 : 4;
}

/* stos, movs: no ModRM. The repeated one faults at its first store, so with a count that is not 0. */
static bool decode_string(const struct cursor *c, const uint8_t *code, const struct prefixes *p, uint8_t b,
	const struct cpu_user_regs *regs, struct ptwr_insn *ret_insn)
{
	bool movs = b < 0xaa;
	struct ptwr_insn in = { .op = movs ? PTWR_MOVS : PTWR_STOS, .reg = -1, .rep = p->rep, .ea = regs->rdi,
		.load = movs, .from = regs->rsi };

	if (p->lock)
		return false;
	in.width = width_of(p, !(b & 1));
	in.src = regs->rax & ptwr_width_mask(in.width);
	in.length = c->p - code;
	*ret_insn = in;
	return true;
}

/* Its address is one after the stack pointer has moved. */
static vaddr_t take_pop(struct cursor *c, uint8_t modrm, uint8_t rex, const struct cpu_user_regs *regs,
	struct ptwr_insn *in, bool *ret_rip_rel)
{
	struct cpu_user_regs after = *regs;

	in->load = true;
	in->from = regs->rsp;
	after.rsp += in->width;
	return take_address(c, modrm, rex, &after, ret_rip_rel);
}

/* pop has 64 bits or 16, cmpxchg8b 64. false: cmpxchg16b. */
static bool special_width(struct ptwr_insn *in, const struct prefixes *p)
{
	if (in->op == PTWR_POP && in->width == 4)
		in->width = 8;
	if (in->op != PTWR_CMPXCHG8B)
		return true;
	in->width = 8;
	return !(p->rex & 8);
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
	if (!c.bad && ((b & ~1) == 0xaa || (b & ~1) == 0xa4))
		return decode_string(&c, code, &p, b, regs, ret_insn);
	if (b == 0x0f)
		o = find_two_byte(&c, &b);
	else
		o = find_opcode(one_byte, ARRAY_SIZE(one_byte), b);
	modrm = take(&c, 1);
	if (c.bad || !o || (modrm >> 6) == 3 || (p.lock && !o->lockable) ||
	    (p.word && o->no16) || p.rep)
		return false;
	if (o->group && groups[o->group][(modrm >> 3) & 7] < 0)
		return false;
	in.op = o->group ? groups[o->group][(modrm >> 3) & 7] : o->op;
	in.width = width_of(&p, (!o->no8 && !(b & 1)) || o == &setcc);
	if (!special_width(&in, &p))
		return false;
	if (in.op == PTWR_POP)
		in.ea = take_pop(&c, modrm, p.rex, regs, &in, &rip_rel);
	else
		in.ea = take_address(&c, modrm, p.rex, regs, &rip_rel);
	if (o->src == SRC_REG || o->src >= SRC_REG_IMM8)
		take_register(&in, ((modrm >> 3) & 7) | (p.rex & 4) << 1, p.rex, regs);
	else
		take_immediate(&c, &in, o->src, regs);
	if (o->src >= SRC_REG_IMM8)
		in.count = o->src == SRC_REG_CL ? regs->rcx : take(&c, 1);
	else if (o == &setcc)
		in.count = b & 15;
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
