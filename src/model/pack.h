/* The model's structs as fields of records, on their way from a probe to PID 1 and to the menus. */
#ifndef MODEL_PACK_H
#define MODEL_PACK_H

#include "base/channel.h"
#include "model/device.h"
#include "model/entry.h"

#define LIST_MOST 1000000 /* of anything in one record */

/*
 * config_pack, config_unpack - a whole config as fields (a probe's answer, and within a device)
 *
 * @secrets: with its users' passwords, which no menu needs.
 */
void config_pack(struct text *fields, const struct config *config, bool secrets);
struct config *config_unpack(struct fields *fields); /* in fields->arena; NULL: bad */

/* identity_pack, identity_unpack - who a device is, as fields */
void identity_pack(struct text *fields, const struct identity *identity);
void identity_unpack(struct fields *fields, struct identity *identity);

/* Unpack a counted list with @unpack, an expression that yields one element. */
#define UNPACK_LIST(fields, list, unpack)                                                          \
	for (uint64_t n_ = unpack_below(fields, LIST_MOST); n_ && !(fields)->bad; n_--)            \
	vec_push((fields)->arena, list) = (unpack)

#endif
