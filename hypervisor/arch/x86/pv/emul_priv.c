/* SPDX-License-Identifier: GPL-2.0-only */
/* emul_priv.c: privileged instructions of a guest (#GP): port I/O, control and debug registers,
 * MSRs, and what a kernel in ring 3 executes without meaning to.
 *
 * Context: #GP with error code 0 of the current vcpu, interrupts on. An instruction that is not in
 * the tables, or not allowed, is the guest's #GP. */
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <asm/access.h>
#include <asm/time.h>
#include "pv.h"

enum outcome {
	EMU_DONE,   /* advance rip */
	EMU_REPEAT, /* same instruction again (string I/O with a count left, tables that take long) */
	EMU_FAULT,  /* the guest gets #GP(0) */
	EMU_RAISED, /* another fault has been injected */
};

struct ctx {
	struct vcpu *v;
	struct cpu_user_regs *r;
	struct insn in;
	uint8_t opcode;
};

/* --- ports --------------------------------------------------------------------------------------- */

/* The bitmap is in the kernel's memory, which a program's tables need not map. */
static bool io_bitmap_allows(struct vcpu *v, unsigned int port, unsigned int size)
{
	const uint8_t *map = (const uint8_t *)v->arch.iobmp.p + port / 8;
	uint8_t bits[2] = { 0xff, 0xff };
	bool user = !v->arch.in_kernel;
	size_t left;

	if (!v->arch.iobmp_limit || port + size > v->arch.iobmp_limit)
		return false;
	if (user)
		toggle_guest_mode(v);
	left = copy_from_guest_raw(bits, map, sizeof(bits));
	if (user)
		toggle_guest_mode(v);
	if (left == sizeof(bits))
		return false;
	return !((bits[0] | bits[1] << 8) >> (port & 7) & ((1U << size) - 1));
}

static bool iopl_allows(const struct vcpu *v)
{
	bool arch_iopl = v->domain->vm_assist & (1UL << VMASST_TYPE_architectural_iopl);
	unsigned int cpl = v->arch.in_kernel ? (arch_iopl ? 0 : 1) : 3;

	return (v->arch.iopl >> 12) >= cpl;
}

static bool io_allowed(struct vcpu *v, unsigned int port, unsigned int size)
{
	return iopl_allows(v) || io_bitmap_allows(v, port, size);
}

static enum outcome do_port(struct ctx *c, unsigned int port, unsigned int size, bool in)
{
	uint64_t mask = size == 4 ? 0xffffffffU : (1U << size * 8) - 1;

	if (!io_allowed(c->v, port, size))
		return EMU_FAULT;
	if (!in) {
		pv_port_write(c->v, port, size, c->r->rax & mask);
		return EMU_DONE;
	}
	if (size == 4)
		c->r->rax = pv_port_read(c->v, port, 4);
	else
		c->r->rax = (c->r->rax & ~mask) | (pv_port_read(c->v, port, size) & mask);
	return EMU_DONE;
}

static unsigned int port_size(const struct ctx *c)
{
	return !(c->opcode & 1) ? 1 : c->in.opsize == 2 ? 2 : 4;
}

/* E4 E5 E6 E7: port in the next byte; EC ED EE EF: port in dx. */
static enum outcome emu_in_out(struct ctx *c)
{
	bool in = !(c->opcode & 2);
	int port = c->r->rdx & 0xffff;

	if (c->opcode < 0xe8) {
		port = insn_next(&c->in);
		if (port < 0)
			return EMU_FAULT;
	}
	return do_port(c, port, port_size(c), in);
}

static enum outcome string_io_fault(const struct ctx *c, uint32_t code, uint64_t addr)
{
	pv_inject_page_fault(c->v->arch.in_kernel ? code : code | 4, addr);
	return EMU_RAISED;
}

/* 6C 6D ins, 6E 6F outs; one element a turn. */
static enum outcome emu_string_io(struct ctx *c)
{
	struct cpu_user_regs *r = c->r;
	unsigned int size = port_size(c), port = r->rdx & 0xffff;
	bool in = c->opcode < 0x6e;
	uint64_t *ptr = in ? &r->rdi : &r->rsi;
	uint32_t val = 0;

	if (c->in.rep && !r->rcx)
		return EMU_DONE;
	if (!io_allowed(c->v, port, size))
		return EMU_FAULT;
	if (in) {
		val = pv_port_read(c->v, port, size);
		if (copy_to_guest_raw((void *)*ptr, &val, size))
			return string_io_fault(c, 2, *ptr);
	} else {
		if (copy_from_guest_raw(&val, (const void *)*ptr, size))
			return string_io_fault(c, 0, *ptr);
		pv_port_write(c->v, port, size, val);
	}
	*ptr += r->rflags & RFLAGS_DF ? -(uint64_t)size : size;
	if (c->in.rep && --r->rcx)
		return EMU_REPEAT;
	return EMU_DONE;
}

/* --- flags: the interrupt flag of a guest is its upcall mask, cli and sti change nothing ----------- */

static enum outcome emu_cli_sti(struct ctx *c)
{
	return iopl_allows(c->v) ? EMU_DONE : EMU_FAULT;
}

/* --- control and debug registers -------------------------------------------------------------- */

uint64_t pv_guest_cr4(const struct vcpu *v)
{
	uint64_t cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_DE;

	if (xcr0_host_mask)
		cr4 |= CR4_OSXSAVE;
	return cr4 | (v->arch.ctrlreg_cr4 & PV_CR4_GUEST_MASK);
}

static bool read_guest_cr(struct vcpu *v, unsigned int nr, uint64_t *ret)
{
	switch (nr) {
	case 0:
		*ret = (read_cr0() & ~CR0_TS) | v->arch.cr0_ts;
		return true;
	case 2:
		*ret = v->vcpu_info->arch.cr2;
		return true;
	case 3:
		*ret = mfn_to_paddr(v->arch.guest_table);
		return true;
	case 4:
		*ret = pv_guest_cr4(v);
		return true;
	default:
		return false;
	}
}

static enum outcome write_guest_cr3(struct vcpu *v, uint64_t val)
{
	int rc = new_guest_cr3(v, paddr_to_mfn(val & PTE_ADDR_MASK));

	return !rc ? EMU_DONE : rc == -ERESTART ? EMU_REPEAT : EMU_FAULT;
}

static enum outcome write_guest_cr(struct vcpu *v, unsigned int nr, uint64_t val)
{
	unsigned long ts[HYPERCALL_ARGS] = { !!(val & CR0_TS) };

	switch (nr) {
	case 0:
		if ((val ^ read_cr0()) & ~CR0_TS)
			return EMU_FAULT;
		do_fpu_taskswitch(ts);
		return EMU_DONE;
	case 2:
		v->vcpu_info->arch.cr2 = val;
		return EMU_DONE;
	case 3:
		return write_guest_cr3(v, val);
	case 4:
		v->arch.ctrlreg_cr4 = val & PV_CR4_GUEST_MASK;
		pv_load_tsd(v);
		return EMU_DONE;
	default:
		return EMU_FAULT;
	}
}

/* 0F 20: mov cr, reg; 0F 22: mov reg, cr; 0F 21, 0F 23 the same for dr. */
static enum outcome emu_mov_cr_dr(struct ctx *c)
{
	int modrm = insn_next(&c->in);
	unsigned int nr = (modrm >> 3 & 7) | (c->in.rex & 4) << 1;
	uint64_t *reg = insn_reg(c->r, (modrm & 7) | (c->in.rex & 1) << 3);
	unsigned long arg[HYPERCALL_ARGS] = { nr, *reg };

	if (modrm < 0 || (modrm & 0xc0) != 0xc0)
		return EMU_FAULT;
	switch (c->opcode) {
	case 0x20:
		return read_guest_cr(c->v, nr, reg) ? EMU_DONE : EMU_FAULT;
	case 0x22:
		return write_guest_cr(c->v, nr, *reg);
	case 0x21:
		if (nr > 7)
			return EMU_FAULT;
		*reg = do_get_debugreg(arg);
		return EMU_DONE;
	default:
		return do_set_debugreg(arg) ? EMU_FAULT : EMU_DONE;
	}
}

static enum outcome emu_clts(struct ctx *c)
{
	unsigned long arg[HYPERCALL_ARGS] = { 0 };

	(void)c;
	do_fpu_taskswitch(arg);
	return EMU_DONE;
}

static enum outcome emu_cache(struct ctx *c)
{
	if (domain_has_io(c->v->domain))
		__asm__ __volatile__("wbinvd" ::: "memory");
	return EMU_DONE;
}

/* --- MSRs, TSC, XCR0, CPUID ---------------------------------------------------------------------- */

static enum outcome emu_rdmsr(struct ctx *c)
{
	uint64_t val;

	if (!pv_rdmsr(c->v, c->r->rcx, &val))
		return EMU_FAULT;
	c->r->rax = (uint32_t)val;
	c->r->rdx = val >> 32;
	return EMU_DONE;
}

static enum outcome emu_wrmsr(struct ctx *c)
{
	uint64_t val = (uint32_t)c->r->rax | (uint64_t)(uint32_t)c->r->rdx << 32;

	return pv_wrmsr(c->v, c->r->rcx, val) ? EMU_DONE : EMU_FAULT;
}

static enum outcome emu_rdtsc(struct ctx *c)
{
	uint64_t t;

	if (!c->v->arch.in_kernel && (c->v->arch.ctrlreg_cr4 & CR4_TSD))
		return EMU_FAULT;
	t = pv_rdtsc(c->v);
	c->r->rax = (uint32_t)t;
	c->r->rdx = t >> 32;
	return EMU_DONE;
}

static enum outcome emu_cpuid(struct ctx *c)
{
	struct cpuid_regs out;

	pv_cpuid(c->v, c->r->rax, c->r->rcx, &out);
	c->r->rax = out.a;
	c->r->rbx = out.b;
	c->r->rcx = out.c;
	c->r->rdx = out.d;
	return EMU_DONE;
}

/* 0F 01: XSETBV is D1, RDTSCP F9. */
static enum outcome emu_group7(struct ctx *c)
{
	int modrm = insn_next(&c->in);

	if (modrm == 0xd1) {
		uint64_t val = (uint32_t)c->r->rax | (uint64_t)(uint32_t)c->r->rdx << 32;

		if (!c->v->arch.in_kernel || (uint32_t)c->r->rcx)
			return EMU_FAULT;
		return pv_set_xcr0(c->v, val) ? EMU_DONE : EMU_FAULT;
	}
	if (modrm != 0xf9 || emu_rdtsc(c) != EMU_DONE)
		return EMU_FAULT;
	c->r->rcx = (uint32_t)c->v->arch.tsc_aux;
	return EMU_DONE;
}

typedef enum outcome emu_fn(struct ctx *c);
struct emu_row {
	emu_fn *fn;
	bool user_too; /* else only the guest's kernel may */
};

static const struct emu_row one_byte[256] = {
	[0x6c] = { emu_string_io, true }, [0x6d] = { emu_string_io, true },
	[0x6e] = { emu_string_io, true }, [0x6f] = { emu_string_io, true },
	[0xe4] = { emu_in_out, true }, [0xe5] = { emu_in_out, true },
	[0xe6] = { emu_in_out, true }, [0xe7] = { emu_in_out, true },
	[0xec] = { emu_in_out, true }, [0xed] = { emu_in_out, true },
	[0xee] = { emu_in_out, true }, [0xef] = { emu_in_out, true },
	[0xfa] = { emu_cli_sti, true }, [0xfb] = { emu_cli_sti, true },
};

static const struct emu_row two_byte[256] = {
	[0x01] = { emu_group7, true },
	[0x06] = { emu_clts, false },
	[0x08] = { emu_cache, false }, [0x09] = { emu_cache, false },
	[0x20] = { emu_mov_cr_dr, false }, [0x21] = { emu_mov_cr_dr, false },
	[0x22] = { emu_mov_cr_dr, false }, [0x23] = { emu_mov_cr_dr, false },
	[0x30] = { emu_wrmsr, false }, [0x32] = { emu_rdmsr, false },
	[0x31] = { emu_rdtsc, true },
	[0xa2] = { emu_cpuid, true },
};

bool pv_emulate_privileged(struct cpu_user_regs *r)
{
	struct ctx c = { .v = current, .r = r };
	const struct emu_row *row = one_byte;
	int op;
	enum outcome out;

	insn_fetch(&c.in, r->rip);
	if (!insn_prefixes(&c.in))
		return false;
	op = insn_next(&c.in);
	if (op == 0x0f) {
		row = two_byte;
		op = insn_next(&c.in);
	}
	if (op < 0 || !row[op].fn || c.in.lock || (!row[op].user_too && !c.v->arch.in_kernel))
		return false;
	c.opcode = op;
	out = row[op].fn(&c);
	if (out == EMU_FAULT)
		return false;
	if (out != EMU_DONE)
		return true;
	r->rip += c.in.len;
	r->rflags &= ~RFLAGS_RF;
	if (r->rflags & RFLAGS_TF)
		pv_inject_single_step();
	return true;
}
