/* Running the syntax tree, with GRUB's own notion of statuses, loops and functions. */
#include <stdarg.h>
#include <string.h>

#include "config/grub/interp.h"

#define WORK_ENOUGH    ((size_t)64 * 1024) /* after so many bytes begin anew */
#define WORK_MOST      ((size_t)64 * 1024 * 1024)
#define NESTED_MOST    2000 /* statements that run in each other, through functions, too */
#define PROBLEMS_MOST  100
#define ALL_STEPS_MOST 600000 /* half a second; an honest 10,000 entries take 200,000 */

static int exec_node(struct interp *in, const struct node *node);

void work_open(struct interp *in)
{
	size_t used = 0;
	struct arena *arena;

	for (size_t i = 0; i < in->n_work; i++)
		used += arena_used(in->work[i]);
	if (used >= WORK_MOST || in->n_work == sizeof in->work / sizeof *in->work)
		longjmp(*in->exhausted, 1);
	arena = in->tally->n_spare ? in->tally->spare[--in->tally->n_spare] : NULL;
	if (arena)
		arena_reset(arena, WORK_MOST - used);
	else
		arena = arena_new(WORK_MOST - used);
	if (!arena)
		longjmp(*in->exhausted, 1);
	arena_guard(arena, in->exhausted);
	in->work[in->n_work++] = arena;
}

void work_close(struct interp *in)
{
	struct arena *arena = in->work[--in->n_work];

	if (in->tally->n_spare < SPARE_MOST)
		in->tally->spare[in->tally->n_spare++] = arena;
	else
		arena_free(arena);
}

/* Is a problem at this place one too many? What loops complains of the same over and over. */
static bool is_noted(const struct interp *in, unsigned line, unsigned column)
{
	const struct config *config = in->reading->config;

	if (config->problems.n > PROBLEMS_MOST)
		return true;
	for (size_t i = 0; i < config->problems.n; i++)
		if (config->problems.at[i].line == line &&
		    config->problems.at[i].column == column &&
		    string_same(config->problems.at[i].file, in->origin.file))
			return true;
	return false;
}

static void note(struct interp *in, unsigned line, unsigned column, const char *text)
{
	if (is_noted(in, line, column))
		return;
	if (in->reading->config->problems.n == PROBLEMS_MOST)
		text = "there are more problems than these";
	reading_problem(in->reading, in->origin.file, line, column, "%s", text);
}

void complain(struct interp *in, const char *format, ...)
{
	unsigned line = in->node ? in->node->line : 0, column = in->node ? in->node->column : 0;
	va_list args;

	if (is_noted(in, line, column))
		return;
	va_start(args, format);
	note(in, line, column, arena_vprint(scratch(in), format, args));
	va_end(args);
}

static bool is_over(struct interp *in)
{
	if (in->overrun)
		in->stop = true;
	return in->stop;
}

bool count_steps(struct interp *in, size_t n)
{
	in->steps += n;
	in->tally->steps += n;
	if ((in->steps > in->steps_most || in->tally->steps > ALL_STEPS_MOST) && !in->overrun)
		in->overrun = "it takes too many steps; an endless loop?";
	return !is_over(in);
}

static int call_function(struct interp *in, struct function *function, struct call *call)
{
	struct scope scope = { .args = call->args, .n = call->n }, *outer = in->scope;
	const struct origin origin = in->origin;
	const struct node *node = in->node;
	unsigned long loops = in->loops;
	int status;

	if (in->depth >= DEPTH_MOST) {
		in->overrun = "functions call each other too deeply";
		return OK;
	}
	in->depth++;
	in->loops = 0;
	in->scope = &scope;
	in->origin = function->origin;
	function->running++;
	status = exec_list(in, function->body);
	function->running--;
	in->returned = false;
	in->loops = loops;
	in->scope = outer;
	in->origin = origin;
	in->node = node;
	in->depth--;
	return status;
}

/* What is neither command nor function: an assignment, or unknown. Both count as success. */
static int assign(struct interp *in, const char *name)
{
	const char *equals = strchr(name, '=');
	char *variable;

	if (!equals) {
		complain(in, "unknown command \"%.40s\"", name);
		return OK;
	}
	variable = arena_copy(scratch(in), name, (size_t)(equals - name));
	if ((*variable >= '0' && *variable <= '9') ||
	    (variable[0] && !variable[1] && strchr("#*@", *variable)))
		complain(in, "invalid variable name \"%s\"", variable);
	else if (strcmp(variable, "?") != 0)
		env_set(in, variable, equals + 1);
	return OK;
}

static int invert(int status)
{
	return status == OK ? TEST_FAILED : OK;
}

int exec_words(struct interp *in, struct words *words)
{
	bool inverted = words->list.n && strcmp(words->list.at[0], "!") == 0;
	const struct command *command;
	struct function *function = NULL;
	struct call call;
	int status;

	if (words->list.n == 0)
		return OK;
	if (inverted && words->list.n == 1) {
		complain(in, "! without a command");
		return BAD_ARGUMENT;
	}
	vec_push(scratch(in), &words->list) = NULL; /* as argv has it */
	words->list.n--;
	call = (struct call){ .name = words->list.at[inverted],
			      .args = words->list.at + inverted + 1,
			      .n = words->list.n - inverted - 1,
			      .block = words->block };
	command = command_find(call.name);
	if (!command)
		function = function_find(in, call.name);
	if (!command && !function)
		return assign(in, call.name);
	status = command ? command->run(in, &call) : call_function(in, function, &call);
	return inverted ? invert(status) : status;
}

static int exec_command(struct interp *in, const struct node *node)
{
	struct words words;

	in->node = node;
	in->line = node->line;
	words_expand(in, node->words, &words);
	return exec_words(in, &words);
}

static int exec_if(struct interp *in, const struct node *node)
{
	int status = OK;

	for (; node; node = node->otherwise) {
		if (node->kind != NODE_IF)
			return exec_list(in, node);
		status = exec_list(in, node->test);
		if (in->returned || is_over(in))
			return status;
		if (in->status <= 0)
			return exec_list(in, node->body);
		if (node->otherwise && node->otherwise->kind == NODE_IF && node->otherwise->next)
			return exec_list(in, node->otherwise);
	}
	return OK;
}

/* After each round of a loop: is it to be left? */
static bool leaves_loop(struct interp *in)
{
	if (in->returned || is_over(in))
		return true;
	if (in->is_continue && in->breaks == 1)
		in->breaks = 0;
	return in->breaks;
}

static void end_loop(struct interp *in)
{
	if (in->breaks)
		in->breaks--;
	in->loops--;
}

static int exec_for(struct interp *in, const struct node *node)
{
	struct words words;
	int status = OK;

	words_expand(in, node->words, &words);
	in->loops++;
	for (size_t i = 0; i < words.list.n && count_steps(in, 1); i++) {
		env_set(in, node->name, words.list.at[i]);
		status = exec_list(in, node->body);
		if (leaves_loop(in))
			break;
	}
	end_loop(in);
	return status;
}

static int exec_loop(struct interp *in, const struct node *node)
{
	bool until = node->kind == NODE_UNTIL;
	int status = OK;

	in->loops++;
	while (count_steps(in, 1)) {
		status = exec_list(in, node->test);
		if (in->returned || (until ? status == OK : status != OK))
			break;
		status = exec_list(in, node->body);
		if (leaves_loop(in))
			break;
	}
	end_loop(in);
	return status;
}

static int exec_node(struct interp *in, const struct node *node)
{
	int status = OK;

	if (in->nested >= NESTED_MOST)
		in->overrun = "statements are nested too deeply";
	if (!count_steps(in, 1))
		return OK;
	in->nested++;
	switch (node->kind) {
	case NODE_COMMAND:
		status = exec_command(in, node);
		break;
	case NODE_IF:
		status = exec_if(in, node);
		break;
	case NODE_FOR:
		status = exec_for(in, node);
		break;
	case NODE_WHILE:
	case NODE_UNTIL:
		status = exec_loop(in, node);
		break;
	}
	in->nested--;
	in->status = status;
	return status;
}

int exec_list(struct interp *in, const struct node *list)
{
	int status = OK;

	if (!list)
		return OK; /* and $? stays what it was */
	for (; list && !in->breaks && !is_over(in); list = list->next) {
		status = exec_node(in, list);
		if (in->returned)
			break;
	}
	in->status = status;
	return status;
}

static void define(void *context, const char *name, struct node *body)
{
	function_define(context, name, body);
}

static void tell(void *context, unsigned line, unsigned column, const char *text)
{
	note(context, line, column, text);
}

int exec_source(struct interp *in, const struct source *source, bool strict)
{
	const struct parser_hooks hooks = { .context = in, .define = define, .problem = tell };
	const struct origin origin = in->origin;
	const char *at = source->at;
	const struct node *node = in->node;
	struct parser parser = { .hooks = &hooks, .lasting = in->life };
	enum unit unit = UNIT_PARSED;
	int status = OK;

	if (in->depth >= DEPTH_MOST) {
		in->overrun = "scripts run each other too deeply";
		return OK;
	}
	in->depth++;
	in->origin = source->origin;
	lexer_start(&parser.lexer, source);
	work_open(in);
	while (unit != UNIT_END && !is_over(in)) {
		struct node *list;

		parser.arena = scratch(in);
		unit = parser_unit(&parser, &list);
		/* a block is parsed again at each level: what that takes counts, too */
		count_steps(in, (size_t)(parser.lexer.at - at) / 64);
		at = parser.lexer.at;
		if (unit == UNIT_PARSED)
			status = exec_list(in, list);
		if (unit == UNIT_FAILED && strict) {
			status = OK; /* GRUB has printed the error, and forgotten it */
			break;
		}
		in->node = node; /* the unit's own may be freed now */
		if (arena_used(scratch(in)) > WORK_ENOUGH) {
			work_close(in);
			work_open(in);
		}
	}
	work_close(in);
	in->origin = origin;
	in->node = node;
	in->depth--;
	return status;
}
