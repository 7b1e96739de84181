/* The commands test and [: GRUB manual, "test". The order of the checks is GRUB's own. */
#include <string.h>

#include "config/grub/interp.h"

struct expression {
	struct interp *in;
	char **args;
	size_t n, at;
	unsigned depth;
};

/* As in GRUB: no digits are 0, and the result is cut to an int. */
static int number(const char *text)
{
	unsigned long value;

	if (*text == '-') {
		number_parse(text + 1, 0, &value, NULL);
		return (int)-value;
	}
	number_parse(text, 0, &value, NULL);
	return (int)value;
}

static bool stat_path(struct expression *e, const char *path, struct file_info *info)
{
	struct place place = path_find(e->in, path, false);

	/* a name without / is looked for in the root directory */
	if (place.path[0] && place.path[0] != '/' && !strchr(place.path, '/'))
		place.path = arena_print(scratch(e->in), "/%s", place.path);
	return place_stat(&place, info);
}

/* "-nt5": the first file's time is taken five seconds later */
static bool is_newer(struct expression *e, const char *a, const char *operator, const char * b)
{
	struct file_info first, second;
	bool has_first = stat_path(e, a, &first), has_second = stat_path(e, b, &second);
	bool newer = operator[1] == 'n';
	int64_t bias = operator[3] ? number(operator+ 3) : 0;

	if (!has_first || !has_second)
		return newer ? has_first : has_second;
	return newer ? first.mtime + bias > second.mtime : first.mtime + bias < second.mtime;
}

/* -pgt, -plt: compare the numbers after what both have in common */
static bool compare_after_prefix(const char *a, const char *operator, const char * b)
{
	unsigned long x, y;
	size_t i = 0;

	while (a[i] && a[i] == b[i])
		i++;
	while (i && a[i - 1] >= '0' && a[i - 1] <= '9')
		i--;
	number_parse(a + i, 0, &x, NULL);
	number_parse(b + i, 0, &y, NULL);
	return operator[2] == 'g' ? x > y : x<y;
}

static const struct {
	const char *name;
	bool less, equal, more;
} comparisons[] = {
	{ "=", false, true, false },   { "==", false, true, false },  { "!=", true, false, true },
	{ "<", true, false, false },   { "<=", true, true, false },   { ">", false, false, true },
	{ ">=", false, true, true },   { "-eq", false, true, false }, { "-ge", false, true, true },
	{ "-gt", false, false, true }, { "-le", true, true, false },  { "-lt", true, false, false },
	{ "-ne", true, false, true },
};

static bool is_binary(struct expression *e, bool *result)
{
	const char *a, *operator, * b;

	if (e->n - e->at < 3)
		return false;
	a = e->args[e->at];
	operator= e->args[e->at + 1];
	b = e->args[e->at + 2];
	for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
		int order;

		if (strcmp(operator, comparisons[i].name) != 0)
			continue;
		if (operator[0] == '-')
			order = (number(a) > number(b)) - (number(a) < number(b));
		else
			order = strcmp(a, b);
		*result = order < 0    ? comparisons[i].less
			  : order == 0 ? comparisons[i].equal
				       : comparisons[i].more;
		return true;
	}
	if (strcmp(operator, "-pgt") == 0 || strcmp(operator, "-plt") == 0)
		*result = compare_after_prefix(a, operator, b);
	else if (string_starts(operator, "-nt") || string_starts(operator, "-ot"))
		*result = is_newer(e, a, operator, b);
	else
		return false;
	return true;
}

static bool is_unary(struct expression *e, bool *result)
{
	struct file_info info;
	const char *operator, * a;

	if (e->n - e->at < 2)
		return false;
	operator= e->args[e->at];
	a = e->args[e->at + 1];
	if (operator[0] != '-' || !operator[1] || operator[2])
		return false;
	switch (operator[1]) {
	case 'd':
		*result = stat_path(e, a, &info) && info.kind == FILE_DIRECTORY;
		return true;
	case 'e':
		*result = stat_path(e, a, &info);
		return true;
	case 'f':
		*result = stat_path(e, a, &info) && info.kind != FILE_DIRECTORY;
		return true;
	case 's': {
		struct place place = path_find(e->in, a, false);

		*result = place_stat(&place, &info) && info.kind == FILE_REGULAR && info.size;
		return true;
	}
	case 'n':
		*result = *a;
		return true;
	case 'z':
		*result = !*a;
		return true;
	}
	return false;
}

static bool evaluate(struct expression *e)
{
	bool either = false, all = true, inverted = false;

	while (e->at < e->n) {
		const char *word = e->args[e->at];
		bool result;

		if (is_binary(e, &result)) {
			e->at += 3;
		} else if (is_unary(e, &result)) {
			e->at += 2;
		} else if (strcmp(word, ")") == 0) {
			e->at++;
			break;
		} else if (strcmp(word, "(") == 0 && e->depth < DEPTH_MOST) {
			e->at++;
			e->depth++;
			result = evaluate(e);
			e->depth--;
		} else if (strcmp(word, "!") == 0) {
			inverted = !inverted;
			e->at++;
			continue;
		} else if (strcmp(word, "-a") == 0) {
			e->at++;
			continue;
		} else if (strcmp(word, "-o") == 0) {
			either = either || all;
			all = true;
			e->at++;
			continue;
		} else {
			result = *word;
			e->at++;
		}
		all = all && result != inverted;
		inverted = false;
	}
	return either || all;
}

int cmd_test(struct interp *in, struct call *call)
{
	struct expression e = { .in = in, .args = call->args, .n = call->n };

	if (e.n && strcmp(e.args[e.n - 1], "]") == 0)
		e.n--;
	return evaluate(&e) ? OK : TEST_FAILED;
}
