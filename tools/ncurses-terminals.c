/* The end of ncurses' fallback.c, behind the table that tools/ncurses-terminals.awk makes. */

NCURSES_EXPORT(const TERMTYPE2 *)
_nc_fallback2(const char *name)
{
	static NCURSES_SBOOL booleans[BOOLCOUNT];
	static NCURSES_INT2 numbers[NUMCOUNT];
	static char *strings[STRCOUNT];
	static TERMTYPE2 found = {
		.Booleans = booleans,
		.Numbers = numbers,
		.Strings = strings,
		.num_Booleans = BOOLCOUNT,
		.num_Numbers = NUMCOUNT,
		.num_Strings = STRCOUNT,
	};
	const unsigned char *at = NULL;
	size_t place = 0;

	for (size_t i = 0; i < SIZEOF(terminals); i++)
		if (_nc_name_match(terminals[i], name, "|"))
			at = (const unsigned char *)terminals[i];
	if (!at)
		return NULL;
	memset(booleans, 0, sizeof booleans);
	memset(strings, 0, sizeof strings);
	for (size_t i = 0; i < NUMCOUNT; i++)
		numbers[i] = ABSENT_NUMERIC;
	found.term_names = (char *)at;
	for (at += strlen((const char *)at) + 1; *at; at++)
		booleans[*at - 1] = TRUE;
	for (at++; *at; at += 3)
		numbers[*at - 1] = at[1] | at[2] << 8;
	for (at++; *at; at += strlen((const char *)at) + 1) {
		place += *at++;
		strings[place - 1] = (char *)at;
	}
	return &found;
}
