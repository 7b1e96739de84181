/* JSON, written as it is told: just enough for the documented output. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	bool comma; /* the next value needs one before it */
};

/* Objects and arrays; @key is NULL in an array and at the top. */
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);

/*
 * json_string - a string, or null for NULL
 *
 * Bytes that are not UTF-8 are taken for Latin-1, so that the output is always valid JSON.
 */
void json_string(struct json *json, const char *key, const char *value);
void json_number(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

/* json_seconds - milliseconds as seconds, with a fraction where there is one */
void json_seconds(struct json *json, const char *key, int64_t ms);

#endif
