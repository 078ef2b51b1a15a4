/* SPDX-License-Identifier: GPL-2.0-only */
/* mm_decode_test.c: the write-fault decoder against the CPU: random instructions of every form
 * leave the same memory, registers and flags; what it must not accept it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/mman.h>
#include <cmocka.h>
#include "mm/world.h"
#include "../../hypervisor/arch/x86/mm/mm.h"

#define FLAG_CF 1UL
#define FLAG_AF 16UL
#define FLAG_OF 0x800UL
#define ARITH   0x8d5UL

void native_run(struct cpu_user_regs *r, const void *code);

static uint8_t *code_page;
static union { uint8_t b[1024]; uint64_t w[128]; } memory, memory_before;

static uint64_t *reg(struct cpu_user_regs *r, unsigned int n)
{
	uint64_t *const regs[16] = { &r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp, &r->rsi,
		&r->rdi, &r->r8, &r->r9, &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15 };

	return regs[n];
}

static uint64_t random64(void)
{
	uint64_t v = (uint64_t)world_random(0x10000) << 48 ^ (uint64_t)world_random(0x1000000) << 24 ^
		world_random(0x1000000);

	/* Values where carries and comparisons are interesting. */
	switch (world_random(4)) {
	case 0:
		return v & 0xff;
	case 1:
		return -(v & 0xff);
	}
	return v;
}

/* group: the operations that ModRM selects, a bit for each. */
struct form { uint8_t code, group; bool two, imm, imm8, no8, no16, nolock, bits, only8, three, no64; };
static const struct form forms[] = {
	{ 0x01 }, { 0x09 }, { 0x11 }, { 0x19 }, { 0x21 }, { 0x29 }, { 0x31 }, { 0x87 },
	{ 0x89, .nolock = true },
	{ 0x81, 0x7f, .imm = true }, { 0x83, 0x7f, .imm8 = true, .no8 = true },
	{ 0xc7, 0x01, .imm = true, .nolock = true },
	{ 0xc1, 0xff, .imm8 = true, .nolock = true }, { 0xd1, 0xff, .nolock = true },
	{ 0xd3, 0xff, .nolock = true }, { 0xa4, .two = true, .no8 = true, .imm8 = true, .nolock = true },
	{ 0xa5, .two = true, .no8 = true, .nolock = true },
	{ 0xac, .two = true, .no8 = true, .imm8 = true, .nolock = true },
	{ 0xad, .two = true, .no8 = true, .nolock = true }, { 0x92, .two = true, .only8 = true, .nolock = true },
	{ 0x95, .two = true, .only8 = true, .nolock = true }, { 0x97, .two = true, .only8 = true, .nolock = true },
	{ 0x9d, .two = true, .only8 = true, .nolock = true }, { 0x9e, .two = true, .only8 = true, .nolock = true },
	{ 0xf1, .two = true, .three = true, .no8 = true, .nolock = true },
	{ 0xc7, 0x02, .two = true, .no8 = true, .no16 = true, .no64 = true }, { 0xf7, 0x0c }, { 0xff, 0x03 },
	{ 0xc3, .two = true, .no8 = true, .no16 = true, .nolock = true },
	{ 0xb1, .two = true }, { 0xc1, .two = true },
	{ 0xab, .two = true, .no8 = true, .bits = true },
	{ 0xb3, .two = true, .no8 = true, .bits = true },
	{ 0xbb, .two = true, .no8 = true, .bits = true },
	{ 0xba, 0xe0, .two = true, .no8 = true, .imm8 = true, .bits = true },
};

/* One random instruction at p with registers such that it hits the middle of memory; its length. */
static unsigned int make_insn(uint8_t *p, struct cpu_user_regs *r, const struct form *f)
{
	unsigned int n = 0, base, index = 4, src = world_random(16), scale = world_random(4), width, i;
	bool wide = !f->no64 && world_random(2), word = !f->no16 && !world_random(4);
	bool byte = f->only8 || (!f->no8 && !world_random(3));
	bool rex, sib;
	int32_t disp = (int32_t)world_random(0x200) - 0x100;
	unsigned int mod = 1 + world_random(2);

	do
		base = world_random(16);
	while (base == 4);
	if (world_random(2))
		do
			index = world_random(16);
		while (index == base);
	while (f->group && !(f->group >> src & 1))
		src = world_random(8);
	while (!f->group && (src == 4 || src == base || src == index))
		src = world_random(16);
	if (mod == 1)
		disp = (int8_t)disp;
	if (world_random(4) == 0 && (base & 7) != 5) {
		mod = 0;
		disp = 0;
	}
	sib = index != 4 || (base & 7) == 4 || !world_random(4);
	rex = wide || base > 7 || index > 7 || src > 7 || world_random(2);
	width = byte ? 1 : wide ? 8 : word ? 2 : 4;

	for (i = 0; i < 16; i++)
		if (i != 4)
			*reg(r, i) = random64();
	if (!world_random(3))
		r->rax = memory.w[64];
	r->rflags = 0x202 | (world_random(0x1000) & ARITH);
	if (f->bits && !f->group)
		*reg(r, src) = (int64_t)world_random(4000) - 2000;
	if (index != 4)
		*reg(r, index) &= 0xffff;
	*reg(r, base) = (uint64_t)&memory.w[64] - disp - (index != 4 ? *reg(r, index) << scale : 0);
	/* The accumulator takes part in cmpxchg by itself; elsewhere it is any register. */

	if (word)
		p[n++] = 0x66;
	if (!f->nolock && world_random(2))
		p[n++] = 0xf0;
	if (rex)
		p[n++] = 0x40 | (wide ? 8 : 0) | (src > 7 ? 4 : 0) | (index > 7 ? 2 : 0) | (base > 7);
	if (f->two)
		p[n++] = 0x0f;
	if (f->three)
		p[n++] = 0x38;
	p[n++] = byte && !f->only8 ? f->code & ~1 : f->code;
	p[n++] = mod << 6 | (src & 7) << 3 | (sib ? 4 : base & 7);
	if (sib)
		p[n++] = scale << 6 | (index & 7) << 3 | (base & 7);
	if (mod == 1)
		p[n++] = disp;
	for (i = 0; mod == 2 && i < 4; i++)
		p[n++] = disp >> (8 * i);
	if (f->imm8)
		p[n++] = world_random(256);
	for (i = 0; f->imm && i < min(width, 4U); i++)
		p[n++] = world_random(256);
	return n;
}

static void fail_insn(const uint8_t *p, unsigned int n, const char *what)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		(fprintf)(stderr, "%02x ", p[i]);
	(fprintf)(stderr, ": %s\n", what);
	fail();
}

/* A shift by 0 leaves all flags, one by more than 1 an overflow flag that means nothing. */
static uint64_t flags_of_shift(const struct ptwr_insn *in)
{
	bool two = in->op == PTWR_SHLD || in->op == PTWR_SHRD;
	unsigned int n = (two ? in->count : in->src) & (in->width == 8 ? 63 : 31);
	uint64_t f = ARITH;

	if (n && in->op <= PTWR_SHRD)
		f &= ~(FLAG_AF | (n >= in->width * 8 ? FLAG_CF : 0));
	return n > 1 ? f & ~FLAG_OF : f;
}

static uint64_t flags_that_count(const struct ptwr_insn *in)
{
	if (in->op >= PTWR_SHL && in->op <= PTWR_RCR)
		return flags_of_shift(in);
	if (in->op >= PTWR_BTS)
		return FLAG_CF;
	if (in->op == PTWR_OR || in->op == PTWR_AND || in->op == PTWR_XOR)
		return ARITH & ~FLAG_AF;
	return ARITH;
}

static bool is_undefined(const struct ptwr_insn *in)
{
	return (in->op == PTWR_SHLD || in->op == PTWR_SHRD) && in->width == 2 && (in->count & 31) > 16;
}

static void one_insn(const struct form *f)
{
	struct cpu_user_regs r = { 0 }, native;
	struct ptwr_insn in;
	struct ptwr_result res;
	uint64_t old = 0, mask;
	unsigned int n, i;

	for (i = 0; i < ARRAY_SIZE(memory.w); i++)
		memory.w[i] = random64();
	n = make_insn(code_page, &r, f);
	code_page[n] = 0xc3;
	memory_before = memory;
	native = r;
	if (!ptwr_decode(code_page, 15, &r, &in))
		fail_insn(code_page, n, "refused");
	if (in.length != n)
		fail_insn(code_page, n, "length");
	if (in.ea < (vaddr_t)memory.b || in.ea + in.width > (vaddr_t)memory.b + sizeof(memory))
		fail_insn(code_page, n, "address");
	native_run(&native, code_page);
	if (is_undefined(&in)) {
		memory = memory_before;
		return;
	}
	memcpy(&old, &memory_before.b[in.ea - (vaddr_t)memory.b], in.width);
	ptwr_compute(&in, &r, old, &res);
	ptwr_commit(&in, &res, old, &r);
	memcpy(&memory_before.b[in.ea - (vaddr_t)memory.b], &res.mem, in.width);
	if (memcmp(&memory, &memory_before, sizeof(memory)))
		fail_insn(code_page, n, "memory differs");
	for (i = 0; i < 16; i++)
		if (i != 4 && *reg(&r, i) != *reg(&native, i))
			fail_insn(code_page, n, "register differs");
	mask = flags_that_count(&in);
	if ((r.rflags ^ native.rflags) & mask)
		fail_insn(code_page, n, "flags differ");
	if ((r.rflags ^ 0x202) & ~ARITH)
		fail_insn(code_page, n, "other flags changed");
	assert_int_equal(r.rip, n);
}

static void test_like_cpu(void **state)
{
	unsigned int i;

	for (i = 0; i < 400000; i++)
		one_insn(&forms[i % ARRAY_SIZE(forms)]);
}

static void test_rip_relative(void **state)
{
	static const uint8_t insn[] = { 0x48, 0x87, 0x05, 0x10, 0x00, 0x00, 0x00 };
	static const uint8_t imm[] = { 0x48, 0xc7, 0x05, 0xf0, 0xff, 0xff, 0xff, 1, 2, 3, 0x84 };
	struct cpu_user_regs r = { .rip = 0x1000, .rax = 7 };
	struct ptwr_insn in;

	assert_true(ptwr_decode(insn, sizeof(insn), &r, &in));
	assert_int_equal(in.ea, 0x1017);
	assert_int_equal(in.src, 7);
	assert_true(ptwr_decode(imm, sizeof(imm), &r, &in));
	assert_int_equal(in.ea, 0x1000 + 11 - 16);
	assert_int_equal(in.src, 0xffffffff84030201UL);
}

/* A repeated one is done once: the next store faults again. */
static void test_stos(void **state)
{
	static const uint8_t code[][4] = { { 0xaa }, { 0x66, 0xab }, { 0xab }, { 0x48, 0xab }, { 0xf3, 0x48, 0xab } };
	static const unsigned int width[] = { 1, 2, 4, 8, 8 }, length[] = { 1, 2, 1, 2, 3 };
	struct ptwr_result res;
	struct ptwr_insn in;
	unsigned int i, down;

	for (i = 0; i < 2 * ARRAY_SIZE(code); i++) {
		unsigned int k = i / 2;
		struct cpu_user_regs r = { .rip = 0x1000, .rdi = 0x2000, .rcx = 2, .rax = 0x1122334455667788 };

		down = i & 1;
		r.rflags = 0x202 | (down ? RFLAGS_DF : 0);
		assert_true(ptwr_decode(code[k], sizeof(code[k]), &r, &in));
		assert_int_equal(in.ea, 0x2000);
		assert_int_equal(in.width, width[k]);
		ptwr_compute(&in, &r, 0, &res);
		assert_int_equal(res.mem, r.rax & ptwr_width_mask(width[k]));
		ptwr_commit(&in, &res, 0, &r);
		assert_int_equal(r.rdi, down ? 0x2000 - width[k] : 0x2000 + width[k]);
		assert_int_equal(r.rcx, k == 4 ? 1 : 2);
		assert_int_equal(r.rip, k == 4 ? 0x1000 : 0x1000 + length[k]);
		ptwr_commit(&in, &res, 0, &r);
		assert_int_equal(r.rip, k == 4 ? 0x1000 + length[k] : 0x1000 + 2 * length[k]);
	}
}

static void test_movs(void **state)
{
	static const uint8_t code[] = { 0xf3, 0x48, 0xa5 };
	struct cpu_user_regs r = { .rip = 0x1000, .rdi = 0x2000, .rsi = 0x3000, .rcx = 2, .rflags = 0x202 };
	struct ptwr_result res;
	struct ptwr_insn in;

	assert_true(ptwr_decode(code, sizeof(code), &r, &in));
	assert_true(in.load && in.from == 0x3000 && in.ea == 0x2000 && in.width == 8);
	in.src = 0x1234;
	ptwr_compute(&in, &r, 0, &res);
	assert_int_equal(res.mem, 0x1234);
	ptwr_commit(&in, &res, 0, &r);
	assert_true(r.rdi == 0x2008 && r.rsi == 0x3008 && r.rcx == 1 && r.rip == 0x1000);
	r.rflags |= RFLAGS_DF;
	ptwr_commit(&in, &res, 0, &r);
	assert_true(r.rdi == 0x2000 && r.rsi == 0x3000 && r.rcx == 0 && r.rip == 0x1003);
}

/* Its address is one after the stack pointer has moved. */
static void test_pop(void **state)
{
	static const uint8_t to_rsp[] = { 0x8f, 0x44, 0x24, 0x10 }, word[] = { 0x66, 0x8f, 0x07 };
	struct cpu_user_regs r = { .rip = 0x1000, .rsp = 0x4000, .rdi = 0x2000 };
	struct ptwr_result res;
	struct ptwr_insn in;

	assert_true(ptwr_decode(to_rsp, sizeof(to_rsp), &r, &in));
	assert_true(in.load && in.from == 0x4000 && in.ea == 0x4018 && in.width == 8);
	assert_true(ptwr_decode(word, sizeof(word), &r, &in));
	assert_true(in.load && in.from == 0x4000 && in.ea == 0x2000 && in.width == 2);
	ptwr_compute(&in, &r, 0, &res);
	ptwr_commit(&in, &res, 0, &r);
	assert_true(r.rsp == 0x4002 && r.rip == 0x1003);
}

static void test_refused(void **state)
{
	static const uint8_t codes[][12] = {
		{ 0x48, 0x87, 0xc0 },             /* registers only */
		{ 0x64, 0x48, 0x89, 0x07 },       /* fs: */
		{ 0x67, 0x48, 0x89, 0x07 },       /* 32-bit address */
		{ 0xf3, 0x48, 0x89, 0x07 },       /* rep or xrelease */
		{ 0xf0, 0x48, 0x89, 0x07 },       /* lock mov is invalid */
		{ 0xf0, 0x48, 0xc7, 0x07, 0 },
		{ 0x48, 0x8b, 0x07 },             /* a load */
		{ 0x48, 0x39, 0x07 },             /* cmp */
		{ 0x48, 0x83, 0x3f, 0 },          /* cmp imm */
		{ 0xf0, 0x48, 0xd1, 0x17 },       /* lock rcl */
		{ 0x66, 0x0f, 0xd6, 0x07 },       /* movq of an SSE register */
		{ 0xf2, 0x0f, 0x11, 0x07 }, { 0x0f, 0x13, 0x07 }, { 0x66, 0x0f, 0x7e, 0x07 },
		{ 0x0f, 0x7f, 0x07 }, { 0x0f, 0xe7, 0x07 }, /* MMX's */
		{ 0x48, 0xf7, 0x07, 0, 0, 0, 0 }, /* test */
		{ 0x48, 0xff, 0x37 },             /* push */
		{ 0x66, 0x0f, 0xc3, 0x07 },       /* movnti of 16 bits */
		{ 0xf0, 0x48, 0xab },             /* lock stos */
		{ 0xf0, 0x48, 0xd1, 0x27 },       /* lock shl */
		{ 0x48, 0x0f, 0xba, 0x27, 0 },    /* bt */
		{ 0x48, 0x0f, 0xc7, 0x0f },       /* cmpxchg16b */
		{ 0x67, 0xa5 }, { 0x67, 0xab },   /* movs, stos to a 32-bit address */
		{ 0x64, 0xa5 }, { 0xf0, 0xa5 },   /* fs: and lock movs */
		{ 0x48, 0xc7, 0x0f, 0 },
		{ 0xcc }, { 0x0f, 0x0b },
	};
	struct cpu_user_regs r = { 0 };
	struct ptwr_insn in;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codes); i++)
		assert_false(ptwr_decode(codes[i], sizeof(codes[i]), &r, &in));
}

/* Cut off anywhere: refused, and not a byte beyond is read (the buffer ends there). */
static void test_truncated(void **state)
{
	struct cpu_user_regs r = { 0 };
	struct ptwr_insn in;
	uint8_t insn[32] = { 0 };
	unsigned int i, n, k;

	for (i = 0; i < 20000; i++) {
		n = make_insn(insn, &r, &forms[i % ARRAY_SIZE(forms)]);
		for (k = 0; k < n; k++) {
			uint8_t *cut = malloc(k ? k : 1);

			memcpy(cut, insn, k);
			assert_false(ptwr_decode(cut, k, &r, &in));
			free(cut);
		}
	}
}

static void test_rubbish(void **state)
{
	struct cpu_user_regs r = { 0 };
	struct ptwr_insn in;
	struct ptwr_result res;
	unsigned int i, k;

	for (i = 0; i < 1000000; i++) {
		uint8_t *b = code_page + PAGE_SIZE - 15;

		for (k = 0; k < 15; k++)
			b[k] = world_random(256);
		if (!ptwr_decode(b, 15, &r, &in))
			continue;
		assert_true(in.length <= 15);
		ptwr_compute(&in, &r, random64(), &res);
		ptwr_commit(&in, &res, 0, &r);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_cpu),
		cmocka_unit_test(test_rip_relative),
		cmocka_unit_test(test_stos),
		cmocka_unit_test(test_movs),
		cmocka_unit_test(test_pop),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_rubbish),
	};

	code_page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
