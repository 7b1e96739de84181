/*
 * What the management controller asks of this start. A child asks it, beside all else: one that does not
 * answer costs nothing but the seconds that a countdown takes anyway. What is asked for once is taken
 * back at once, so that no failure, reset or loop of the firmware's has it done twice.
 */
#include "model/bmc.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "boot/state.h"
#include "disk/ipmi.h"

#define ASK_MS 2000     /* nothing boots by itself before that, but a controller answers in a tenth */
#define LIMIT_MS 5000   /* of both questions */
#define RECORD_MEMORY ((size_t)64 * 1024)

enum bmc_record { BMC_TOLD = 1 };

/* In the child ------------------------------------------------------------------------------------------ */

static bool take_back(int fd)
{
	uint8_t answer[BMC_ANSWER_MOST];

	return ipmi_ask(fd, BMC_CHASSIS, BMC_SET_BOOT_OPTIONS, bmc_clear_flags,
			sizeof bmc_clear_flags, answer, sizeof answer, ASK_MS) > 0 &&
	       answer[0] == 0;
}

static int tell(struct channel *channel, struct bmc_request request, bool taken_back)
{
	struct arena *arena = arena_new(RECORD_MEMORY);
	struct text fields = TEXT(arena);

	if (!arena)
		return 1;
	pack_number(&fields, request.wish);
	pack_number(&fields, request.lasting);
	pack_number(&fields, taken_back);
	channel_send(channel, BMC_TOLD, &fields);
	return channel_drain(channel) ? 1 : 0;
}

static int run_bmc(void *context, struct channel *channel)
{
	uint8_t answer[BMC_ANSWER_MOST];
	struct bmc_request request;
	int fd = ipmi_open(), n;

	(void)context;
	if (fd < 0)
		return 1;
	n = ipmi_ask(fd, BMC_CHASSIS, BMC_GET_BOOT_OPTIONS, bmc_get_flags, sizeof bmc_get_flags,
		     answer, sizeof answer, ASK_MS);
	if (n < 0)
		return 1;
	request = bmc_read(answer, (size_t)n);
	if (request.wish == BMC_NOTHING)
		return 0;
	return tell(channel, request, !request.lasting && take_back(fd));
}

/* In PID 1 ---------------------------------------------------------------------------------------------- */

/* Returns NULL if the machine restarts for it, or why it does not. */
static const char *restart_for(struct boot *boot, struct bmc_request request, bool taken_back)
{
	int error;

	if (request.lasting)
		return "for every start, that is the firmware's own business";
	if (!taken_back)
		return "the controller would ask for it again and again, as it does not take it back";
	if (boot->held)
		return "somebody is at the menu";
	error = request.wish == BMC_SETUP ? firmware_ask_setup() : firmware_ask_network();
	if (error)
		return firmware_explain(error);
	leave(boot, LEAVE_RESTART);
	return NULL;
}

static void obey(struct boot *boot, struct bmc_request request, bool taken_back)
{
	const char *why = NULL;

	boot_log(boot, "the management controller asks for %s, %s", bmc_name(request.wish),
		 request.lasting ? "for every start"
		 : taken_back	 ? "once"
				 : "once, and does not forget it");
	if (request.wish == BMC_OTHER)
		why = "there is no such thing";
	else if (request.wish == BMC_NETWORK || request.wish == BMC_SETUP)
		why = restart_for(boot, request, taken_back);
	if (boot->leaving.how != LEAVE_NOT)
		return;
	if (why) {
		status_say(boot, true, "The management controller asks for %s, which is not done: %s",
			   bmc_name(request.wish), why);
		status_send(boot);
		return;
	}
	boot->settings.bmc = request;
	status_say(boot, false, "The management controller asks for %s", bmc_name(request.wish));
	chooser_settings_changed(boot);
}

static bool bmc_record(void *context, uint32_t type, struct fields *fields)
{
	struct boot *boot = context;
	uint64_t wish = unpack_number(fields), lasting = unpack_number(fields);
	uint64_t taken_back = unpack_number(fields);

	if (type != BMC_TOLD || fields->bad || wish == BMC_NOTHING || wish > BMC_OTHER ||
	    boot->settings.bmc.wish)
		return false;
	if (boot->leaving.how == LEAVE_NOT)
		obey(boot, (struct bmc_request){ (enum bmc_wish)wish, lasting != 0 }, taken_back != 0);
	return true;
}

static void bmc_ended(void *context, int status)
{
	struct boot *boot = context;

	boot->bmc = NULL;
	if (status)
		boot_log(boot, "the management controller does not say what to boot: %s",
			 status < 0 ? "it does not answer" : "no answer, or none that makes sense");
}

static const struct child_kind bmc_kind = {
	.name = "baton-bmc",
	.run = run_bmc,
	.record = bmc_record,
	.ended = bmc_ended,
	.limit_ms = LIMIT_MS,
};

void bmc_ask(struct boot *boot)
{
	if (ipmi_is_there())
		boot->bmc = child_start(&boot->children, &bmc_kind, boot);
}

bool bmc_is_settled(const struct boot *boot)
{
	return !boot->bmc || clock_ms() >= bmc_tick(boot);
}

int64_t bmc_tick(const struct boot *boot)
{
	return boot->started_ms + ASK_MS;
}
