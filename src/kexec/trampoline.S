/*
 * Between the kernels, on x86-64. The outgoing kernel (relocate_kernel) enters here in 64-bit
 * mode: memory mapped one to one, interrupts off, GDT and IDT empty, all general registers zero.
 *
 * Each trampoline is copied as a whole to a place that is not known here, so it addresses itself
 * by %rip alone. It ends with struct slots of trampoline.c, filled in after the copy.
 *
 * boot.rst, "64-bit boot protocol" and "32-bit boot protocol", want flat segments: __BOOT_CS 0x10
 * for code and __BOOT_DS 0x18 for data.
 */

#define BOOT_CS 0x10
#define BOOT_DS 0x18

#define CODE64 0x00af9b000000ffff
#define CODE32 0x00cf9b000000ffff
#define DATA   0x00cf93000000ffff

#define MSR_EFER 0xc0000080
#define EFER_LME 8

	.section .rodata.trampoline, "a"

/* Load the GDT at gdt_n, whose first (unused) entry is also its descriptor; go on at its CS. */
.macro load_segments n
	lea	gdt_\n(%rip), %rax
	mov	%rax, gdt_\n+2(%rip)
	lgdt	gdt_\n(%rip)
	lea	stack_\n(%rip), %rsp
	mov	slots_\n+16(%rip), %rdi
	mov	slots_\n+24(%rip), %rsi
	push	%rdi
	pushq	$BOOT_CS
	lea	1f(%rip), %rax
	push	%rax
	lretq
1:
.endm

.macro set_segments
	mov	$BOOT_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
.endm

.macro data n, code
	.balign	8
gdt_\n:	.word	4 * 8 - 1	/* limit, and with the next entry's first word: 64 bits of base */
	.quad	0
	.balign	8, 0
	.quad	\code
	.quad	DATA
	.fill	64, 1, 0
stack_\n:
slots_\n:
	.fill	48, 1, 0
.endm

	.balign	8
	.globl	trampoline64, trampoline64_end
	.code64
trampoline64:
	mov	slots_64+40(%rip), %rax
	test	%rax, %rax
	jz	1f
	mov	%rax, %cr3
1:
	load_segments 64
	set_segments
	pop	%rax		/* the kernel's entry point */
	xor	%edi, %edi
	jmp	*%rax
	data	64, CODE64
trampoline64_end:

	.balign	8
	.globl	trampoline32, trampoline32_end
	.code64
trampoline32:
	mov	slots_32+32(%rip), %ebp
	mov	slots_32+36(%rip), %ebx
	load_segments 32
	.code32
	set_segments
	/* Paging off leaves 64-bit mode; then EFER and CR4 as after reset (Intel SDM 3A, 10.8.5.4) */
	mov	%cr0, %eax
	btr	$31, %eax
	mov	%eax, %cr0
	mov	$MSR_EFER, %ecx
	rdmsr
	btr	$EFER_LME, %eax
	wrmsr
	xor	%eax, %eax
	mov	%eax, %cr4
	/* The stack holds the entry point, and then come the slots, with what is to be copied. */
	mov	8(%esp), %esi
	mov	12(%esp), %edi
	mov	16(%esp), %ecx
	cld
	rep movsb
	mov	32(%esp), %esi
	mov	%ebp, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%ebp, %ebp
	ret			/* to the low half of the entry point */
	.code64
	data	32, CODE32
trampoline32_end:

	.section .note.GNU-stack, "", @progbits
