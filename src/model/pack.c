#include "model/pack.h"

#include <string.h>

#include "base/text.h"

void identity_pack(struct text *fields, const struct identity *id)
{
	pack_string(fields, id->name);
	pack_string(fields, id->disk);
	pack_number(fields, id->partition);
	pack_string(fields, id->scheme);
	pack_string(fields, id->type);
	pack_string(fields, id->uuid);
	pack_string(fields, id->label);
	pack_string(fields, id->partuuid);
	pack_string(fields, id->partlabel);
	pack_string(fields, id->dm_name);
	pack_string(fields, id->model);
	pack_string(fields, id->path);
	pack_string(fields, id->grub);
	pack_number(fields, id->bytes);
	pack_number(fields, id->is_filesystem);
	pack_number(fields, id->is_optical);
	pack_number(fields, id->is_usb);
}

void identity_unpack(struct fields *fields, struct identity *id)
{
	id->name = unpack_text(fields);
	id->disk = unpack_string(fields);
	id->partition = (unsigned)unpack_below(fields, 1 << 20);
	id->scheme = unpack_string(fields);
	id->type = unpack_string(fields);
	id->uuid = unpack_string(fields);
	id->label = unpack_string(fields);
	id->partuuid = unpack_string(fields);
	id->partlabel = unpack_string(fields);
	id->dm_name = unpack_string(fields);
	id->model = unpack_string(fields);
	id->path = unpack_string(fields);
	id->grub = unpack_string(fields);
	id->bytes = unpack_number(fields);
	id->is_filesystem = unpack_below(fields, 2);
	id->is_optical = unpack_below(fields, 2);
	id->is_usb = unpack_below(fields, 2);
}

static void file_ref_pack(struct text *fields, const struct file_ref *ref)
{
	pack_string(fields, ref->path);
	pack_string(fields, ref->device);
	pack_string(fields, ref->loop);
	pack_string(fields, ref->name);
	pack_string(fields, ref->args);
	pack_number(fields, ref->bytes);
}

static struct file_ref file_ref_unpack(struct fields *fields)
{
	struct file_ref ref;

	ref.path = unpack_string(fields);
	ref.device = unpack_string(fields);
	ref.loop = unpack_string(fields);
	ref.name = unpack_string(fields);
	ref.args = unpack_string(fields);
	ref.bytes = unpack_number(fields);
	return ref;
}

static void writes_pack(struct text *fields, const struct env_write *at, size_t n)
{
	pack_number(fields, n);
	for (size_t i = 0; i < n; i++) {
		file_ref_pack(fields, &at[i].file);
		pack_string(fields, at[i].name);
		pack_string(fields, at[i].value);
	}
}

static struct env_write write_unpack(struct fields *fields)
{
	struct env_write write;

	write.file = file_ref_unpack(fields);
	write.name = unpack_text(fields);
	write.value = unpack_string(fields);
	return write;
}

static void entry_pack(struct text *fields, const struct entry *entry)
{
	pack_string(fields, entry->id);
	pack_string(fields, entry->title);
	pack_string(fields, entry->own_id);
	pack_number(fields, entry->path.n);
	for (size_t i = 0; i < entry->path.n; i++)
		pack_string(fields, entry->path.at[i]);
	pack_string(fields, entry->format);
	pack_string(fields, entry->config);
	pack_number(fields, entry->line);
	pack_number(fields, entry->kind);
	pack_number(fields, entry->version);
	file_ref_pack(fields, &entry->kernel);
	pack_number(fields, entry->initrds.n);
	for (size_t i = 0; i < entry->initrds.n; i++)
		file_ref_pack(fields, &entry->initrds.at[i]);
	pack_string(fields, entry->cmdline);
	pack_string(fields, entry->boot_image);
	file_ref_pack(fields, &entry->devicetree);
	pack_string(fields, entry->reason);
	pack_string(fields, entry->hotkey);
	pack_string(fields, entry->users);
	writes_pack(fields, entry->writes.at, entry->writes.n);
	pack_string(fields, entry->counted);
	pack_string(fields, entry->counted_as);
	pack_number(fields, entry->hidden);
	pack_number(fields, entry->found);
}

static struct entry *entry_unpack(struct fields *fields)
{
	struct entry *entry = arena_make(fields->arena, struct entry);

	entry->id = unpack_text(fields);
	fields->bad |= strlen(entry->id) >= ENTRY_ID_MOST;
	entry->title = unpack_text(fields);
	entry->own_id = unpack_string(fields);
	UNPACK_LIST(fields, &entry->path, unpack_text(fields));
	entry->format = unpack_text(fields);
	entry->config = unpack_text(fields);
	entry->line = (unsigned)unpack_below(fields, UINT32_MAX);
	entry->kind = (enum entry_kind)unpack_below(fields, ENTRY_NONE + 1);
	entry->version = (unsigned)unpack_below(fields, 3);
	entry->kernel = file_ref_unpack(fields);
	UNPACK_LIST(fields, &entry->initrds, file_ref_unpack(fields));
	entry->cmdline = unpack_text(fields);
	entry->boot_image = unpack_string(fields);
	entry->devicetree = file_ref_unpack(fields);
	entry->reason = unpack_string(fields);
	entry->hotkey = unpack_string(fields);
	entry->users = unpack_string(fields);
	UNPACK_LIST(fields, &entry->writes, write_unpack(fields));
	entry->counted = unpack_string(fields);
	entry->counted_as = unpack_string(fields);
	entry->hidden = unpack_below(fields, 2);
	entry->found = unpack_below(fields, 2);
	return entry;
}

static struct problem problem_unpack(struct fields *fields)
{
	struct problem problem;

	problem.file = unpack_text(fields);
	problem.text = unpack_text(fields);
	problem.line = (unsigned)unpack_below(fields, UINT32_MAX);
	problem.column = (unsigned)unpack_below(fields, UINT32_MAX);
	return problem;
}

static struct wanted wanted_unpack(struct fields *fields)
{
	struct wanted wanted;

	wanted.key = (int)unpack_below(fields, 16);
	wanted.value = unpack_text(fields);
	return wanted;
}

static struct user user_unpack(struct fields *fields)
{
	struct user user;

	user.name = unpack_text(fields);
	user.password = unpack_string(fields);
	user.pbkdf2 = unpack_string(fields);
	user.super = unpack_below(fields, 2);
	return user;
}

void config_pack(struct text *fields, const struct config *config, bool secrets)
{
	pack_string(fields, config->format);
	pack_string(fields, config->file);
	pack_number(fields, config->entries.n);
	for (size_t i = 0; i < config->entries.n; i++)
		entry_pack(fields, config->entries.at[i]);
	pack_number(fields, config->default_entry);
	pack_string(fields, config->default_why);
	pack_number(fields, config->fallback.n);
	for (size_t i = 0; i < config->fallback.n; i++)
		pack_number(fields, config->fallback.at[i]);
	pack_number(fields, (uint64_t)config->timeout_ms);
	pack_number(fields, config->timeout_style);
	writes_pack(fields, config->writes.at, config->writes.n);
	pack_number(fields, config->problems.n);
	for (size_t i = 0; i < config->problems.n; i++) {
		pack_string(fields, config->problems.at[i].file);
		pack_string(fields, config->problems.at[i].text);
		pack_number(fields, config->problems.at[i].line);
		pack_number(fields, config->problems.at[i].column);
	}
	pack_number(fields, config->wanted.n);
	for (size_t i = 0; i < config->wanted.n; i++) {
		pack_number(fields, (uint64_t)config->wanted.at[i].key);
		pack_string(fields, config->wanted.at[i].value);
	}
	pack_number(fields, config->users.n);
	for (size_t i = 0; i < config->users.n; i++) {
		pack_string(fields, config->users.at[i].name);
		pack_string(fields, secrets ? config->users.at[i].password : NULL);
		pack_string(fields, secrets ? config->users.at[i].pbkdf2 : NULL);
		pack_number(fields, config->users.at[i].super);
	}
	pack_number(fields, config->locked);
}

struct config *config_unpack(struct fields *fields)
{
	struct config *config = arena_make(fields->arena, struct config);

	config->format = unpack_text(fields);
	config->file = unpack_text(fields);
	UNPACK_LIST(fields, &config->entries, entry_unpack(fields));
	config->default_entry = unpack_number(fields);
	config->default_why = unpack_string(fields);
	UNPACK_LIST(fields, &config->fallback, unpack_below(fields, config->entries.n));
	config->timeout_ms = (int64_t)unpack_number(fields);
	config->timeout_style = (enum timeout_style)unpack_below(fields, TIMEOUT_HIDDEN + 1);
	UNPACK_LIST(fields, &config->writes, write_unpack(fields));
	UNPACK_LIST(fields, &config->problems, problem_unpack(fields));
	UNPACK_LIST(fields, &config->wanted, wanted_unpack(fields));
	UNPACK_LIST(fields, &config->users, user_unpack(fields));
	config->locked = unpack_below(fields, 2);
	if (config->default_entry != NO_DEFAULT && config->default_entry >= config->entries.n)
		fields->bad = true;
	return fields->bad ? NULL : config;
}
