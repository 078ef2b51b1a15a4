/* SPDX-License-Identifier: GPL-2.0-only */
/* insn.c: fetching a guest instruction and its prefixes, for the emulation of a few of them. */
#include <hv/guest_access.h>
#include <hv/lib.h>
#include "pv.h"

void insn_fetch(struct insn *in, unsigned long rip)
{
	memset(in, 0, sizeof(*in));
	in->opsize = 4;
	in->addrsize = 8;
	in->avail = INSN_MAX - copy_from_guest_raw(in->bytes, (const void *)rip, INSN_MAX);
}

int insn_next(struct insn *in)
{
	return in->len < in->avail ? in->bytes[in->len++] : -1;
}

bool insn_prefixes(struct insn *in)
{
	for (;;) {
		if (in->len >= in->avail)
			return false;
		switch (in->bytes[in->len]) {
		case 0x66:
			in->opsize = 2;
			break;
		case 0x67:
			in->addrsize = 4;
			break;
		case 0xf0:
			in->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			in->rep = in->bytes[in->len];
			break;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
			break;
		case 0x40 ... 0x4f:
			in->rex = in->bytes[in->len++];
			if (in->rex & 8)
				in->opsize = 8;
			return in->len < in->avail;
		default:
			return true;
		}
		in->len++;
	}
}

uint64_t *insn_reg(struct cpu_user_regs *r, unsigned int nr)
{
	uint64_t *const regs[16] = { &r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp, &r->rsi,
		&r->rdi, &r->r8, &r->r9, &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15 };

	return regs[nr & 15];
}
