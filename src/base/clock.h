/* Time that only moves forward. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* clock_ms - CLOCK_MONOTONIC in milliseconds; the same in all processes of a machine */
int64_t clock_ms(void);

#endif
