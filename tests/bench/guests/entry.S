/* SPDX-License-Identifier: GPL-2.0-only */
/* entry.S: the shortest handlers that a guest kernel can have, so that what is timed is the way
 * through the hypervisor. A frame is rcx, r11, [error code], rip, cs, rflags, rsp, ss. */

.macro IRET flags
	pushq	$\flags
	pushq	%rcx
	pushq	%r11
	pushq	%rax
	movl	$23, %eax
	syscall
.endm

	.text
	/* int3: the frame says where to go on. */
	.globl	fast_int3
	.balign	16
fast_int3:
	popq	%rcx
	popq	%r11
	IRET	0

	/* Page fault of a two-byte instruction, `movb (%rbx), %al`: goes on behind it. */
	.globl	fast_pf
	.balign	16
fast_pf:
	popq	%rcx
	popq	%r11
	addq	$8, %rsp
	addq	$2, (%rsp)
	IRET	0

	/* A system call: rax 0 goes back to user mode, anything else to where enter_user() was called. */
	.globl	fast_syscall
	.balign	16
fast_syscall:
	popq	%rcx
	popq	%r11
	testl	%eax, %eax
	jnz	1f
	IRET	0x100			/* VGCF_in_syscall, as Linux's system calls */
1:	movq	user_saved_rsp(%rip), %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

	/* An event: acknowledge every port of the first word. */
	.globl	fast_event
	.balign	16
fast_event:
	popq	%rcx
	popq	%r11
	pushq	%rax
	pushq	%rbx
	movq	fast_vcpu_info(%rip), %rax
	movb	$0, (%rax)		/* evtchn_upcall_pending */
	xorl	%ebx, %ebx
	xchgq	%rbx, 8(%rax)		/* evtchn_pending_sel */
	movq	shared(%rip), %rax
	xorl	%ebx, %ebx
	xchgq	%rbx, 2048(%rax)	/* evtchn_pending[0] */
	incq	fast_event_count(%rip)
	popq	%rbx
	popq	%rax
	IRET	0

	/* An event: straight back with upcalls masked: bit 9 of the frame's rflags is cleared. */
	.globl	masking_event
	.balign	16
masking_event:
	popq	%rcx
	popq	%r11
	andq	$~0x200, 16(%rsp)
	IRET	0

	/* long enter_user(rip, rsp): until a system call with rax != 0. */
	.globl	enter_user
enter_user:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, user_saved_rsp(%rip)
	pushq	$0xe02b
	pushq	%rsi
	pushq	$0x202
	pushq	$0xe033
	pushq	%rdi
	movq	%rdx, %rbx
	xorl	%eax, %eax
	IRET	0

	/* void iret_loop(n): n times HYPERVISOR_iret to the next line. */
	.globl	iret_loop
iret_loop:
	pushq	%rbx
	movl	%edi, %ebx
1:	movq	%rsp, %rdx
	pushq	$0xe02b
	pushq	%rdx
	pushq	$0x202
	pushq	$0xe030
	leaq	2f(%rip), %rdx
	pushq	%rdx
	IRET	0
2:	decl	%ebx
	jnz	1b
	popq	%rbx
	ret

	/* User mode: rbx times, then leave. */
	.globl	user_syscalls
user_syscalls:
1:	xorl	%eax, %eax
	syscall
	decl	%ebx
	jnz	1b
	movl	$1, %eax
	syscall

	.globl	user_int3
user_int3:
1:	int3
	decl	%ebx
	jnz	1b
	movl	$1, %eax
	syscall

	.globl	user_faults
user_faults:
	movl	%ebx, %edx
	movl	$0x10000, %ebx
1:	movb	(%rbx), %al
	decl	%edx
	jnz	1b
	movl	$1, %eax
	syscall

	.globl	fault_loop
fault_loop:				/* (n, address) */
	pushq	%rbx
	movq	%rsi, %rbx
1:	movb	(%rbx), %al
	decl	%edi
	jnz	1b
	popq	%rbx
	ret

	.bss
	.balign	8
user_saved_rsp:
	.quad	0
	.globl	fast_event_count
fast_event_count:
	.quad	0
	.data
	.globl	fast_vcpu_info
fast_vcpu_info:
	.quad	0
	.section .note.GNU-stack, "", @progbits
