#include "base/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Both ends are the same program on the same machine: native byte order will do. */
struct header {
	uint32_t type, size;
};

int channel_pair(int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -errno;
	return 0;
}

void channel_open(struct channel *channel, int fd)
{
	*channel = (struct channel){ .fd = fd };
}

void channel_close(struct channel *channel)
{
	if (channel->fd >= 0)
		close(channel->fd);
	free(channel->in);
	free(channel->out);
	*channel = (struct channel){ .fd = -1 };
}

/* Room for @more bytes behind the @n that a buffer holds. */
static int make_room(char **buffer, size_t *room, size_t n, size_t more)
{
	size_t want = n + more;
	char *grown;

	if (want <= *room)
		return 0;
	if (want < *room * 2)
		want = *room * 2;
	grown = realloc(*buffer, want);
	if (!grown)
		return -ENOMEM;
	*buffer = grown;
	*room = want;
	return 0;
}

int channel_send(struct channel *channel, uint32_t type, const struct text *fields)
{
	size_t size = fields ? fields->n : 0;
	struct header header = { .type = type, .size = (uint32_t)size };
	int error;

	if (size > RECORD_MAX)
		return -EMSGSIZE;
	if (channel->out_n + sizeof header + size > CHANNEL_QUEUE_MAX)
		return -ENOBUFS;
	error = make_room(&channel->out, &channel->out_room, channel->out_n, sizeof header + size);
	if (error)
		return error;
	memcpy(channel->out + channel->out_n, &header, sizeof header);
	channel->out_n += sizeof header;
	if (size)
		memcpy(channel->out + channel->out_n, fields->at, size);
	channel->out_n += size;
	return channel_flush(channel);
}

int channel_flush(struct channel *channel)
{
	size_t sent = 0;
	int error = 0;

	while (sent < channel->out_n) {
		ssize_t n = send(channel->fd, channel->out + sent, channel->out_n - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error = errno == EAGAIN ? 0 : -EPIPE;
			break;
		}
		sent += (size_t)n;
	}
	if (sent == 0)
		return error;
	channel->out_n -= sent;
	memmove(channel->out, channel->out + sent, channel->out_n);
	return error;
}

int channel_drain(struct channel *channel)
{
	int error;

	while ((error = channel_flush(channel)) == 0 && channel_pending(channel)) {
		struct pollfd writable = { .fd = channel->fd, .events = POLLOUT };

		poll(&writable, 1, -1);
	}
	return error;
}

int channel_wait(struct channel *channel, int timeout_ms)
{
	struct pollfd readable = { .fd = channel->fd, .events = POLLIN };
	int n = poll(&readable, 1, timeout_ms);

	return n < 0 ? -errno : n;
}

/* Take the first @n bytes out of what was received. */
static void consume(struct channel *channel, size_t n)
{
	channel->in_n -= n;
	memmove(channel->in, channel->in + n, channel->in_n);
}

int channel_receive(struct channel *channel, struct arena *arena, uint32_t *type,
		    struct fields *fields)
{
	struct header header;
	size_t want = sizeof header;

	for (;;) {
		ssize_t n;
		int error;

		if (channel->in_n >= sizeof header) {
			memcpy(&header, channel->in, sizeof header);
			if (header.size > RECORD_MAX)
				return -EBADMSG;
			want = sizeof header + header.size;
		}
		if (channel->in_n >= want)
			break;
		error = make_room(&channel->in, &channel->in_room, channel->in_n, want - channel->in_n);
		if (error)
			return error;
		n = recv(channel->fd, channel->in + channel->in_n, want - channel->in_n, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return -EPIPE;
		channel->in_n += (size_t)n;
	}
	*type = header.type;
	fields->at = arena_copy(arena, channel->in + sizeof header, header.size);
	fields->end = fields->at + header.size;
	fields->arena = arena;
	fields->bad = false;
	consume(channel, want);
	return 1;
}

void pack_number(struct text *fields, uint64_t number)
{
	text_add(fields, &number, sizeof number);
}

/* A string is its length + 1, its bytes and a NUL; NULL is the length 0. */
void pack_string(struct text *fields, const char *string)
{
	size_t size = string ? strlen(string) + 1 : 0;

	pack_number(fields, size);
	text_add(fields, string, size);
}

uint64_t unpack_number(struct fields *fields)
{
	uint64_t number;

	if (fields->bad || (size_t)(fields->end - fields->at) < sizeof number) {
		fields->bad = true;
		return 0;
	}
	memcpy(&number, fields->at, sizeof number);
	fields->at += sizeof number;
	return number;
}

uint64_t unpack_below(struct fields *fields, uint64_t limit)
{
	uint64_t number = unpack_number(fields);

	if (number < limit)
		return number;
	fields->bad = true;
	return 0;
}

/* Strings stay where they are: the record was copied into the arena as a whole. */
const char *unpack_string(struct fields *fields)
{
	size_t size = unpack_number(fields);
	const char *string = fields->at;

	if (fields->bad || size == 0)
		return NULL;
	if (size > (size_t)(fields->end - fields->at) || memchr(string, '\0', size) != string + size - 1) {
		fields->bad = true;
		return NULL;
	}
	fields->at += size;
	return string;
}

const char *unpack_text(struct fields *fields)
{
	const char *string = unpack_string(fields);

	if (string)
		return string;
	fields->bad = true;
	return "";
}
