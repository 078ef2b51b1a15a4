/* SPDX-License-Identifier: GPL-2.0-only */
/* head.S: multiboot headers and the way from 32-bit protected mode to start_xen().
 *
 * The loader may put the image anywhere below 4 GiB where it finds room, at a multiple of 2 MiB: ebp
 * holds by how much that differs from where it is linked to be, until the first C code runs.
 *
 * First page tables (all in .bss, cleared by the loader): the low 4 GiB one to one and in the
 * direct map, and the image's 16 MiB at XEN_VIRT_START. boot/paging.c replaces them; boot_l4 stays
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
	/* console: none is required, text will do */
	.short 4, 1
	.long 12
	.long 2
	.balign 8
	/* framebuffer: any */
	.short 5, 1
	.long 20
	.long 0, 0, 0
	.balign 8
	/* page-aligned modules */
	.short 6, 0
	.long 8
	/* relocatable: from, to, alignment, highest address preferred */
	.short 10, 0
	.long 24
	.long HV_LOAD_ADDR, 0xffffffff, 0x200000, 2
	/* end */
	.short 0, 0
	.long 8
mb2_end:

	.globl start32
start32:
	cli
	cld
	/* Where are we? There is no stack yet: one word of the loader's information serves as one. */
	mov	4(%ebx), %edx
	lea	8(%ebx), %esp
	call	1f
1:	pop	%ebp
	mov	%edx, 4(%ebx)
	sub	$PHYS(1b), %ebp
	lea	PHYS(boot_stack) + STACK_SIZE(%ebp), %esp
	mov	%eax, PHYS(boot_magic)(%ebp)
	mov	%ebx, %esi              /* the loader's information */
	mov	%ebp, PHYS(hv_phys_offset)(%ebp)
	add	%ebp, PHYS(boot_gdtr) + 2(%ebp)
	lgdt	PHYS(boot_gdtr)(%ebp)
	lea	PHYS(1f)(%ebp), %eax
	push	$0x18
	push	%eax
	lret
1:	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss

	mov	$0x80000000, %eax
	cpuid
	lea	PHYS(msg_no_lm)(%ebp), %edi
	cmp	$0x80000001, %eax
	jb	boot_fail
	mov	$0x80000001, %eax
	cpuid
	bt	$29, %edx
	jnc	boot_fail
	lea	PHYS(msg_no_nx)(%ebp), %edi
	bt	$20, %edx
	jnc	boot_fail

	/* 2048 entries of 2 MiB for the low 4 GiB */
	lea	PHYS(boot_l2_id)(%ebp), %edi
	mov	$0x83, %eax
	xor	%ecx, %ecx
2:	mov	%eax, (%edi, %ecx, 8)
	add	$0x200000, %eax
	inc	%ecx
	cmp	$2048, %ecx
	jne	2b
	lea	PHYS(boot_l2_id) + 3(%ebp), %eax
	mov	%eax, PHYS(boot_l3_id)(%ebp)
	add	$0x1000, %eax
	mov	%eax, PHYS(boot_l3_id) + 8(%ebp)
	add	$0x1000, %eax
	mov	%eax, PHYS(boot_l3_id) + 16(%ebp)
	add	$0x1000, %eax
	mov	%eax, PHYS(boot_l3_id) + 24(%ebp)
	/* 8 entries for the image */
	lea	PHYS(boot_l2_image)(%ebp), %edi
	lea	0x83(%ebp), %eax
	xor	%ecx, %ecx
3:	mov	%eax, (%edi, %ecx, 8)
	add	$0x200000, %eax
	inc	%ecx
	cmp	$8, %ecx
	jne	3b
	lea	PHYS(boot_l2_image) + 3(%ebp), %eax
	mov	%eax, PHYS(boot_l3_image) + 8 * ((XEN_VIRT_START >> 30) & 511)(%ebp)
	lea	PHYS(boot_l3_id) + 3(%ebp), %eax
	mov	%eax, PHYS(boot_l4)(%ebp)
	mov	%eax, PHYS(boot_l4) + 8 * ((DIRECTMAP_VIRT_START >> 39) & 511)(%ebp)
	lea	PHYS(boot_l3_image) + 3(%ebp), %eax
	mov	%eax, PHYS(boot_l4) + 8 * ((XEN_VIRT_START >> 39) & 511)(%ebp)

	lea	PHYS(boot_l4)(%ebp), %eax
	mov	%eax, %cr3
	mov	$0x20, %eax             /* PAE */
	mov	%eax, %cr4
	mov	$0xc0000080, %ecx
	rdmsr
	or	$0x901, %eax            /* NXE, LME, SCE */
	wrmsr
	mov	$0x80010033, %eax       /* PG, WP, NE, ET, MP, PE */
	mov	%eax, %cr0
	lea	PHYS(start64)(%ebp), %eax
	push	$0x08
	push	%eax
	lret

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
	mov	boot_magic(%rip), %edi
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
boot_magic:
	.long 0
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
