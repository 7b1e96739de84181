# Makes ncurses' fallback.c (on standard input) small: there, a terminal is three tables with a place
# for each capability that terminfo knows, 3.5 KB. Here it is one string of those that it has:
#
#	NAMES \0  BOOLEAN... \0  { NUMBER LOW HIGH }... \0  { GAP TEXT \0 }... \0
#
# A boolean and a number are named by their places in terminfo(5), counted from one, a string by
# its distance from the one before. What keys send is left out: menus/input.c knows it for all.

function octal(n)
{
	return sprintf("\\%03o", n)
}

function fail(what)
{
	print "tools/ncurses-terminals.awk: " what >"/dev/stderr"
	failed = 1
	exit 1
}

# After the start of a line, "/*  NUMBER: NAME */ VALUE,"
function row()
{
	place = $2 + 0
	capability = $3
	value = $5
	sub(/,$/, "", value)
}

/^static char [a-z0-9_]+ *\[\] = "/ {
	name = $3
	sub(/\[.*/, "", name)
	literal[name] = substr($0, index($0, "\""))
	sub(/;$/, "", literal[name])
	if (name ~ /_alias_data$/)
		text[++terminals] = literal[name]
}

/_bool_data\[\] = \{/	{ kind = "boolean"; text[terminals] = text[terminals] "\n\t\"\\0" }
/_number_data\[\] = \{/	{ kind = "number"; text[terminals] = text[terminals] "\\0" }
/_string_data\[\] = \{/	{ kind = "string"; text[terminals] = text[terminals] "\\0\""; last = -1 }
/^\};/			{ kind = "" }

kind == "boolean" && /\/\*/ {
	row()
	if (value == "TRUE")
		text[terminals] = text[terminals] octal(place + 1)
}

kind == "number" && /\/\*/ {
	row()
	if (value ~ /^[0-9]+$/) {
		value += 0
		if (value > 32767)
			value = 32767	# what term(5) has for more, too
		text[terminals] = text[terminals] octal(place + 1) octal(value % 256) \
			octal(int(value / 256))
	} else if (value != "ABSENT_NUMERIC")
		fail("number " value)
}

kind == "string" && /\/\*/ {
	row()
	if (value == "ABSENT_STRING" || capability ~ /^k/)
		next
	if (!(value in literal) || place - last > 255)
		fail("string " capability " " value)
	text[terminals] = text[terminals] "\n\t\"" octal(place - last) "\" " literal[value] " \"\\0\""
	last = place
}

END {
	if (failed)
		exit 1
	print "#include <curses.priv.h>\n#include <tic.h>\n"
	print "static const char *const terminals[] = {"
	for (i = 1; i <= terminals; i++)
		print text[i] ","
	print "};\n"
	while ((getline line <decoder) > 0)
		print line
	if (!terminals)
		fail("no terminals")
}
