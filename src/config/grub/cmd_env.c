/* Environment blocks: GRUB manual, "The GRUB environment block"; load_env, save_env, list_env. */
#include <string.h>

#include "config/grub/envblock.h"
#include "config/grub/interp.h"

enum { ENV_FILE, ENV_SKIP_SIGNATURE };

static const struct option env_options[] = {
	[ENV_FILE] = { "file", 'f', OPTION_VALUE },
	[ENV_SKIP_SIGNATURE] = { "skip-sig", 's', 0 },
	{ NULL, 0, 0 },
};

/* Reads the block into in->block, unless it is there already. */
static int read_block(struct interp *in, const char *file)
{
	struct env_block *block = &in->block;
	struct place place = path_find(in, file, true);
	char *bytes;
	size_t size;
	int error;

	if (!place.volume)
		return FILE_NOT_FOUND;
	if (block->volume == place.volume && string_same(block->path, place.path))
		return OK;
	/* on btrfs $env_block says where one is outside of all files */
	if (place.path[0] == '/')
		error = volume_read(in->life, place.volume, place.path, ENVBLOCK_MOST, &bytes, &size);
	else
		error = volume_read_blocks(in->life, place.volume, place.path, ENVBLOCK_MOST, &bytes,
					   &size);
	if (error)
		return FILE_NOT_FOUND;
	if (!envblock_is_valid(bytes, size)) {
		complain(in, "%s is no environment block", file);
		return BAD_FILE_TYPE;
	}
	*block = (struct env_block){ .volume = place.volume,
				     .path = arena_string(in->life, place.path),
				     .bytes = bytes,
				     .size = size,
				     .in_image = place.loop != NULL };
	return OK;
}

static const char *block_file(struct interp *in, const struct options *options)
{
	const char *prefix = env_get(in, "prefix");

	if (options->at[ENV_FILE].set)
		return options->at[ENV_FILE].value;
	return arena_print(scratch(in), "%s/grubenv", prefix ? prefix : "");
}

static bool is_wanted(const struct options *options, const char *name)
{
	for (size_t i = 0; i < options->rest.n; i++)
		if (strcmp(options->rest.at[i], name) == 0)
			return true;
	return options->rest.n == 0;
}

/*
 * Sets the variables of the block in in->block. A line is NAME=VALUE, in which a backslash keeps
 * the next character; what begins with # fills up the block.
 */
static void set_variables(struct interp *in, const struct options *options)
{
	const char *at = in->block.bytes + strlen(ENVBLOCK_SIGNATURE);
	const char *end = in->block.bytes + in->block.size;

	while (at < end) {
		struct text value = TEXT(scratch(in));
		const char *equals, *name = at;

		if (*at == '#') {
			while (at < end && *at != '\n')
				at += *at == '\\' ? 2 : 1;
			at++;
			continue;
		}
		equals = memchr(at, '=', (size_t)(end - at));
		if (!equals)
			return;
		for (at = equals + 1; at < end && *at != '\n'; at++) {
			if (*at == '\\' && at + 1 < end)
				at++;
			text_char(&value, *at);
		}
		if (at >= end)
			return;
		at++;
		name = arena_copy(scratch(in), name, (size_t)(equals - name));
		if (is_wanted(options, name))
			env_set(in, name, text_end(&value));
	}
}

static void set_written(struct interp *in, const struct options *options,
			const struct env_write *write)
{
	if (!string_same(write->file.path, in->block.path) || !is_wanted(options, write->name) ||
	    !string_same(write->file.device, reading_device(in->reading, in->block.volume)))
		return;
	if (write->value)
		env_set(in, write->name, write->value);
	else
		env_unset(in, write->name);
}

int cmd_load_env(struct interp *in, struct call *call)
{
	struct options options;
	struct config *config = in->reading->config;
	int status;

	if (!options_parse(in, call, env_options, false, &options))
		return BAD_ARGUMENT;
	status = read_block(in, block_file(in, &options));
	if (status != OK)
		return status;
	set_variables(in, &options);
	/* what this run would have written by now */
	for (size_t i = 0; i < config->writes.n; i++)
		set_written(in, &options, &config->writes.at[i]);
	for (size_t i = 0; in->dry && i < in->attempt->entry->writes.n; i++)
		set_written(in, &options, &in->attempt->entry->writes.at[i]);
	return OK;
}

static void record(struct interp *in, const char *name)
{
	struct config *config = in->reading->config;
	const char *value = env_get(in, name);
	struct env_write write = {
		.file = { .path = in->block.path[0] == '/' ? path_join(in->arena, "/", in->block.path)
							   : arena_string(in->arena, in->block.path),
			  .device = reading_device(in->reading, in->block.volume) },
		.name = arena_string(in->arena, name),
		.value = arena_string(in->arena, value),
	};

	if (in->dry)
		vec_push(in->arena, &in->attempt->entry->writes) = write;
	else
		vec_push(in->arena, &config->writes) = write;
}

int cmd_save_env(struct interp *in, struct call *call)
{
	struct options options;
	int status;

	if (!options_parse(in, call, env_options, false, &options))
		return BAD_ARGUMENT;
	if (!options.rest.n) {
		complain(in, "save_env: which variable?");
		return BAD_ARGUMENT;
	}
	status = read_block(in, block_file(in, &options));
	if (status != OK)
		return status;
	if (in->block.in_image) {
		complain(in, "save_env: %s is in an image file, which is not written",
			 in->block.path);
		return NOT_SUPPORTED;
	}
	for (size_t i = 0; i < options.rest.n; i++)
		record(in, options.rest.at[i]);
	return OK;
}

int cmd_list_env(struct interp *in, struct call *call)
{
	struct options options;

	if (!options_parse(in, call, env_options, false, &options))
		return BAD_ARGUMENT;
	return read_block(in, block_file(in, &options));
}
