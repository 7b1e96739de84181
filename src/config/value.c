#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

char *value_trim(struct arena *arena, const char *at, const char *end)
{
	while (at < end && value_is_blank(*at))
		at++;
	while (end > at && value_is_blank(end[-1]))
		end--;
	return arena_copy(arena, at, (size_t)(end - at));
}

char *value_squeeze(struct arena *arena, const char *text)
{
	size_t n = strlen(text), used = 0;
	char *out = arena_alloc(arena, n + 1);
	bool quoted = false;

	for (const char *at = text; *at; at++) {
		if (*at == '"')
			quoted = !quoted;
		if (quoted || !value_is_blank(*at))
			out[used++] = *at;
		else if (used && !value_is_blank(out[used - 1]))
			out[used++] = ' ';
	}
	while (used && value_is_blank(out[used - 1]))
		used--;
	out[used] = '\0';
	return out;
}

char *value_join(struct arena *arena, const char *a, const char *b)
{
	if (!a || !*a)
		return arena_string(arena, b ? b : "");
	if (!b || !*b)
		return arena_string(arena, a);
	return arena_print(arena, "%s %s", a, b);
}

char *value_word(struct arena *arena, const char **cursor)
{
	const char *at = value_rest(*cursor), *end = at;

	while (*end && !value_is_blank(*end))
		end++;
	*cursor = end;
	return end > at ? arena_copy(arena, at, (size_t)(end - at)) : NULL;
}

bool value_number(const char *text, int64_t *value)
{
	const char *at = value_rest(text);
	bool negative = *at == '-';
	int64_t n = 0;

	at += negative;
	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *at - '0', &n))
			return false;
	if (*value_rest(at))
		return false;
	*value = negative ? -n : n;
	return true;
}

int64_t value_leading_number(const char *text)
{
	const char *at = value_rest(text);
	bool negative = *at == '-';
	int64_t n = 0;

	if (*at == '-' || *at == '+')
		at++;
	for (; *at >= '0' && *at <= '9' && n < INT32_MAX; at++)
		n = n * 10 + (*at - '0');
	if (n > INT32_MAX)
		n = INT32_MAX;
	return negative ? -n : n;
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool path_name_is(const char *path, const char *name)
{
	return strcasecmp(path_name(path), name) == 0;
}

bool path_is_url(const char *path)
{
	const char *colon = strstr(path, "://");

	return colon && colon > path && colon == path + strcspn(path, ":/");
}

void entry_add_initrd(struct arena *arena, struct entry *entry, const char *path)
{
	vec_push(arena, &entry->initrds) = (struct file_ref){ .path = path };
}

void entry_add_initrds(struct arena *arena, struct entry *entry, const char *directory,
		       const char *list)
{
	while (*list) {
		size_t n = strcspn(list, ",");
		char *name = value_trim(arena, list, list + n);

		if (path_is_url(name))
			entry_refuse(arena, entry, "initrd %s is on the network", name);
		if (*name)
			entry_add_initrd(arena, entry,
					 path_is_url(name) ? name : path_join(arena, directory, name));
		list += n + (list[n] == ',');
	}
}

void entry_refuse(struct arena *arena, struct entry *entry, const char *format, ...)
{
	va_list args;

	if (entry->reason)
		return;
	va_start(args, format);
	entry->reason = arena_vprint(arena, format, args);
	va_end(args);
}

int reading_load(struct reading *reading, const char *path, const char **bytes, const char **end)
{
	char *text;
	size_t size;
	int error = volume_read(reading->arena, reading->volume, path, CONFIG_FILE_MOST, &text, &size);

	if (error == -EFBIG)
		reading_problem(reading, path, 0, 0, "larger than %zu MiB: not read",
				CONFIG_FILE_MOST >> 20);
	else if (error)
		reading_problem(reading, path, 0, 0, "can't be read: %s", string_error(-error));
	if (error)
		return error;
	*bytes = text;
	*end = text + size;
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		*bytes += 3;
	return 0;
}

void reading_set_timeout(struct reading *reading, int64_t value, int scale)
{
	const int64_t day = (int64_t)24 * 60 * 60 * scale;

	reading->config->timeout_ms = (value < day ? value : day) * 1000 / scale;
}

bool reading_is_full(struct reading *reading, size_t n)
{
	static const char text[] = "too many entries: the rest is left out";
	const struct config *config = reading->config;

	if (n < CONFIG_ENTRIES_MOST)
		return false;
	if (!config->problems.n || strcmp(config->problems.at[config->problems.n - 1].text, text))
		reading_problem(reading, reading->file, 0, 0, "%s", text);
	return true;
}
