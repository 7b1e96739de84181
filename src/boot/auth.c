/*
 * Passwords of locked entries (see model/lock.h), tried in a child: how long a hash takes is up to
 * the disk that holds it. One at a time, and each failure makes the next answer come later.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "boot/state.h"
#include "model/lock.h"

#define AUTH_MEMORY ((size_t)8 * 1024 * 1024)
#define AUTH_LIMIT_MS 120000 /* the longest delay, and as much for a hash of very many rounds */
#define DELAY_FIRST_S 1
#define DELAY_MOST_S 60

struct auth {
	struct boot *boot;
	struct arena *arena;
	struct request request;
	struct attempt attempt; /* in the view: for the child, which has a view of its own */
	unsigned delay_s;
};

static int run_auth(void *context, struct channel *channel)
{
	const struct auth *auth = context;

	(void)channel;
	sleep(auth->delay_s);
	return !lock_opens(&auth->attempt, auth->request.user, auth->request.password);
}

static bool auth_record(void *context, uint32_t type, struct fields *fields)
{
	(void)context, (void)type, (void)fields;
	return false; /* its status says all */
}

static void auth_ended(void *context, int status)
{
	struct auth *auth = context;
	struct boot *boot = auth->boot;

	boot->auth = NULL;
	boot->auth_failures = status == 0 ? 0 : boot->auth_failures + 1;
	requests_authenticated(boot, &auth->request, status == 0);
	arena_free(auth->arena);
}

static const struct child_kind auth_kind = {
	.name = "baton-auth",
	.run = run_auth,
	.record = auth_record,
	.ended = auth_ended,
	.limit_ms = AUTH_LIMIT_MS,
};

unsigned auth_delay(const struct boot *boot)
{
	unsigned failures = boot->auth_failures, delay = DELAY_FIRST_S;

	if (!failures)
		return 0;
	while (--failures && delay < DELAY_MOST_S)
		delay *= 2;
	return delay < DELAY_MOST_S ? delay : DELAY_MOST_S;
}

const char *auth_start(struct boot *boot, const struct request *request,
		       const struct attempt *attempt)
{
	struct arena *arena;
	struct auth *auth;
	jmp_buf exhausted;

	if (boot->auth)
		return "another password is being checked: try again in a moment";
	arena = arena_new(AUTH_MEMORY);
	if (!arena || setjmp(exhausted)) {
		arena_free(arena);
		return "there is no memory to check its password";
	}
	arena_guard(arena, &exhausted);
	auth = arena_make(arena, struct auth);
	*auth = (struct auth){
		.boot = boot,
		.arena = arena,
		.attempt = *attempt,
		.delay_s = auth_delay(boot),
		.request = {
			.what = request->what,
			.id = arena_string(arena, request->id),
			.text = arena_string(arena, request->text),
			.user = arena_string(arena, request->user ? request->user : ""),
			.password = arena_string(arena, request->password),
		},
	};
	arena_guard(arena, NULL);
	boot->auth = child_start(&boot->children, &auth_kind, auth);
	if (boot->auth)
		return NULL;
	arena_free(arena);
	return "no process can be started to check its password: fork failed";
}
