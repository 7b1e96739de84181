#include "model/device.h"

void identity_copy(struct arena *arena, struct identity *to, const struct identity *from)
{
	struct identity copy = *from;

	copy.name = arena_string(arena, from->name);
	copy.disk = arena_string(arena, from->disk);
	copy.scheme = arena_string(arena, from->scheme);
	copy.type = arena_string(arena, from->type);
	copy.uuid = arena_string(arena, from->uuid);
	copy.label = arena_string(arena, from->label);
	copy.partuuid = arena_string(arena, from->partuuid);
	copy.partlabel = arena_string(arena, from->partlabel);
	copy.parttype = arena_string(arena, from->parttype);
	copy.dm_name = arena_string(arena, from->dm_name);
	copy.dm_uuid = arena_string(arena, from->dm_uuid);
	copy.member = arena_string(arena, from->member);
	copy.ground = arena_string(arena, from->ground);
	copy.model = arena_string(arena, from->model);
	copy.path = arena_string(arena, from->path);
	copy.grub = arena_string(arena, from->grub);
	*to = copy; /* whole, or, if the arena is exhausted, not at all */
}
