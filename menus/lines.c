#include <errno.h>
#include "page.h"
int lines_run(int terminal, struct channel *channel)
{
	(void)terminal; (void)channel;
	return -ENOTSUP;
}
