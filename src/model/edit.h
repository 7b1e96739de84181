/*
 * An entry as lines that a person edits, and back: the first is the kernel, the last the command
 * line, each between them an initrd (of a multiboot entry: a module and its arguments). Pure.
 *
 *	sda2:/boot/vmlinuz-6.1.0-18-amd64
 *	sda2:/boot/initrd.img-6.1.0-18-amd64
 *	root=UUID=... ro quiet
 *
 * A file is DEVICE:/PATH, or DEVICE:/IMAGE:/PATH where it is inside an image.
 */
#ifndef MODEL_EDIT_H
#define MODEL_EDIT_H

#include "base/arena.h"
#include "model/entry.h"

/* entry_is_editable - does it name a kernel that could be booted with other words? */
bool entry_is_editable(const struct entry *entry);

/*
 * entry_text - the lines of an entry
 *
 * @device: the kernel's name of the device that its config is on. @cmdline: another command line than
 * its own; NULL: its own.
 */
const char *entry_text(struct arena *arena, const struct entry *entry, const char *device,
		       const char *cmdline);

/*
 * entry_edited - the entry that edited lines ask for
 *
 * @entry: what they were made from, whose files stay what they are where their text does; NULL: none,
 * a kernel is named by its path alone. Returns an entry whose files all name their device, in @arena
 * and in what @entry borrows from; or NULL, and *@why says what is wrong, for a person.
 */
struct entry *entry_edited(struct arena *arena, const struct entry *entry, const char *device,
			   const char *text, const char **why);

#endif
