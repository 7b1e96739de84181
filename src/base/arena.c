#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN _Alignof(max_align_t)
#define BLOCK ((size_t)32 * 1024) /* small: a probe of an empty disk costs one */

struct block {
	struct block *next;
	_Alignas(max_align_t) char bytes[];
};

struct arena {
	struct block *blocks;
	char *at, *end; /* what is free in the newest block */
	size_t used, limit;
	jmp_buf *exhausted;
};

struct arena *arena_new(size_t limit)
{
	struct arena *arena = calloc(1, sizeof *arena);

	if (arena)
		arena->limit = limit;
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *b = arena->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(arena);
}

void arena_reset(struct arena *arena, size_t limit)
{
	struct block *kept = arena->blocks, *next;

	/* The block that is in use stays, if it is of the usual size; of it, only what was used is dirty. */
	if (kept && arena->end == kept->bytes + BLOCK) {
		memset(kept->bytes, 0, (size_t)(arena->at - kept->bytes));
		next = kept->next;
		kept->next = NULL;
		arena->blocks = next;
	} else {
		kept = NULL;
	}
	for (struct block *b = arena->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	*arena = (struct arena){ .blocks = kept, .limit = limit };
	if (kept) { /* not counted, so that all of the limit can be had */
		arena->at = kept->bytes;
		arena->end = kept->bytes + BLOCK;
	}
}

jmp_buf *arena_guard(struct arena *arena, jmp_buf *exhausted)
{
	jmp_buf *before = arena->exhausted;

	arena->exhausted = exhausted;
	return before;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

static _Noreturn void arena_exhausted(struct arena *arena)
{
	if (arena->exhausted)
		longjmp(*arena->exhausted, 1);
	abort();
}

/* A block of its own for what is large, so that the rest of the current one is not wasted. */
static void *arena_new_block(struct arena *arena, size_t size)
{
	size_t room = size > BLOCK / 4 ? size : BLOCK;
	struct block *block;

	if (room > arena->limit - arena->used)
		room = size; /* the limit is also a promise: all of it can be had */
	if (room > arena->limit - arena->used)
		arena_exhausted(arena);
	block = calloc(1, sizeof *block + room);
	if (!block)
		arena_exhausted(arena);
	arena->used += room;
	block->next = arena->blocks;
	arena->blocks = block;
	if (room > size) {
		arena->at = block->bytes + size;
		arena->end = block->bytes + room;
	}
	return block->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t padded;
	char *at = arena->at;

	if (__builtin_add_overflow(size, ALIGN - 1, &padded) || padded > PTRDIFF_MAX)
		arena_exhausted(arena);
	padded &= ~(ALIGN - 1);
	if (padded > (size_t)(arena->end - at))
		return arena_new_block(arena, padded);
	arena->at += padded;
	return at;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		arena_exhausted(arena);
	return arena_alloc(arena, bytes);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
	char *copy;

	if (size == SIZE_MAX)
		arena_exhausted(arena);
	copy = arena_alloc(arena, size + 1);
	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

char *arena_string(struct arena *arena, const char *string)
{
	return string ? arena_copy(arena, string, strlen(string)) : NULL;
}

char *arena_vprint(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	int length;
	char *string;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		arena_exhausted(arena);
	string = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(string, (size_t)length + 1, format, args);
	return string;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *string;

	va_start(args, format);
	string = arena_vprint(arena, format, args);
	va_end(args);
	return string;
}

/* What each VEC() is, whatever its elements: as the attribute tells, another view of the same. */
struct vec {
	char *at;
	size_t n, room;
} __attribute__((may_alias));

static void grow(struct arena *arena, struct vec *vec, size_t size)
{
	size_t more;
	char *grown;

	if (__builtin_mul_overflow(vec->room, (size_t)2, &more))
		arena_exhausted(arena);
	if (more < 8)
		more = 8;
	grown = arena_array(arena, more, size);
	if (vec->n)
		memcpy(grown, vec->at, vec->n * size);
	vec->at = grown;
	vec->room = more;
}

void *arena_push(struct arena *arena, void *any, size_t size)
{
	struct vec *vec = any;

	if (vec->n >= vec->room)
		grow(arena, vec, size);
	return vec->at + vec->n++ * size;
}
