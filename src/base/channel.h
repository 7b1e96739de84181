/*
 * Records between PID 1 and its children over a stream socket: a type, a length and fields. The
 * receiver trusts neither: lengths are bounded, and fields are read with checks.
 */
#ifndef BASE_CHANNEL_H
#define BASE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

#define RECORD_MAX ((size_t)4 * 1024 * 1024) /* bytes of fields in one record */
#define CHANNEL_QUEUE_MAX ((size_t)16 * 1024 * 1024) /* bytes that wait for a slow receiver */

struct channel {
	int fd; /* -1: closed */
	char *in, *out;
	size_t in_n, in_room, out_n, out_room;
};

/* channel_pair - two connected sockets, close-on-exec and non-blocking; 0 or -errno */
int channel_pair(int fds[2]);

/* channel_open - use a socket, which the channel then owns */
void channel_open(struct channel *channel, int fd);

/* channel_close - close the socket and free the buffers */
void channel_close(struct channel *channel);

/*
 * channel_send - queue a record and send what the socket takes now
 *
 * @fields holds the packed fields; NULL: none. Never blocks. Returns 0; -EPIPE when the other end
 * is gone; -ENOBUFS when the receiver has not read for so long that the queue is full; -ENOMEM.
 */
int channel_send(struct channel *channel, uint32_t type, const struct text *fields);

/* channel_flush - send what is queued; 0 (look at channel_pending()) or -errno as above */
int channel_flush(struct channel *channel);

/* channel_drain - channel_flush() until nothing is queued; may block: for children only */
int channel_drain(struct channel *channel);

/* channel_pending - is something queued, so that the socket's being writable matters? */
static inline bool channel_pending(const struct channel *channel)
{
	return channel->out_n > 0;
}

/* What unpack_… reads from: the fields of one record. */
struct fields {
	const char *at, *end;
	struct arena *arena; /* for strings */
	bool bad;            /* a field was missing or malformed; sticky, and then all reads give 0 */
};

/*
 * channel_receive - take the next record
 *
 * Returns 1 and sets *@type and *@fields, which are valid until the next call (strings that are
 * unpacked go to @arena and stay); 0 when no whole record is there yet; -EPIPE when the other end
 * is gone; -EBADMSG when it sent a record that is too long; -ENOMEM. Never blocks.
 */
int channel_receive(struct channel *channel, struct arena *arena, uint32_t *type,
		    struct fields *fields);

/* channel_wait - block until there is something to receive, @timeout_ms at most (-1: for ever) */
int channel_wait(struct channel *channel, int timeout_ms);

void pack_number(struct text *fields, uint64_t number);
void pack_string(struct text *fields, const char *string); /* NULL stays NULL */

uint64_t unpack_number(struct fields *fields);
uint64_t unpack_below(struct fields *fields, uint64_t limit); /* not below it: bad */
const char *unpack_string(struct fields *fields);             /* NULL if it was NULL, or bad */
const char *unpack_text(struct fields *fields);               /* a NULL makes the record bad */

#endif
