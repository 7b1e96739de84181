/* Memory that is freed whole: a probe, a menu screen and a load each own one arena. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

struct arena;

/*
 * arena_new - make an arena that hands out at most @limit bytes, its own bookkeeping included
 *
 * Returns NULL when there is no memory for it. The caller frees it with arena_free().
 */
struct arena *arena_new(size_t limit);

/* arena_free - free the arena and all that was allocated from it; NULL is fine */
void arena_free(struct arena *arena);

/*
 * arena_reset - make it as arena_new() would, without returning memory to the system that is likely
 * to be asked for again: one block of 32 KB, which does not count
 */
void arena_reset(struct arena *arena, size_t limit);

/*
 * arena_guard - say where to go when the arena is exhausted
 *
 * Allocations never return NULL: past the limit, or when the system has no memory, they longjmp()
 * to @exhausted with 1. So one setjmp() at the boundary of a piece of work replaces a check at
 * every allocation. Without a guard, exhaustion aborts the process. The caller keeps @exhausted
 * alive for as long as it is set; NULL unsets it. Returns the guard that was set before.
 */
jmp_buf *arena_guard(struct arena *arena, jmp_buf *exhausted);

/* arena_used - bytes handed out so far */
size_t arena_used(const struct arena *arena);

/* arena_alloc - @size zeroed bytes, aligned for any type; they live as long as the arena */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));

/* arena_array - arena_alloc() of @count times @size bytes, checked for overflow */
void *arena_array(struct arena *arena, size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));

/* arena_make - a zeroed object of a type */
#define arena_make(arena, type) ((type *)arena_alloc(arena, sizeof(type)))

/* arena_copy - a copy of @size bytes with a NUL after them */
char *arena_copy(struct arena *arena, const void *bytes, size_t size)
	__attribute__((returns_nonnull));

/* arena_string - a copy of a string; NULL gives NULL */
char *arena_string(struct arena *arena, const char *string);

/* arena_print - a new string, formatted as by printf(3) */
char *arena_print(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_vprint(struct arena *arena, const char *format, va_list args)
	__attribute__((format(printf, 2, 0), returns_nonnull));

/*
 * A growing array in an arena: VEC(struct entry *) entries; vec_push(arena, &v->entries) = e;
 * Elements are at .at[0] … .at[.n - 1]; pushing may move them.
 */
#define VEC(type) struct { type *at; size_t n, room; }
#define vec_push(arena, vec)                                                     \
	(*({                                                                     \
		__auto_type vec_ = (vec);                                        \
		(__typeof__(vec_->at))arena_push(arena, vec_, sizeof *vec_->at); \
	}))

/* arena_push - behind vec_push(): one element more, of @size bytes, at the end of the VEC() @vec */
void *arena_push(struct arena *arena, void *vec, size_t size) __attribute__((returns_nonnull));

#endif
