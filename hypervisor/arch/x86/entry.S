/* SPDX-License-Identifier: GPL-2.0-only */
/* entry.S: every way into the hypervisor and back to a guest. The decisions are in C
 * (traps.c, switch.c, pv/): here registers are only saved and restored. */
#include <asm/layout.h>
#include "asm-offsets.h"

#define TRAP_SYSCALL 0x100
#define FLAT_CS32 0xe023

	.code64
	.section .text.hot, "ax"

.macro SAVE_ALL
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
.endm

/* All but rcx, r11 and the stack pointer, which ends at the word of error_code. */
.macro RESTORE_FOR_SYSRET
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	addq	$8, %rsp		/* r11 */
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	addq	$8, %rsp		/* rcx */
	popq	%rdx
	popq	%rsi
	popq	%rdi
.endm

.macro RESTORE_ALL
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	addq	$8, %rsp		/* error_code, entry_vector */
.endm

/* Calls C with the frame as first argument; a frame leaves the stack 8 off a multiple of 16. */
.macro CALL_WITH_FRAME fn
	movq	%rsp, %rdi
	subq	$8, %rsp
	call	\fn
	addq	$8, %rsp
.endm

/* --- syscall: hypercalls from the guest's kernel, system calls from its user mode --------------- */

/* The per-CPU stub has pushed ss, rsp, rflags, cs, rip and one word; interrupts are off. */
	.globl	lstar_enter
	.type	lstar_enter, @function
lstar_enter:
	movl	$TRAP_SYSCALL, 4(%rsp)
	SAVE_ALL
	CALL_WITH_FRAME pv_syscall_entry
	jmp	restore_guest

	.globl	cstar_enter
	.type	cstar_enter, @function
cstar_enter:
	movl	$TRAP_SYSCALL, 4(%rsp)
	SAVE_ALL
	CALL_WITH_FRAME pv_syscall32_entry
	jmp	restore_guest

/* --- exceptions and interrupts ---------------------------------------------------------------- */

handle_exception:
	SAVE_ALL
	CALL_WITH_FRAME do_exception
	testb	$3, UREGS_cs(%rsp)
	jnz	restore_guest
	jmp	restore_all_xen

handle_interrupt:
	SAVE_ALL
	CALL_WITH_FRAME do_irq
	testb	$3, UREGS_cs(%rsp)
	jz	restore_all_xen

	.globl	ret_to_guest
	.type	ret_to_guest, @function
ret_to_guest:
	subq	$8, %rsp
	call	exit_to_guest
	addq	$8, %rsp

/* Interrupts are off, and the stack pointer is at guest_regs. A guest that came by SYSCALL, whose iret
 * said that its program did (VGCF_in_syscall), or that goes to a handler whose frame has rcx and r11,
 * can do with its rip in rcx and its flags in r11 (TRAP_SYSCALL is set): it is left by SYSRET, whose
 * selectors are those of 64-bit code whatever the iret said, as with 4.17. SYSRET to a non-canonical
 * address would fault here, with the guest's stack pointer (Intel): IRETQ does not. */
restore_guest:
	testl	$TRAP_SYSCALL, UREGS_entry_vector(%rsp)
	jz	1f
	cmpw	$FLAT_CS32, UREGS_cs(%rsp)
	je	1f
	movq	UREGS_rip(%rsp), %rcx
	movq	%rcx, %rax
	shlq	$16, %rax
	sarq	$16, %rax
	cmpq	%rcx, %rax
	jne	1f
	movq	UREGS_eflags(%rsp), %r11
	RESTORE_FOR_SYSRET
	movq	UREGS_rsp - UREGS_error_code(%rsp), %rsp
	sysretq
1:	RESTORE_ALL
	.globl	guest_iret
guest_iret:
	iretq

restore_all_xen:
	RESTORE_ALL
	iretq

/* On an interrupt stack, which lies below the main one in the same STACK_SIZE. From a guest: the
 * frame moves to the main stack and is handled like any other. From the hypervisor, perhaps with
 * the guest's stack pointer still loaded: handled here, and straight back. */
handle_ist:
	SAVE_ALL
	testb	$3, UREGS_cs(%rsp)
	jz	1f
	movq	%rsp, %rsi
	movq	%rsp, %rdi
	orq	$(STACK_SIZE - 1), %rdi
	leaq	(1 - CPUINFO_sizeof)(%rdi), %rdi
	movq	%rdi, %rax
	movl	$(UREGS_kernel_sizeof / 8), %ecx
	rep movsq
	movq	%rax, %rsp
	CALL_WITH_FRAME do_exception
	jmp	restore_guest
1:	CALL_WITH_FRAME do_ist_exception
	jmp	restore_all_xen

/* --- one entry point for each vector ------------------------------------------------------------ */

.macro VECTOR nr
	.balign	16
entry_\nr:
	.if \nr != 8 && (\nr < 10 || \nr > 14) && \nr != 17 && \nr != 21 && \nr != 29 && \nr != 30
	pushq	$0
	.else
	/* the CPU pushed an error code: its upper half becomes the vector */
	.endif
	movl	$\nr, 4(%rsp)
	.if \nr == 1 || \nr == 2 || \nr == 8 || \nr == 18
	jmp	handle_ist
	.elseif \nr < 32
	jmp	handle_exception
	.else
	jmp	handle_interrupt
	.endif
.endm

	.altmacro
.macro VECTOR_EXPAND nr
	VECTOR	\nr
.endm
	.set	i, 0
	.rept	32
	VECTOR_EXPAND %i
	.set	i, i + 1
	.endr
	.text
	.rept	256 - 32
	VECTOR_EXPAND %i
	.set	i, i + 1
	.endr

	.section .rodata, "a"
	.balign	8
	.globl	autogen_entrypoints
autogen_entrypoints:
.macro VECTOR_ADDR nr
	.quad	entry_\nr
.endm
	.set	i, 0
	.rept	256
	VECTOR_ADDR %i
	.set	i, i + 1
	.endr
	.text

/* --- stack switches -------------------------------------------------------------------------------- */

/* void reset_stack_and_jump(void (*fn)(void)): drops everything below struct cpu_info. */
	.globl	reset_stack_and_jump
	.type	reset_stack_and_jump, @function
reset_stack_and_jump:
	movq	%rsp, %rax
	orq	$(STACK_SIZE - 1), %rax
	leaq	(1 - CPUINFO_sizeof)(%rax), %rsp
	xorl	%ebp, %ebp
	jmp	*%rdi

/* --- faults while a guest's selectors are loaded ------------------------------------------------- */

/* int load_selector_REG(unsigned int sel): 0, or -EFAULT with the null selector loaded. */
.macro LOAD_SELECTOR reg
	.globl	load_selector_\reg
	.type	load_selector_\reg, @function
load_selector_\reg:
	xorl	%eax, %eax
1:	movl	%edi, %\reg
	ret
2:	xorl	%edi, %edi
	movl	$-14, %eax
	jmp	1b
	.section .ex_table, "a"
	.balign	4
	.long	1b - ., 2b - .
	.previous
.endm
	LOAD_SELECTOR ds
	LOAD_SELECTOR es
	LOAD_SELECTOR fs
	LOAD_SELECTOR gs

/* int load_gs_index(unsigned int sel): the selector into the inactive (user) GS. */
	.globl	load_gs_index
	.type	load_gs_index, @function
load_gs_index:
	xorl	%eax, %eax
	swapgs
1:	movl	%edi, %gs
	mfence				/* a null load must be seen before the swap (AMD) */
	swapgs
	ret
2:	xorl	%edi, %edi
	movl	$-14, %eax
	jmp	1b
	.section .ex_table, "a"
	.balign	4
	.long	1b - ., 2b - .
	.previous

/* int rdmsr_safe(uint32_t msr, uint64_t *ret) and int wrmsr_safe(uint32_t msr, uint64_t v) */
	.globl	rdmsr_safe
	.type	rdmsr_safe, @function
rdmsr_safe:
	movl	%edi, %ecx
1:	rdmsr
	shlq	$32, %rdx
	orq	%rdx, %rax
	movq	%rax, (%rsi)
	xorl	%eax, %eax
	ret
2:	movl	$-14, %eax
	ret
	.section .ex_table, "a"
	.balign	4
	.long	1b - ., 2b - .
	.previous

	.globl	wrmsr_safe
	.type	wrmsr_safe, @function
wrmsr_safe:
	movl	%edi, %ecx
	movl	%esi, %eax
	movq	%rsi, %rdx
	shrq	$32, %rdx
1:	wrmsr
	xorl	%eax, %eax
	ret
2:	movl	$-14, %eax
	ret
	.section .ex_table, "a"
	.balign	4
	.long	1b - ., 2b - .
	.previous

	.section .note.GNU-stack, "", @progbits
