/* SPDX-License-Identifier: GPL-2.0-only */
/* start.S: entry of a tiny PV kernel, its ELF notes, exception and event entry points. */

.macro NOTE type, desc:vararg
	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 2f - 1f, \type
	.asciz	"Xen"
1:	\desc
2:	.balign	4
	.previous
.endm
	NOTE	1, .quad _start				/* ENTRY */
	NOTE	3, .quad 0xffffffff80000000		/* VIRT_BASE */
	NOTE	4, .quad 0				/* PADDR_OFFSET */
	NOTE	5, .asciz "xen-3.0"			/* XEN_VERSION */
	NOTE	6, .asciz "tiny"			/* GUEST_OS */
	NOTE	8, .asciz "generic"			/* LOADER */
	NOTE	9, .asciz "yes"				/* PAE_MODE */
	NOTE	15, .quad 0x8000000000			/* INIT_P2M */
	NOTE	16, .quad 1				/* MOD_START_PFN */
	NOTE	17, .long 0x8801			/* SUPPORTED_FEATURES */

	.text
	.globl	_start
_start:
	cld
	leaq	stack_top(%rip), %rsp
	movq	%rsi, %rdi
	call	guest_start
1:	jmp	1b

/* Frame at entry: rcx, r11, [error code], rip, cs, rflags, rsp, ss. The handler gets a pointer to
 * { 15 registers, vector, error code, rip, cs, rflags, rsp, ss } and may change it. */
.macro PUSH_REGS
	pushq	%rax
	pushq	%rbx
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%rbp
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
.endm

.macro TRAP nr, has_code
	.balign	16
	.globl	trap_\nr
trap_\nr:
	popq	%rcx
	popq	%r11
	.if !\has_code
	pushq	$0
	.endif
	pushq	$\nr
	jmp	trap_common
.endm
	TRAP 0, 0
	TRAP 1, 0
	TRAP 3, 0
	TRAP 4, 0
	TRAP 6, 0
	TRAP 7, 0
	TRAP 10, 1
	TRAP 11, 1
	TRAP 12, 1
	TRAP 13, 1
	TRAP 14, 1
	TRAP 16, 0
	TRAP 17, 1
	TRAP 19, 0
	TRAP 128, 0

	.globl	event_entry
	.balign	16
event_entry:
	popq	%rcx
	popq	%r11
	pushq	$0
	pushq	$256
	.globl	trap_common
trap_common:
	PUSH_REGS
	cld
	movq	%rsp, %rdi
	movq	%rsp, %rbp
	andq	$-16, %rsp
	call	guest_trap
	movq	%rbp, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rbp
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rbx
	popq	%rax
	addq	$16, %rsp		/* vector, error code */
	pushq	$0			/* flags */
	pushq	%rcx
	pushq	%r11
	pushq	%rax
	movl	$23, %eax		/* iret */
	syscall

/* Four selectors come before rip. */
	.globl	failsafe_entry
failsafe_entry:
	popq	%rcx
	popq	%r11
	popq	failsafe_selectors(%rip)
	popq	failsafe_selectors+8(%rip)
	popq	failsafe_selectors+16(%rip)
	popq	failsafe_selectors+24(%rip)
	pushq	$0
	pushq	$257
	jmp	trap_common

/* A system call of the user mode: as a trap 258, the flags at entry kept. */
	.globl	syscall_entry
syscall_entry:
	pushfq
	popq	syscall_rflags(%rip)
	popq	%rcx
	popq	%r11
	pushq	$0
	pushq	$258
	jmp	trap_common

/* void guest_iret(const struct iret_context *c): its stack is c. */
	.globl	guest_iret
guest_iret:
	movq	%rdi, %rsp
	movl	$23, %eax
	syscall

	.bss
	.balign	4096
	.skip	32768
stack_top:
