/* The GRUB script language: what words, statements and blocks become. */
#include "reading.h"

#include "base/text.h"

/* Runs a script; its words are seen as the titles of the entries it makes with `out`. */
#define OUT "function out { for w in \"$@\"; do menuentry \"$w\" { true; }; done; }\n"

static void assert_words(const char *script, const char *expected)
{
	struct config *config =
		read_text("/boot/grub/grub.cfg", arena_print(arena, OUT "%s", script));
	struct text text = TEXT(arena);

	for (size_t i = 0; i < config->entries.n; i++)
		text_print(&text, "%s[%s]", i ? " " : "", config->entries.at[i]->title);
	assert_string_equal(text_end(&text), expected);
}

static void assert_problem(const char *script, unsigned line, unsigned column, const char *part)
{
	struct config *config = read_text("/boot/grub/grub.cfg", script);

	assert_int_not_equal(config->problems.n, 0);
	assert_int_equal(config->problems.at[0].line, line);
	assert_int_equal(config->problems.at[0].column, column);
	assert_non_null(strstr(config->problems.at[0].text, part));
}

static void splits_and_quotes_words(void **state)
{
	(void)state;
	assert_words("x='a  b'\nout pre$x\"$x\"post", "[prea] [ba  bpost]");
	assert_words("out $unset \"$unset\" ''", "[] []");
	assert_words("out a\\ b \"c\\\"d\" 'e\\' f'g'\"h\"i", "[a b] [c\"d] [e\\] [fghi]");
	assert_words("i=x\nout $i.gz ${i}y n#o # comment", "[x.gz] [xy] [n#o]");
	assert_words("x='a b'\nout $\"say $x \\$x\"", "[say a b $x]");
	assert_words("out a\\\nb \\\n c", "[ab] [c]");
	assert_words("out 'two\n# gone\nlines'", "[two\nlines]");
	assert_words("out \\x41", "[x41]");
}

static void knows_positional_parameters(void **state)
{
	(void)state;
	assert_words("function f { out $# $1 \"$2\" $10; shift; out $1; }\nf a 'b c'",
		     "[2] [a] [b c] [b] [c]");
	assert_words("function f { out \"$@\"; out \"$*\"; out $@; }\nf 'a b' '' c",
		     "[a b] [] [c] [a b  c] [a] [b] [c]");
	assert_words("function f { setparams x y; out $2; return 1; out z; }\nf\nout $?",
		     "[y] [1]");
}

static void runs_statements(void **state)
{
	(void)state;
	assert_words("if false; then out a; elif true; then out b; else out c; fi", "[b]");
	assert_words("if nosuch; then out a; fi; if ! nosuch; then out b; fi", "[a] [b]");
	assert_words("for x in a b c; do if [ $x = b ]; then continue; fi; out $x; done",
		     "[a] [c]");
	assert_words("for x in a b; do for y in c d; do out $x$y; break 2; done; done", "[ac]");
	assert_words("while [ \"$n\" != xxx ]; do n=x$n; out $n; done", "[x] [xx] [xxx]");
	assert_words("until [ \"$n\" = xx ]; do n=x$n; out $n; done", "[x] [xx]");
	assert_words("eval \"out 'a b'; out c\"", "[a b] [c]");
}

/* GRUB 2.12's cmp fails where files differ; sums are not taken, but what is named has to be there. */
static void compares_and_sums_files(void **state)
{
	static const char script[] = OUT
		"for f in /a /b /c /gone; do if cmp /a $f; then out $f; else out $?; fi; done\n"
		"if cmp /a; then true; else out $?; fi\n"
		"if sha256sum --check /sums; then out summed; fi\n"
		"if hashsum --hash sha1 -c /sums --prefix /p; then out no; else out $?; fi\n"
		"if md5sum -c /a; then out no; else out $?; fi\n"
		"cat --set v /sums; out \"$v\"; cat -s v /gone; out $? \"$v\"; if cat /a; then out cat; fi\n"
		"if crc /a; then out crc; fi; if md5sum /gone; then true; else out $?; fi\n"
		"if sha512sum --keep-going /gone /a; then true; else out $?; fi\n";
	const struct memory_file files[] = {
		FILE_OF("/a", "one two"), FILE_OF("/b", "one two"), FILE_OF("/c", "one  wo"),
		FILE_OF("/sums", "00ff  /a\n 00ff  /b\n"), FILE_OF("/boot/grub/grub.cfg", script),
		NO_MORE_FILES
	};
	static const char *const titles[] = { "/a", "/b", "1", "5", "18", "summed", "5", "4",
					      "00ff  /a", "5", "00ff  /a", "cat", "crc", "5", "1" };
	struct config *config = read_on("x86_64", files, "/boot/grub/grub.cfg");

	(void)state;
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		assert_string_equal(entry_at(config, i)->title, titles[i]);
	assert_int_equal(config->entries.n, sizeof titles / sizeof *titles);
	assert_int_equal(config->problems.n, 2);
	assert_non_null(strstr(config->problems.at[1].text, "their sums are not compared"));
}

static void tests_expressions(void **state)
{
	static const struct {
		const char *expression;
		bool result;
	} cases[] = {
		{ "", true },
		{ "$unset", true },
		{ "\"$unset\"", false },
		{ "-n $unset", true },
		{ "-z $unset", true },
		{ "x = ", true },
		{ "0x10 -eq 16", true },
		{ "010 -eq 8", true },
		{ "-5 -lt 3", true },
		{ "a '<' b", true },
		{ "a -a ! ''", true },
		{ "'' -o b", true },
		{ "! ( a -a '' )", true },
		{ "v9 -plt v10", true },
		{ "a != a", false },
		{ "-f /boot/grub/grub.cfg", true },
		{ "-d /boot", true },
		{ "-e /none", false },
		{ "-s /boot/grub/grub.cfg", true },
		{ "-f (hd0,msdos1)/boot/grub/grub.cfg", true },
		{ "-e (hd7,gpt9)/x", false },
		{ "-s boot/grub/grub.cfg", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_words(arena_print(arena, "if [ %s ]; then out yes; else out no; fi",
					 cases[i].expression),
			     cases[i].result ? "[yes]" : "[no]");
}

static void matches_patterns(void **state)
{
	static const struct memory_file files[] = {
		FILE_OF("/boot/grub/grub.cfg", OUT "for f in /k/*/v?-* /k/none*; do out $f; done\n"
						   "out \"/k/*\" \\*\n"),
		FILE_OF("/k/a/v1-x", ""),
		FILE_OF("/k/b/v2-y", ""),
		FILE_OF("/k/b/w2-y", ""),
		NO_MORE_FILES,
	};
	struct config *config = read_on("x86_64", files, "/boot/grub/grub.cfg");

	(void)state;
	assert_int_equal(config->entries.n, 5);
	assert_string_equal(config->entries.at[0]->title, "/k/a/v1-x");
	assert_string_equal(config->entries.at[1]->title, "/k/b/v2-y");
	assert_string_equal(config->entries.at[2]->title, "/k/none*");
	assert_string_equal(config->entries.at[3]->title, "/k/*");
	assert_string_equal(config->entries.at[4]->title, "*");
	assert_words("if regexp --set=a --set 2:b '^(.*)-(.*)$' x-y; then out $a $b; fi",
		     "[x] [y]");
}

static void survives_syntax_errors(void **state)
{
	(void)state;
	assert_words("out a\nout b }\nout c\n", "[a] [c]");
	assert_words("menuentry x {\nout a & b\nout c\n}\nout d\n", "[c] [d]");
	assert_words("function f { out a }\nf\nout b\n", "[b]");
	assert_words("out a\nif true; then out b\n", "[a]");
	assert_problem("true\n\techo a | b\n", 2, 9, "syntax error at \"|\"");
	assert_problem("# note\nif true\nfi\n", 3, 1, "syntax error at \"fi\"");
	assert_problem("echo \"$ x\"\n", 1, 6, "syntax error");
	assert_problem("menuentry x {\n true\n", 3, 1, "the file ends");
	assert_problem("true\nfoo bar\n", 2, 1, "unknown command \"foo\"");
	assert_problem("menuentry x {\n\ttrue\n\tfoo\n}\n", 3, 2, "unknown command \"foo\"");
}

static void ends_endless_scripts(void **state)
{
	(void)state;
	assert_words("out a\nwhile true; do true; done\nout b", "[a]");
	assert_words("function f { f; }\nout a\nf", "[a]");
	assert_words("out a\nwhile true; do x=\"$x${x}a\"; done\n", "[a]");
	assert_words("menuentry a { while true; do true; done; }\nout b", "[a] [b]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		READER_TEST(splits_and_quotes_words), READER_TEST(knows_positional_parameters),
		READER_TEST(runs_statements),         READER_TEST(compares_and_sums_files),
		READER_TEST(tests_expressions),
		READER_TEST(matches_patterns),        READER_TEST(survives_syntax_errors),
		READER_TEST(ends_endless_scripts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
