/* All catalogues, as the Makefile has compressed them: see language.c. */
	.section .rodata
	.globl messages, messages_end
	.hidden messages, messages_end
messages:
	.incbin "messages.xz"
messages_end:
	.section .note.GNU-stack, "", %progbits
