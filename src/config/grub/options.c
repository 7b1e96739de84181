/* GRUB's option parser: long options with their value after = or as the next word. */
#include <string.h>

#include "config/grub/interp.h"

struct state {
	struct interp *in;
	struct call *call;
	const struct option *table;
	struct options *options;
	bool dashes;
	size_t i; /* the argument at hand */
};

static const struct option help_options[] = { { "help", 'h', 0 }, { "usage", 'u', 0 } };

static bool is_help(const struct option *option)
{
	return option == help_options || option == help_options + 1;
}

static const struct option *find_short(const struct option *table, char letter)
{
	for (; table->name; table++)
		if (table->letter == letter)
			return table;
	for (size_t i = 0; i < 2; i++)
		if (help_options[i].letter == letter)
			return &help_options[i];
	return NULL;
}

static const struct option *find_long(const struct option *table, const char *name, size_t n)
{
	for (; table->name; table++)
		if (strlen(table->name) == n && memcmp(table->name, name, n) == 0)
			return table;
	for (size_t i = 0; i < 2; i++)
		if (strlen(help_options[i].name) == n && memcmp(help_options[i].name, name, n) == 0)
			return &help_options[i];
	return NULL;
}

static void keep(struct state *state, char *arg)
{
	vec_push(scratch(state->in), &state->options->rest) = arg;
}

static bool take(struct state *state, const struct option *option, const char *value)
{
	size_t i = (size_t)(option - state->table);

	if (is_help(option))
		return false; /* it prints, and the command does nothing */
	if (!(option->flags & OPTION_VALUE) && value) {
		complain(state->in, "%s: --%s takes no value", state->call->name, option->name);
		return false;
	}
	if ((option->flags & OPTION_VALUE) && !(option->flags & OPTION_OPTIONAL) && !value) {
		complain(state->in, "%s: --%s needs a value", state->call->name, option->name);
		return false;
	}
	state->options->at[i].set = true;
	state->options->at[i].value = value;
	if ((option->flags & OPTION_REPEATS) && value)
		vec_push(scratch(state->in), &state->options->repeated) = value;
	return true;
}

static bool unknown(struct state *state, char *arg)
{
	if (state->dashes) {
		keep(state, arg);
		return true;
	}
	complain(state->in, "%s: unknown option %.40s", state->call->name, arg);
	return false;
}

static bool parse_short(struct state *state, char *arg)
{
	char **args = state->call->args;
	const char *value = NULL, *letter;
	const struct option *option;

	for (letter = arg + 1; *letter; letter++)
		if (!find_short(state->table, *letter))
			return unknown(state, arg);
	for (letter = arg + 1; letter[1]; letter++)
		if (!take(state, find_short(state->table, *letter), NULL))
			return false;
	option = find_short(state->table, *letter);
	if ((option->flags & OPTION_VALUE) && state->i + 1 < state->call->n) {
		const char *next = args[state->i + 1];

		if (!(option->flags & OPTION_OPTIONAL) || strlen(next) < 2 || next[0] != '-')
			value = args[++state->i];
	}
	return take(state, option, value);
}

static bool parse_long(struct state *state, char *arg)
{
	const char *equals = strchr(arg, '='), *value = equals ? equals + 1 : NULL;
	size_t n = equals ? (size_t)(equals - arg) - 2 : strlen(arg) - 2;
	const struct option *option = find_long(state->table, arg + 2, n);
	const char *next = state->i + 1 < state->call->n ? state->call->args[state->i + 1] : NULL;

	if (!option)
		return unknown(state, arg);
	if (!value && next && next[0] != '-' && (option->flags & OPTION_VALUE)) {
		value = next;
		state->i++;
	}
	return take(state, option, value);
}

bool options_parse(struct interp *in, struct call *call, const struct option *table, bool dashes,
		   struct options *options)
{
	struct state state = {
		.in = in, .call = call, .table = table, .options = options, .dashes = dashes
	};

	*options = (struct options){ 0 };
	for (; state.i < call->n; state.i++) {
		char *arg = call->args[state.i];

		if (strcmp(arg, "--") == 0) {
			while (++state.i < call->n)
				keep(&state, call->args[state.i]);
			break;
		}
		if (arg[0] != '-' || !arg[1])
			keep(&state, arg);
		else if (!(arg[1] == '-' ? parse_long(&state, arg) : parse_short(&state, arg)))
			return false;
	}
	return true;
}
