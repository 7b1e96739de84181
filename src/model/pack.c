#include "model/pack.h"

#include <string.h>

#include "base/text.h"

/* Every VEC, whatever its elements are. */
struct list {
	char *at;
	size_t n, room;
};

/* Structs and their members ------------------------------------------------------------------------------ */

static uint64_t load_number(const void *from, size_t size)
{
	return size == 1 ? *(const uint8_t *)from
	       : size == 4 ? *(const uint32_t *)from : *(const uint64_t *)from;
}

static void store_number(void *to, size_t size, uint64_t number)
{
	if (size == 1)
		*(uint8_t *)to = (uint8_t)number;
	else if (size == 4)
		*(uint32_t *)to = (uint32_t)number;
	else
		*(uint64_t *)to = number;
}

static const void *load_pointer(const void *from)
{
	const void *pointer;

	memcpy(&pointer, from, sizeof pointer);
	return pointer;
}

static void pack_list(struct text *fields, const struct member *m, const void *from, bool secrets)
{
	size_t size = m->kind == POINTERS ? sizeof(void *) : m->of->size;
	struct list list;

	memcpy(&list, from, sizeof list);
	pack_number(fields, list.n);
	for (const char *at = list.at, *end = at + list.n * size; at != end; at += size)
		pack_struct(fields, m->of, m->kind == POINTERS ? load_pointer(at) : at, secrets);
}

void pack_struct(struct text *fields, const struct shape *shape, const void *from, bool secrets)
{
	for (const struct member *m = shape->members; m->kind != END; m++) {
		const char *at = (const char *)from + m->at;

		switch ((enum member_kind)m->kind) {
		case STRING:
		case NAME:
			pack_string(fields, load_pointer(at));
			break;
		case SECRET:
			pack_string(fields, secrets ? load_pointer(at) : NULL);
			break;
		case NUMBER:
			pack_number(fields, load_number(at, m->size));
			break;
		case STRUCT:
			pack_struct(fields, m->of, at, secrets);
			break;
		case LIST:
		case POINTERS:
			pack_list(fields, m, at, secrets);
			break;
		case END:
			break;
		}
	}
}

static void unpack_list(struct fields *fields, const struct member *m, void *to)
{
	size_t size = m->kind == POINTERS ? sizeof(void *) : m->of->size;
	struct list list = { 0 };

	for (uint64_t n = unpack_below(fields, LIST_MOST); n && !fields->bad; n--) {
		void *element = arena_push(fields->arena, &list, size);

		memset(element, 0, size);
		if (m->kind == POINTERS) {
			void *own = arena_alloc(fields->arena, m->of->size);

			memcpy(element, &own, sizeof own);
			element = own;
		}
		unpack_struct(fields, m->of, element);
	}
	memcpy(to, &list, sizeof list);
}

static void unpack_member(struct fields *fields, const struct member *m, void *to)
{
	const char *string;

	switch ((enum member_kind)m->kind) {
	case STRING:
	case SECRET:
	case NAME:
		string = m->kind == NAME ? unpack_text(fields) : unpack_string(fields);
		fields->bad |= m->below && string && strlen(string) >= m->below;
		memcpy(to, &string, sizeof string);
		return;
	case NUMBER:
		store_number(to, m->size,
			     m->below	   ? unpack_below(fields, m->below)
			     : m->size < 8 ? unpack_below(fields, UINT64_C(1) << 8 * m->size)
					   : unpack_number(fields));
		return;
	case STRUCT:
		unpack_struct(fields, m->of, to);
		return;
	case LIST:
	case POINTERS:
		unpack_list(fields, m, to);
		return;
	case END:
		return;
	}
}

void unpack_struct(struct fields *fields, const struct shape *shape, void *to)
{
	for (const struct member *m = shape->members; m->kind != END; m++)
		unpack_member(fields, m, (char *)to + m->at);
}

/* The model's ------------------------------------------------------------------------------------------- */

static const struct shape identity_shape = { sizeof(struct identity), (const struct member[]){
#define M(kind, name, ...) MEMBER(kind, struct identity, name, __VA_ARGS__)
	M(NAME, name),
	M(STRING, disk),
	M(NUMBER, partition, .below = 1 << 20),
	M(STRING, scheme),
	M(STRING, type),
	M(STRING, uuid),
	M(STRING, label),
	M(STRING, partuuid),
	M(STRING, partlabel),
	M(STRING, parttype),
	M(NUMBER, partflags),
	M(STRING, dm_name),
	M(STRING, dm_uuid),
	M(STRING, member),
	M(STRING, ground),
	M(STRING, model),
	M(STRING, path),
	M(STRING, grub),
	M(NUMBER, bytes),
	M(NUMBER, is_filesystem, .below = 2),
	M(NUMBER, is_optical, .below = 2),
	M(NUMBER, is_usb, .below = 2),
	{ .kind = END },
#undef M
} };

static const struct shape file_ref_shape = { sizeof(struct file_ref), (const struct member[]){
#define M(kind, name) MEMBER(kind, struct file_ref, name)
	M(STRING, path),
	M(STRING, device),
	M(STRING, loop),
	M(STRING, name),
	M(STRING, args),
	M(NUMBER, bytes),
	{ .kind = END },
#undef M
} };

static const struct shape write_shape = { sizeof(struct env_write), (const struct member[]){
#define M(kind, name, ...) MEMBER(kind, struct env_write, name, __VA_ARGS__)
	M(STRUCT, file, .of = &file_ref_shape),
	M(NAME, name),
	M(STRING, value),
	{ .kind = END },
#undef M
} };

static const struct shape name_shape = { sizeof(char *), (const struct member[]){
	{ NAME, .size = sizeof(char *) },
	{ .kind = END },
} };

static const struct shape index_shape = { sizeof(size_t), (const struct member[]){
	{ NUMBER, .size = sizeof(size_t) },
	{ .kind = END },
} };

static const struct shape entry_shape = { sizeof(struct entry), (const struct member[]){
#define M(kind, name, ...) MEMBER(kind, struct entry, name, __VA_ARGS__)
	M(NAME, id, .below = ENTRY_ID_MOST),
	M(NAME, title),
	M(STRING, own_id),
	M(LIST, path, .of = &name_shape),
	M(NAME, format),
	M(NAME, config),
	M(STRING, config_device),
	M(NUMBER, line),
	M(NUMBER, kind, .below = ENTRY_NONE + 1),
	M(NUMBER, version, .below = 3),
	M(STRUCT, kernel, .of = &file_ref_shape),
	M(LIST, initrds, .of = &file_ref_shape),
	M(NAME, cmdline),
	M(STRING, boot_image),
	M(STRUCT, devicetree, .of = &file_ref_shape),
	M(STRING, reason),
	M(STRING, hotkey),
	M(STRING, users),
	M(LIST, writes, .of = &write_shape),
	M(STRING, counted),
	M(STRING, counted_as),
	M(NUMBER, bad, .below = 2),
	M(NUMBER, hidden, .below = 2),
	M(NUMBER, found, .below = 2),
	{ .kind = END },
#undef M
} };

static const struct shape problem_shape = { sizeof(struct problem), (const struct member[]){
#define M(kind, name) MEMBER(kind, struct problem, name)
	M(NAME, file),
	M(NAME, text),
	M(NUMBER, line),
	M(NUMBER, column),
	{ .kind = END },
#undef M
} };

static const struct shape wanted_shape = { sizeof(struct wanted), (const struct member[]){
#define M(kind, name, ...) MEMBER(kind, struct wanted, name, __VA_ARGS__)
	M(NUMBER, key, .below = 16),
	M(NAME, value),
	{ .kind = END },
#undef M
} };

static const struct shape user_shape = { sizeof(struct user), (const struct member[]){
#define M(kind, name, ...) MEMBER(kind, struct user, name, __VA_ARGS__)
	M(NAME, name),
	M(SECRET, password),
	M(SECRET, pbkdf2),
	M(NUMBER, super, .below = 2),
	{ .kind = END },
#undef M
} };

static const struct shape config_shape = { sizeof(struct config), (const struct member[]){
#define M(kind, name, ...) MEMBER(kind, struct config, name, __VA_ARGS__)
	M(NAME, format),
	M(NAME, file),
	M(STRING, includes),
	M(POINTERS, entries, .of = &entry_shape),
	M(NUMBER, default_entry),
	M(STRING, default_why),
	M(LIST, fallback, .of = &index_shape),
	M(NUMBER, timeout_ms),
	M(NUMBER, asks_ms),
	M(NUMBER, timeout_style, .below = TIMEOUT_HIDDEN + 1),
	M(NUMBER, at_once, .below = 2),
	M(NUMBER, saves, .below = 2),
	M(LIST, writes, .of = &write_shape),
	M(LIST, problems, .of = &problem_shape),
	M(LIST, wanted, .of = &wanted_shape),
	M(LIST, users, .of = &user_shape),
	M(NUMBER, locked, .below = 2),
	{ .kind = END },
#undef M
} };

void identity_pack(struct text *fields, const struct identity *identity)
{
	pack_struct(fields, &identity_shape, identity, false);
}

void identity_unpack(struct fields *fields, struct identity *identity)
{
	unpack_struct(fields, &identity_shape, identity);
}

void config_pack(struct text *fields, const struct config *config, bool secrets)
{
	pack_struct(fields, &config_shape, config, secrets);
}

struct config *config_unpack(struct fields *fields)
{
	struct config *config = arena_make(fields->arena, struct config);

	unpack_struct(fields, &config_shape, config);
	for (size_t i = 0; i < config->fallback.n; i++)
		fields->bad |= config->fallback.at[i] >= config->entries.n;
	if (config->default_entry != NO_DEFAULT && config->default_entry >= config->entries.n)
		fields->bad = true;
	return fields->bad ? NULL : config;
}
