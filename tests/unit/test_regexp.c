/* GRUB's regular expressions: those of the GNU C library, which says here what is right. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/grub/regexp.h"

static struct regexp_group groups[REGEXP_GROUPS_MOST];

/* "-": no match; "!": no pattern; else where each of @n groups is, or "-" */
static void print(char *line, int result, size_t n)
{
	if (result != 1) {
		strcpy(line, result ? "!" : "-");
		return;
	}
	for (size_t i = 0; i < n; i++)
		line += groups[i].matched ? sprintf(line, "%zu-%zu ", groups[i].at, groups[i].end)
					  : sprintf(line, "- ");
	line[-1] = '\0';
}

static void ask_baton(const char *pattern, const char *text, size_t n, char *line)
{
	print(line, regexp_match(pattern, text, groups), n);
}

/* Returns how many groups there are, with that of the whole match; only the first @most are told.
 */
static size_t ask_glibc(const char *pattern, const char *text, size_t most, char *line)
{
	regmatch_t matches[REGEXP_GROUPS_MOST];
	regex_t regex;
	size_t n = 1;
	int result = -EINVAL;

	if (regcomp(&regex, pattern, REG_EXTENDED) == 0) {
		n = regex.re_nsub + 1 < most ? regex.re_nsub + 1 : most;
		result = regexec(&regex, text, REGEXP_GROUPS_MOST, matches, 0) == 0;
		for (size_t i = 0; i < n; i++)
			groups[i] = (struct regexp_group){ (size_t)matches[i].rm_so,
							   (size_t)matches[i].rm_eo,
							   matches[i].rm_so >= 0 };
		regfree(&regex);
	}
	print(line, result, n);
	return n;
}

static void matches_as_documented(void **state)
{
	static const struct {
		const char *pattern, *text, *groups;
	} cases[] = {
		/* as found in configurations */
		{ "(.+),.+", "hd0,gpt1", "0-8 0-3" },
		{ "^\\((.+),", "(hd1,msdos2)", "0-5 1-4" },
		{ "/([a-z0-9](-?[a-z0-9])*)$", "/systems/2024-01", "8-16 9-16 15-16" },
		{ "-xen(-amd64$|-arm64$|-riscv64$|$)", "rootfs-xen-amd64", "6-16 10-16" },
		{ "(F[2-9])>(.*)", "F2>/a.iso", "0-9 0-2 3-9" },
		{ "^(14|13|12|11)\\.[0-9]", "13.2", "0-4 0-2" },
		{ "^(.*)-(.*)$", "a-b-c", "0-5 0-3 4-5" },
		/* the longest, and of its ways the first */
		{ "a|ab|abc", "xabcd", "1-4" },
		{ "(a|ab)(c|bcd)(d*)", "abcd", "0-4 0-1 1-4 4-4" },
		{ "(a|b)*", "abb", "0-3 2-3" },
		{ "(a?)*", "aa", "0-2 1-2" },
		{ "(a*)*", "", "0-0 0-0" },
		{ "(a*)+b", "aab", "0-3 0-2" },
		{ "x*", "aax", "0-0" },
		{ "(x)?a|b", "ca", "1-2 -" },
		/* bytes and sets */
		{ "[]a]+", "b]a", "1-3" },
		{ "[^]a]", "]ab", "2-3" },
		{ "[a-]+", "b-a-", "1-4" },
		{ "[-a]+", "b-a-", "1-4" },
		{ "[[:digit:][:upper:]_]+", "a_B7c", "1-4" },
		{ "[[.-.]-0]+", "a-./0", "1-5" },
		{ "[[=a=]b]+", "cab", "1-3" },
		{ "[\\n]+", "\\nx", "0-2" },
		{ "\xc3.", "e\xc3\xa9", "1-3" },
		{ "[^a]", "\xe4", "0-1" },
		{ ".", "\n", "0-1" },
		{ "\\.\\*\\{", "a.*{", "1-4" },
		{ "a)", "a)", "0-2" },
		{ "a}", "a}", "0-2" },
		/* how often */
		{ "a{2}", "aaa", "0-2" },
		{ "^a{2,}$", "aaaaa", "0-5" },
		{ "^a{,2}$", "aaa", "-" },
		{ "^(ab){1,2}c", "ababc", "0-5 2-4" },
		{ "^(a{0}b)+", "bb", "0-2 1-2" },
		{ "a{,}b", "aab", "0-3" },
		{ "a+*?", "aa", "0-2" },
		{ "(a|){2}b", "ab", "0-2 1-1" },
		{ "()|a", "b", "0-0 0-0" },
		/* what GNU adds */
		{ "\\w+\\W\\w", "++a_1 b", "2-7" },
		{ "\\s\\S", "a b", "1-3" },
		{ "\\<b", "ab b", "3-4" },
		{ "b\\>", "bab b", "2-3" },
		{ "\\bb\\B", "ab bb", "3-4" },
		{ "\\`a\\'", "a", "0-1" },
		{ "(a+)-\\1$", "aa-a-a", "3-6 3-4" },
		{ "(a*)*b\\1", "aabaa", "0-5 0-2" },
		/* none */
		{ "*a", "a", "!" },
		{ "(*a)", "a", "!" },
		{ "a|*", "a", "!" },
		{ "^*", "a", "!" },
		{ "{1}", "a", "!" },
		{ "(a", "a", "!" },
		{ "[a", "a", "!" },
		{ "[", "a", "!" },
		{ "[[:alpha:", "a", "!" },
		{ "[[:alphq:]]", "a", "!" },
		{ "[[.ab.]]", "a", "!" },
		{ "[[==]]", "a", "!" },
		{ "[b-a]", "a", "!" },
		{ "[a-c-e]", "a", "!" },
		{ "[[:alpha:]-z]", "a", "!" },
		{ "a{2,1}", "a", "!" },
		{ "a{", "a", "!" },
		{ "a{1", "a", "!" },
		{ "a{1,2", "a", "!" },
		{ "a{}", "a", "!" },
		{ "a{x}", "a", "!" },
		{ "a{32768}", "a", "!" },
		{ "a{99999999999}", "a", "!" },
		{ "a\\", "a", "!" },
		{ "\\1(a)", "aa", "!" },
		{ "(a\\1)", "aa", "!" },
		{ "(a)|\\1", "a", "!" },
	};
	char baton[1000], glibc[1000];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = ask_glibc(cases[i].pattern, cases[i].text, REGEXP_GROUPS_MOST, glibc);

		ask_baton(cases[i].pattern, cases[i].text, n, baton);
		if (strcmp(baton, cases[i].groups) != 0 || strcmp(glibc, cases[i].groups) != 0)
			fail_msg("/%s/ on \"%s\": baton %s, the GNU C library %s, not %s",
				 cases[i].pattern, cases[i].text, baton, glibc, cases[i].groups);
	}
}

/*
 * Patterns and texts made of pieces, the same each time. Of which group gets a match of nothing,
 * and of anchors in groups, the C library's idea changes from case to case; and three {} within
 * each other take it minutes.
 */
static void matches_as_glibc(void **state)
{
	static const char *const pieces[] = {
		"a",           "b",    "c",    "a",     "b",   ".",    "(",    ")",
		"(",           ")",    "(",    ")",     "|",   "*",    "+",    "?",
		"{2}",         "{1,}", "{,2}", "{1,3}", "{0}", "[ab]", "[^a]", "[a-c]",
		"[[:alpha:]]", "\\w",  "\\W",  "-",     "}",   "[]a]", "[a-]",
	};
	char pattern[200], text[9], baton[1000], glibc[1000];
	size_t matches = 0;
	uint64_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 60000; i++) {
#define DRAW(n) ((seed = seed * 6364136223846793005U + 1442695040888963407U) >> 33) % (n)
		size_t n = 1 + DRAW(9), braces = 0;

		for (strcpy(pattern, DRAW(4) ? "" : "^"); n; n--) {
			const char *piece = pieces[DRAW(sizeof pieces / sizeof *pieces)];

			braces += *piece == '{';
			strcat(pattern, braces > 2 ? "a" : piece);
		}
		strcat(pattern, DRAW(4) ? "" : "$");
		for (n = DRAW(sizeof text); n; n--)
			text[n - 1] = "aabbc- "[DRAW(7)];
		text[sizeof text - 1 - DRAW(sizeof text)] = '\0';
		n = ask_glibc(pattern, text, REGEXP_GROUPS_MOST, glibc);
		if (*glibc != '-' && *glibc != '!' && groups[0].at == groups[0].end)
			n = ask_glibc(pattern, text, 1, glibc);
		ask_baton(pattern, text, n, baton);
		if (strcmp(baton, glibc) != 0)
			fail_msg("/%s/ on \"%s\": baton %s, the GNU C library %s", pattern, text,
				 baton, glibc);
		matches += strlen(glibc) > 1;
	}
	assert_true(matches > 5000);
}

static void ends_in_time(void **state)
{
	static char text[REGEXP_TEXT_MOST + 2], pattern[REGEXP_PATTERN_MOST + 2];

	(void)state;
	memset(text, 'a', sizeof text - 1);
	assert_int_equal(regexp_match("a", text, groups), -E2BIG);
	text[REGEXP_TEXT_MOST] = '\0';
	assert_int_equal(regexp_match("(a*)*(a*)*(a|aa)*b", text, groups), 0);
	assert_int_equal(regexp_match("(a*)(a*)(a*)$", text, groups), 1);
	assert_int_equal(groups[1].end, REGEXP_TEXT_MOST);
	assert_int_equal(regexp_match("(a*)(a*)\\1\\2b", text, groups), -E2BIG);
	assert_int_equal(regexp_match("((a{1000}){1000}){1000}", text, groups), -E2BIG);
	memset(pattern, '(', REGEXP_PATTERN_MOST + 1);
	assert_int_equal(regexp_match(pattern, "a", groups), -E2BIG);
	pattern[REGEXP_PATTERN_MOST] = '\0';
	assert_int_equal(regexp_match(pattern, "a", groups), -EINVAL);
	memset(pattern + REGEXP_PATTERN_MOST / 2, ')', REGEXP_PATTERN_MOST / 2);
	assert_int_equal(regexp_match(pattern, "a", groups), 1);
	assert_true(groups[REGEXP_GROUPS_MOST - 1].matched);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_as_documented),
		cmocka_unit_test(matches_as_glibc),
		cmocka_unit_test(ends_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
