/* SPDX-License-Identifier: GPL-2.0-only */
/* trampoline.S: where a started CPU begins, in real mode, in a page below 1 MiB that smp.c copies
 * this to. smp.c stores the page's own address in trampoline_base before, and where the image is. One CPU at a time. */
#include <asm/layout.h>

#define OFF(x) ((x) - trampoline_start)
#define PHYS(x) ((x) - XEN_VIRT_START)

	.section .rodata.trampoline, "a"
	.balign 16
	.code16
	.globl trampoline_start
trampoline_start:
	cli
	cld
	mov	%cs, %ax
	mov	%ax, %ds
	movl	OFF(trampoline_base), %ebx
	/* the two far pointers and the GDT's base become linear addresses */
	lea	OFF(trampoline_gdt)(%ebx), %eax
	movl	%eax, OFF(trampoline_gdtr) + 2
	lea	OFF(tramp32)(%ebx), %eax
	movl	%eax, OFF(tramp_far32)
	lgdtl	OFF(trampoline_gdtr)
	mov	$1, %eax
	mov	%eax, %cr0
	ljmpl	*OFF(tramp_far32)

	.code32
tramp32:
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$0x20, %eax             /* PAE */
	mov	%eax, %cr4
	mov	OFF(trampoline_offset)(%ebx), %edx
	lea	PHYS(ap_start64)(%edx), %eax
	mov	%eax, OFF(tramp_far64)(%ebx)
	lea	PHYS(boot_l4)(%edx), %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx
	rdmsr
	or	$0x901, %eax
	wrmsr
	mov	$0x80010033, %eax
	mov	%eax, %cr0
	/* a 64-bit code segment of the image's address: still below 4 GiB */
	ljmp	*OFF(tramp_far64)(%ebx)

	.balign 16
trampoline_gdt:
	.quad 0
	.quad 0x00af9b000000ffff
	.quad 0x00cf93000000ffff
	.quad 0x00cf9b000000ffff
trampoline_gdtr:
	.word trampoline_gdtr - trampoline_gdt - 1
	.long 0
	.balign 4
tramp_far32:
	.long 0
	.word 0x18
	.balign 4
tramp_far64:
	.long 0
	.word 0x08
	.balign 4
	/* by how much the image is not where it is linked to be */
	.globl trampoline_offset
trampoline_offset:
	.long 0
	.globl trampoline_base
trampoline_base:
	.long 0
	.globl trampoline_end
trampoline_end:

	.section .text, "ax"
	.code64
ap_start64:
	movabs	$1f, %rax
	jmp	*%rax
1:	xor	%eax, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	mov	ap_boot_stack(%rip), %rsp
	push	%rax
	popfq
	xor	%ebp, %ebp
	call	start_secondary
	ud2

	.section .note.GNU-stack, "", @progbits
