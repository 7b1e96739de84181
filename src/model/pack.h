/* The model's structs as fields of records, on their way from a probe to PID 1 and to the menus. */
#ifndef MODEL_PACK_H
#define MODEL_PACK_H

#include "base/channel.h"
#include "model/device.h"
#include "model/entry.h"

#define LIST_MOST 1000000 /* of anything in one record */

/*
 * What a struct consists of: one table serves both ways, so that they can't differ. Lists are
 * VECs, and their elements' shape is @of; a member of one of POINTERS is in memory of its own.
 */
enum member_kind {
	END,
	STRING, /* may be NULL */
	NAME,   /* may not */
	SECRET, /* a STRING */
	NUMBER, /* a bool, an enum, or of 4 or 8 bytes */
	STRUCT,
	LIST,
	POINTERS,
};

struct member {
	uint8_t kind; /* enum member_kind */
	uint8_t size; /* bytes, of a NUMBER */
	uint16_t at;  /* bytes into its struct */
	uint32_t below;    /* of a number, or a text's length; 0: all that fit */
	const struct shape *of;
};

struct shape {
	size_t size; /* bytes */
	const struct member *members; /* up to an END */
};

#define MEMBER(kind_, type, name, ...)                                                             \
	{ .kind = (kind_), .at = offsetof(type, name),                                             \
	  .size = (uint8_t)sizeof((type *)0)->name, __VA_ARGS__ }

/* pack_struct - all members, as fields; without what is SECRET, unless @secrets */
void pack_struct(struct text *fields, const struct shape *shape, const void *from, bool secrets);

/* unpack_struct - the same back to @to; strings and lists are in fields->arena. See fields->bad */
void unpack_struct(struct fields *fields, const struct shape *shape, void *to);

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
