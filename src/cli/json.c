#include "cli/json.h"

#include <inttypes.h>
#include <stddef.h>

/* Length of the well-formed UTF-8 sequence at @s, 0 if there is none (Unicode, table 3-7). */
static size_t utf8_length(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* How much of a string is written as it is. */
static size_t plain_length(const unsigned char *s)
{
	const unsigned char *at = s;

	for (size_t n; *at >= 0x20 && *at != '"' && *at != '\\' && *at != 0x7f && (n = utf8_length(at));)
		at += n;
	return (size_t)(at - s);
}

static void write_string(FILE *out, const char *string)
{
	const unsigned char *s = (const unsigned char *)string;

	putc('"', out);
	while (*s) {
		size_t n = plain_length(s);

		fwrite(s, 1, n, out);
		s += n;
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s++);
		else if (*s)
			fprintf(out, "\\u%04x", *s++);
	}
	putc('"', out);
}

static void begin(struct json *json, const char *key)
{
	if (json->comma)
		putc(',', json->out);
	json->comma = true;
	if (key) {
		write_string(json->out, key);
		putc(':', json->out);
	}
}

void json_open(struct json *json, const char *key, char bracket)
{
	begin(json, key);
	putc(bracket, json->out);
	json->comma = false;
}

void json_close(struct json *json, char bracket)
{
	putc(bracket, json->out);
	json->comma = true;
}

void json_string(struct json *json, const char *key, const char *value)
{
	if (!value) {
		json_null(json, key);
		return;
	}
	begin(json, key);
	write_string(json->out, value);
}

void json_number(struct json *json, const char *key, int64_t value)
{
	begin(json, key);
	fprintf(json->out, "%" PRId64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	begin(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *key)
{
	begin(json, key);
	fputs("null", json->out);
}

void json_seconds(struct json *json, const char *key, int64_t ms)
{
	begin(json, key);
	fprintf(json->out, "%" PRId64, ms / 1000);
	if (ms % 1000)
		fprintf(json->out, ".%03d", (int)(ms % 1000));
}
