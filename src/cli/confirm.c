#include "cli/confirm.h"

#include <string.h>

#include "cli/place.h"
#include "model/attempts.h"

int confirm_run(struct engine *engine, const char *id)
{
	struct text left = TEXT(engine->arena);
	struct place place;
	size_t size;
	char *bytes;
	int status = place_find(engine, STORE_ATTEMPTS, true, &place);

	if (!status)
		status = place_read(engine, &place, STORE_ATTEMPTS, &bytes, &size);
	if (status || !size)
		return status;
	attempts_confirmed(bytes, id, &left);
	if (left.n == size && memcmp(left.at, bytes, size) == 0)
		return 0;
	return place_write(engine, &place, STORE_ATTEMPTS, &left);
}
