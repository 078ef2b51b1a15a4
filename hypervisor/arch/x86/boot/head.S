/* SPDX-License-Identifier: GPL-2.0-only */
/* head.S: multiboot headers and the way from 32-bit protected mode to start_xen().
 *
 * First page tables (all in .bss, cleared by the loader): the low 4 GiB one to one and in the
 * direct map, and the first 16 MiB at XEN_VIRT_START. boot/paging.c replaces them; boot_l4 stays
 * for starting the other CPUs. */
#include <asm/layout.h>

#define PHYS(x) ((x) - XEN_VIRT_START)

#define MB1_MAGIC 0x1badb002
#define MB1_FLAGS 0x00010003 /* page-aligned modules, memory map, address fields */
#define MB2_MAGIC 0xe85250d6

	.section .head, "awx"
	.code32

	.balign 4
mb1_header:
	.long MB1_MAGIC
	.long MB1_FLAGS
	.long -(MB1_MAGIC + MB1_FLAGS)
	.long PHYS(mb1_header)
	.long PHYS(_start)
	.long PHYS(_edata)
	.long PHYS(_end)
	.long PHYS(start32)

	.balign 8
mb2_header:
	.long MB2_MAGIC
	.long 0
	.long mb2_end - mb2_header
	.long -(MB2_MAGIC + (mb2_end - mb2_header))
	/* address */
	.short 2, 0
	.long 24
	.long PHYS(mb2_header)
	.long PHYS(_start)
	.long PHYS(_edata)
	.long PHYS(_end)
	/* entry address */
	.short 3, 0
	.long 12
	.long PHYS(start32)
	.balign 8
	/* page-aligned modules */
	.short 6, 0
	.long 8
	/* end */
	.short 0, 0
	.long 8
mb2_end:

	.globl start32
start32:
	cli
	cld
	mov	%eax, %ebp              /* loader's magic */
	mov	%ebx, %esi              /* its information */
	mov	$PHYS(boot_stack) + STACK_SIZE, %esp
	lgdt	PHYS(boot_gdtr)
	ljmp	$0x18, $PHYS(1f)
1:	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss

	mov	$0x80000000, %eax
	cpuid
	mov	$PHYS(msg_no_lm), %edi
	cmp	$0x80000001, %eax
	jb	boot_fail
	mov	$0x80000001, %eax
	cpuid
	bt	$29, %edx
	jnc	boot_fail
	mov	$PHYS(msg_no_nx), %edi
	bt	$20, %edx
	jnc	boot_fail

	/* 2048 entries of 2 MiB for the low 4 GiB */
	mov	$PHYS(boot_l2_id), %edi
	mov	$0x83, %eax
	xor	%ecx, %ecx
2:	mov	%eax, (%edi, %ecx, 8)
	add	$0x200000, %eax
	inc	%ecx
	cmp	$2048, %ecx
	jne	2b
	mov	$PHYS(boot_l2_id) + 3, %eax
	mov	%eax, PHYS(boot_l3_id)
	add	$0x1000, %eax
	mov	%eax, PHYS(boot_l3_id) + 8
	add	$0x1000, %eax
	mov	%eax, PHYS(boot_l3_id) + 16
	add	$0x1000, %eax
	mov	%eax, PHYS(boot_l3_id) + 24
	/* 8 entries for the image */
	mov	$PHYS(boot_l2_image), %edi
	mov	$0x83, %eax
	xor	%ecx, %ecx
3:	mov	%eax, (%edi, %ecx, 8)
	add	$0x200000, %eax
	inc	%ecx
	cmp	$8, %ecx
	jne	3b
	movl	$PHYS(boot_l2_image) + 3, PHYS(boot_l3_image) + 8 * ((XEN_VIRT_START >> 30) & 511)
	movl	$PHYS(boot_l3_id) + 3, PHYS(boot_l4)
	movl	$PHYS(boot_l3_image) + 3, PHYS(boot_l4) + 8 * ((XEN_VIRT_START >> 39) & 511)
	movl	$PHYS(boot_l3_id) + 3, PHYS(boot_l4) + 8 * ((DIRECTMAP_VIRT_START >> 39) & 511)

	mov	$PHYS(boot_l4), %eax
	mov	%eax, %cr3
	mov	$0x20, %eax             /* PAE */
	mov	%eax, %cr4
	mov	$0xc0000080, %ecx
	rdmsr
	or	$0x901, %eax            /* NXE, LME, SCE */
	wrmsr
	mov	$0x80010033, %eax       /* PG, WP, NE, ET, MP, PE */
	mov	%eax, %cr0
	ljmp	$0x08, $PHYS(start64)

	/* edi: message. To COM1 and the text screen, then stop. */
boot_fail:
	mov	$0xb8000, %ebx
1:	mov	(%edi), %al
	test	%al, %al
	jz	3f
	mov	%al, (%ebx)
	movb	$0x4f, 1(%ebx)
	add	$2, %ebx
	mov	%al, %cl
	mov	$0x3fd, %edx
	mov	$0x10000, %eax
2:	dec	%eax
	jz	4f
	push	%eax
	in	%dx, %al
	test	$0x20, %al
	pop	%eax
	jz	2b
4:	mov	$0x3f8, %edx
	mov	%cl, %al
	out	%al, %dx
	inc	%edi
	jmp	1b
3:	hlt
	jmp	3b

msg_no_lm: .asciz "xen: this processor has no 64-bit mode\r\n"
msg_no_nx: .asciz "xen: this processor has no no-execute bit (or the firmware hides it)\r\n"

	.code64
start64:
	movabs	$start_high, %rax
	jmp	*%rax
start_high:
	lea	boot_stack + STACK_SIZE(%rip), %rsp
	lgdt	boot_gdtr_high(%rip)
	xor	%eax, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	sub	$256, %rsp              /* room for struct cpu_info at the top */
	push	%rax
	popfq
	mov	%ebp, %edi
	mov	%esi, %esi
	xor	%ebp, %ebp
	call	start_xen
	ud2

	.section .data, "aw"
	.balign 16
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff        /* 08: 64-bit code */
	.quad 0x00cf93000000ffff        /* 10: data */
	.quad 0x00cf9b000000ffff        /* 18: 32-bit code */
boot_gdtr:
	.word . - boot_gdt - 1
	.long PHYS(boot_gdt)
	.long 0
boot_gdtr_high:
	.word boot_gdtr - boot_gdt - 1
	.quad boot_gdt

	.section .bss.page_aligned, "aw", @nobits
	.balign STACK_SIZE
	.globl boot_stack
boot_stack:
	.skip STACK_SIZE
	.globl boot_l4
boot_l4:
	.skip 4096
boot_l3_id:
	.skip 4096
boot_l3_image:
	.skip 4096
boot_l2_image:
	.skip 4096
boot_l2_id:
	.skip 4 * 4096

	.section .note.GNU-stack, "", @progbits
