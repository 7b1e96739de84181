/*
 * Boot counting for systems whose own loader has none: how often each entry was started since its
 * system last said that it had come up. A text of lines "ID COUNT", the one started last at the end.
 */
#ifndef MODEL_ATTEMPTS_H
#define MODEL_ATTEMPTS_H

#include "base/text.h"

/* attempts_count - how often the entry was started since then; what makes no sense counts as never */
unsigned attempts_count(const char *text, const char *id);

/* attempts_started - append the text as it is after one more start; old entries go when it is long */
void attempts_started(const char *text, const char *id, struct text *started);

/* attempts_confirmed - append the text without an entry; @id NULL: the one that was started last */
void attempts_confirmed(const char *text, const char *id, struct text *confirmed);

#endif
