#include "model/device.h"

void identity_copy(struct arena *arena, struct identity *to, const struct identity *from)
{
	*to = *from;
	to->name = arena_string(arena, from->name);
	to->disk = arena_string(arena, from->disk);
	to->scheme = arena_string(arena, from->scheme);
	to->type = arena_string(arena, from->type);
	to->uuid = arena_string(arena, from->uuid);
	to->label = arena_string(arena, from->label);
	to->partuuid = arena_string(arena, from->partuuid);
	to->partlabel = arena_string(arena, from->partlabel);
	to->dm_name = arena_string(arena, from->dm_name);
	to->model = arena_string(arena, from->model);
	to->grub = arena_string(arena, from->grub);
}
