/*
 * The pattern becomes a small program, which is run backtracking. A text's byte is tried at an
 * instruction only once: what did not lead to a longer match then does not later, whatever was
 * tried on the way. (Only what a back-reference fits depends on the way; then a number of steps is
 * the limit.)
 */
#include "config/grub/regexp.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "base/arena.h"

#define PROGRAM_MOST 1024 /* instructions: (x{1000}){1000} is short */
#define STEPS_MOST \
	(PROGRAM_MOST * (REGEXP_TEXT_MOST + 2)) /* all there are, without back-references */
#define MEMORY_MOST  ((size_t)16 << 20)         /* bytes: what lies behind, for each of them */
#define REPEATS_MOST 0x7fff                     /* RE_DUP_MAX */
#define UNLIMITED    (REPEATS_MOST + 1)
#define NOWHERE      UINT16_MAX

enum operation {
	BYTE,   /* the operand */
	SET,    /* any that set has */
	SPLIT,  /* to first, and if that leads nowhere to second */
	SAVE,   /* the place, in the slot of that number */
	ASSERT, /* what is before and behind, as that letter after a backslash says, or ^ or $ */
	AGAIN,  /* what the group of that number has matched */
	MATCH,
};

struct instruction {
	uint8_t operation;
	uint16_t operand;
	int16_t first, second; /* instructions from this one */
	const uint8_t *set;    /* a bit for each byte */
};

struct program {
	struct arena *arena;
	const char *pattern; /* the rest of it */
	VEC(struct instruction) code;
	unsigned groups, depth;
	unsigned closed; /* a bit for each group that has been */
	bool has_again;
	int error;
};

static bool fail(struct program *program, int error)
{
	program->error = error;
	return false;
}

static bool emit(struct program *program, struct instruction instruction)
{
	if (program->code.n == PROGRAM_MOST)
		return fail(program, -E2BIG);
	vec_push(program->arena, &program->code) = instruction;
	return true;
}

static bool emit_copy(struct program *program, const struct instruction *block, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!emit(program, block[i]))
			return false;
	return true;
}

static bool emit_split(struct program *program, size_t first, size_t second)
{
	return emit(program, (struct instruction){ SPLIT, .first = (int16_t)first,
						   .second = (int16_t)second });
}

static bool has_byte(const uint8_t *set, uint8_t byte)
{
	return set[byte / 8] >> byte % 8 & 1;
}

static void add_byte(uint8_t *set, unsigned byte)
{
	set[byte / 8] |= (uint8_t)(1 << byte % 8);
}

static void add_class(uint8_t *set, wctype_t class)
{
	for (unsigned byte = 1; byte < 0x80; byte++)
		if (iswctype(byte, class))
			add_byte(set, byte);
}

/* Inverted, it has NUL, too, which is in no text. */
static bool emit_set(struct program *program, uint8_t *set, bool inverted)
{
	for (size_t i = 0; i < 32 && inverted; i++)
		set[i] = (uint8_t)~set[i];
	return emit(program, (struct instruction){ SET, .set = set });
}

/* One of \w \W \s \S */
static bool emit_named(struct program *program, char letter)
{
	uint8_t *set = arena_alloc(program->arena, 32);

	add_class(set, wctype((letter | 0x20) == 'w' ? "alnum" : "space"));
	if ((letter | 0x20) == 'w')
		add_byte(set, '_');
	return emit_set(program, set, isupper((unsigned char)letter));
}

/*
 * Behind "[" in a bracket expression, the name in [:class:], [=byte=] or [.byte.]. A class is added
 * to @set, a byte returned; 0: it was a class, or program->error says what was wrong.
 */
static uint8_t take_symbol(struct program *program, uint8_t *set)
{
	const char end[] = { program->pattern[1], ']', '\0' }, *name = program->pattern + 2;
	const char *behind = strstr(name, end);
	size_t n = behind ? (size_t)(behind - name) : 0;
	wctype_t class = 0;

	if (*end == ':' && n)
		class = wctype(arena_copy(program->arena, name, n));
	if (*end == ':' ? !class : n != 1) {
		fail(program, -EINVAL);
		return 0;
	}
	program->pattern = behind + 2;
	add_class(set, class);
	return class ? 0 : (uint8_t)*name;
}

/* One end of a range, or what stands for itself; 0 as above. */
static uint8_t take_member(struct program *program, uint8_t *set)
{
	const char *at = program->pattern;

	if (*at == '[' && at[1] && strchr(":=.", at[1]))
		return take_symbol(program, set);
	if (*at)
		program->pattern++;
	else
		fail(program, -EINVAL);
	return (uint8_t)*at;
}

/* Behind "[": XBD 9.3.5. */
static bool take_bracket(struct program *program)
{
	uint8_t *set = arena_alloc(program->arena, 32), from, to;
	bool inverted = *program->pattern == '^', is_first = true;

	program->pattern += inverted;
	for (; *program->pattern != ']' || is_first; is_first = false) {
		if (*program->pattern == '-' && !is_first && program->pattern[1] != ']')
			return fail(program, -EINVAL);
		to = from = take_member(program, set);
		if (from && *program->pattern == '-' && program->pattern[1] != ']') {
			program->pattern++;
			to = take_member(program, set);
			if (to < from)
				return fail(program, -EINVAL);
		}
		if (program->error)
			return false;
		for (unsigned byte = from; from && byte <= to; byte++)
			add_byte(set, byte);
	}
	program->pattern++;
	return emit_set(program, set, inverted);
}

static bool take_alternatives(struct program *program);

/* Behind "(" */
static bool take_group(struct program *program)
{
	unsigned group = ++program->groups;

	if (!emit(program, (struct instruction){ SAVE, .operand = (uint16_t)(2 * group) }))
		return false;
	program->depth++;
	if (!take_alternatives(program))
		return false;
	program->depth--;
	if (*program->pattern++ != ')')
		return fail(program, -EINVAL);
	if (group < 10)
		program->closed |= 1U << group;
	return emit(program, (struct instruction){ SAVE, .operand = (uint16_t)(2 * group + 1) });
}

/* Behind a backslash */
static bool take_escaped(struct program *program)
{
	char c = *program->pattern++;

	if (!c)
		return fail(program, -EINVAL);
	if (strchr("wWsS", c))
		return emit_named(program, c);
	if (c < '1' || c > '9')
		return emit(program, (struct instruction){ BYTE, .operand = (uint8_t)c });
	if (!(program->closed >> (c - '0') & 1))
		return fail(program, -EINVAL);
	program->has_again = true;
	return emit(program, (struct instruction){ AGAIN, .operand = (uint8_t)(c - '0') });
}

/* What can be repeated. */
static bool take_atom(struct program *program)
{
	char c = *program->pattern++;

	switch (c) {
	case '*':
	case '+':
	case '?':
	case '{':
		return fail(program, -EINVAL); /* repeats nothing */
	case '(':
		return take_group(program);
	case '[':
		return take_bracket(program);
	case '\\':
		return take_escaped(program);
	case '.':
		return emit_set(program, arena_alloc(program->arena, 32), true);
	default:
		return emit(program, (struct instruction){ BYTE, .operand = (uint8_t)c });
	}
}

/* A number in {}, or @otherwise if there is none. */
static unsigned take_number(struct program *program, unsigned otherwise)
{
	unsigned n = 0;

	if (!isdigit((unsigned char)*program->pattern))
		return otherwise;
	for (; isdigit((unsigned char)*program->pattern); program->pattern++)
		n = n > REPEATS_MOST ? n : n * 10 + (unsigned)(*program->pattern - '0');
	if (n > REPEATS_MOST)
		fail(program, -EINVAL);
	return n;
}

/* Of {n}, {n,}, {,m} and {n,m} what is behind the brace. */
static bool take_interval(struct program *program, unsigned *least, unsigned *most)
{
	const char *start = program->pattern;

	*least = *most = take_number(program, 0);
	if (*program->pattern == ',') {
		program->pattern++;
		*most = take_number(program, UNLIMITED);
	} else if (program->pattern == start) {
		return fail(program, -EINVAL);
	}
	if (*program->pattern++ != '}' || *least > *most)
		return fail(program, -EINVAL);
	return !program->error;
}

/* The program from @start on shall run @least times, and up to @most, if it can. */
static bool repeat(struct program *program, size_t start, unsigned least, unsigned most)
{
	size_t n = program->code.n - start;
	struct instruction *block = arena_array(program->arena, n, sizeof *block);

	memcpy(block, program->code.at + start, n * sizeof *block);
	program->code.n = start;
	for (unsigned i = 0; i < least; i++)
		if (!emit_copy(program, block, n))
			return false;
	if (most == UNLIMITED) {
		if (!least && (!emit_split(program, 1, n + 2) || !emit_copy(program, block, n)))
			return false;
		return emit_split(program, -n, 1);
	}
	for (; most > least; most--)
		if (!emit_split(program, 1, (most - least) * (n + 1)) ||
		    !emit_copy(program, block, n))
			return false;
	return true;
}

/* An anchor, or an atom and how often */
static bool take_piece(struct program *program)
{
	const char *at = program->pattern;
	size_t start = program->code.n;

	if (*at == '^' || *at == '$' || (*at == '\\' && at[1] && strchr("bB<>`'", at[1]))) {
		program->pattern += 1 + (*at == '\\');
		return emit(program, (struct instruction){
					     ASSERT, .operand = (uint8_t)program->pattern[-1] });
	}
	if (!take_atom(program))
		return false;
	while (*program->pattern && strchr("*+?{", *program->pattern)) {
		char c = *program->pattern++;
		unsigned least = c == '+', most = c == '?' ? 1 : UNLIMITED;

		if ((c == '{' && !take_interval(program, &least, &most)) ||
		    !repeat(program, start, least, most))
			return false;
	}
	return true;
}

/* A|B: split to A, or behind it; A; go behind B; B. Without "(", ")" is a byte like others. */
static bool take_alternatives(struct program *program)
{
	size_t start = program->code.n, end;
	unsigned closed = program->closed, closed_here;

	while (*program->pattern && *program->pattern != '|' &&
	       (*program->pattern != ')' || !program->depth))
		if (!take_piece(program))
			return false;
	if (*program->pattern != '|')
		return true;
	program->pattern++;
	if (!emit_split(program, 0, 0))
		return false;
	memmove(program->code.at + start + 1, program->code.at + start,
		(program->code.n - 1 - start) * sizeof *program->code.at);
	end = program->code.n;
	program->code.at[start] =
		(struct instruction){ SPLIT, .first = 1, .second = (int16_t)(end + 1 - start) };
	closed_here = program->closed;
	program->closed = closed;
	if (!emit_split(program, 0, 0) || !take_alternatives(program))
		return false;
	program->closed |= closed_here;
	program->code.at[end].first = program->code.at[end].second =
		(int16_t)(program->code.n - end);
	return true;
}

/* What is to be tried when nothing else is left, or to be as it was before that. */
struct trial {
	enum { WAY, SLOT, PLACE } kind;
	uint16_t what, at; /* the instruction or the slot */
};

struct run {
	const struct program *program;
	const uint8_t *text;
	size_t n;
	uint8_t *tried; /* a bit for each instruction at each place */
	VEC(struct trial) trials;
	unsigned long steps;
	uint16_t slot[2 * REGEXP_GROUPS_MOST],
		best[2 * REGEXP_GROUPS_MOST]; /* places in the text, or NOWHERE */
};

/* Turns the bit of an instruction at a place; what it was. */
static bool turn_tried(struct run *run, size_t i, size_t at)
{
	size_t bit = i * (run->n + 1) + at;
	bool was = run->tried[bit / 8] >> bit % 8 & 1;

	run->tried[bit / 8] ^= (uint8_t)(1 << bit % 8);
	return was;
}

static void push(struct run *run, int kind, size_t what, size_t at)
{
	vec_push(run->program->arena, &run->trials) =
		(struct trial){ kind, (uint16_t)what, (uint16_t)at };
}

/* Is it of no use to try it here (again)? With back-references, only what nothing has been taken
 * since. */
static bool is_tried(struct run *run, size_t i, size_t at)
{
	bool has_again = run->program->has_again;

	if (has_again && run->program->code.at[i].operation != SPLIT)
		return false;
	if (turn_tried(run, i, at)) {
		turn_tried(run, i, at);
		return true;
	}
	if (has_again)
		push(run, PLACE, i, at);
	return false;
}

static bool is_word(uint8_t byte)
{
	return isalnum(byte) || byte == '_';
}

static bool holds(const struct run *run, uint8_t letter, size_t at)
{
	bool before = at && is_word(run->text[at - 1]), behind = is_word(run->text[at]);

	switch (letter) {
	case '^':
	case '`':
		return !at;
	case '$':
	case '\'':
		return at == run->n;
	case '<':
		return !before && behind;
	case '>':
		return before && !behind;
	default:
		return (before != behind) == (letter == 'b');
	}
}

/* How many bytes the instruction fits at @at; NOWHERE: it doesn't. */
static size_t fit(const struct run *run, const struct instruction *instruction, size_t at)
{
	size_t from, to;

	switch (instruction->operation) {
	case BYTE:
		return at < run->n && run->text[at] == instruction->operand ? 1 : NOWHERE;
	case SET:
		return at < run->n && has_byte(instruction->set, run->text[at]) ? 1 : NOWHERE;
	case ASSERT:
		return holds(run, instruction->operand, at) ? 0 : NOWHERE;
	default:
		from = run->slot[2 * instruction->operand];
		to = run->slot[2 * instruction->operand + 1];
		return to != NOWHERE && to - from <= run->n - at &&
				       memcmp(run->text + at, run->text + from, to - from) == 0
			       ? to - from
			       : NOWHERE;
	}
}

/* Follows one way to where it ends. */
static bool follow(struct run *run, size_t i, size_t at)
{
	for (size_t n;; i++, at += n) {
		const struct instruction *instruction = run->program->code.at + i;

		if (is_tried(run, i, at))
			return true;
		if (++run->steps > STEPS_MOST)
			return false;
		n = 0;
		switch (instruction->operation) {
		case SPLIT:
			push(run, WAY, i + (size_t)instruction->second, at);
			i += (size_t)instruction->first - 1;
			break;
		case SAVE:
			push(run, SLOT, instruction->operand, run->slot[instruction->operand]);
			run->slot[instruction->operand] = (uint16_t)at;
			break;
		case MATCH:
			if (run->best[1] == NOWHERE || at > run->best[1]) {
				run->slot[1] = (uint16_t)at;
				memcpy(run->best, run->slot, sizeof run->best);
			}
			if (at == run->n) /* none is longer */
				run->trials.n = 0;
			return true;
		default:
			n = fit(run, instruction, at);
			if (n == NOWHERE)
				return true;
		}
	}
}

/* All ways from the first place that has one to a match; the longest is in run->best. */
static bool try_all(struct run *run)
{
	for (size_t start = 0; start <= run->n && run->best[1] == NOWHERE; start++) {
		run->slot[0] = (uint16_t)start;
		push(run, WAY, 0, start);
		while (run->trials.n) {
			struct trial trial = run->trials.at[--run->trials.n];

			if (trial.kind == SLOT)
				run->slot[trial.what] = trial.at;
			else if (trial.kind == PLACE)
				turn_tried(run, trial.what, trial.at);
			else if (!follow(run, trial.what, trial.at))
				return false;
		}
	}
	return true;
}

static int match(struct program *program, const char *text, struct regexp_group *groups)
{
	struct run run = { .program = program, .text = (const uint8_t *)text, .n = strlen(text) };

	if (strlen(program->pattern) > REGEXP_PATTERN_MOST || run.n > REGEXP_TEXT_MOST)
		return -E2BIG;
	if (!take_alternatives(program) ||
	    !emit(program, (struct instruction){ .operation = MATCH }))
		return program->error;
	run.tried = arena_alloc(program->arena, program->code.n * (run.n + 1) / 8 + 1);
	memset(run.slot, 0xff, sizeof run.slot);
	memset(run.best, 0xff, sizeof run.best);
	if (!try_all(&run))
		return -E2BIG;
	for (size_t i = 0; i < REGEXP_GROUPS_MOST; i++)
		groups[i] = (struct regexp_group){ run.best[2 * i], run.best[2 * i + 1],
						   run.best[2 * i + 1] != NOWHERE };
	return run.best[1] != NOWHERE;
}

int regexp_match(const char *pattern, const char *text, struct regexp_group *groups)
{
	struct program program = { .arena = arena_new(MEMORY_MOST), .pattern = pattern };
	jmp_buf exhausted;
	int result = -ENOMEM;

	if (!program.arena)
		return -ENOMEM;
	arena_guard(program.arena, &exhausted);
	if (!setjmp(exhausted))
		result = match(&program, text, groups);
	else
		result = -ENOMEM;
	arena_free(program.arena);
	return result;
}
