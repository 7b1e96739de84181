/* Where this machine keeps baton's settings, for the verbs that read or change what is there. */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include "cli/engine.h"
#include "disk/store.h"

struct place {
	const struct volume *volume; /* NULL: UEFI variables */
	const char *name;            /* of one item, for people: "sda2:/baton.conf" */
};

/*
 * place_find - find the store, with an item in it
 *
 * With --root it is that directory; else UEFI variables; else the partition that the firmware's baton
 * would take, @writable or not. Returns 0, or the exit status after a message.
 */
int place_find(struct engine *engine, enum store_item item, bool writable, struct place *place);

/* place_read - the bytes of the item, none (@size 0) if it is not there; 0, or the exit status */
int place_read(struct engine *engine, const struct place *place, enum store_item item, char **bytes,
	       size_t *size);

/* place_write - give it these bytes; 0, or the exit status after a message */
int place_write(struct engine *engine, const struct place *place, enum store_item item,
		const struct text *bytes);

#endif
