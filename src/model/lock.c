#include "model/lock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pbkdf2.h"
#include "base/text.h"

#define SALT_MOST 1024
#define HASH_MOST 1024

struct attempt lock_find(const struct view *view, const struct view_device *device,
			 const struct entry *entry, bool edited)
{
	struct attempt attempt = { .entry = entry, .edited = edited };

	if (entry)
		attempt.config = view_config(device, entry);
	if (!edited) {
		attempt.config = entry && entry->users ? attempt.config : NULL;
		return attempt;
	}
	if (attempt.config && attempt.config->locked)
		return attempt;
	attempt.config = NULL;
	for (const struct view_device *d = view->devices; d; d = d->next)
		for (size_t c = 0; c < d->configs.n; c++)
			if (d->configs.at[c]->locked && !attempt.config)
				attempt.config = d->configs.at[c];
	return attempt;
}

struct attempt lock_of_request(const struct view *view, const struct request *request)
{
	struct view_device *device = NULL;
	const struct entry *entry;

	switch (request->what) {
	case REQUEST_BOOT:
		entry = view_find(view, request->id, &device);
		return lock_find(view, device, entry, request->text != NULL);
	case REQUEST_SCRIPT:
	case REQUEST_RUN:
		entry = view_find(view, request->id, &device);
		return lock_find(view, device, entry, true);
	case REQUEST_SET:
		return lock_find(view, NULL, NULL, true);
	default:
		return (struct attempt){ 0 };
	}
}

/* An entry's list is names with blanks between; other loaders' single names may hold blanks. */
static bool is_listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	if (strcmp(list, name) == 0)
		return true;
	for (const char *at = list; n && *at; at += strcspn(at, " "), at += *at == ' ')
		if (strncmp(at, name, n) == 0 && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}

static bool may(const struct attempt *attempt, const struct user *user)
{
	const char *list = attempt->entry ? attempt->entry->users : NULL;

	return user->super || (!attempt->edited && list && is_listed(list, user->name));
}

bool lock_has_key(const struct attempt *attempt)
{
	for (size_t i = 0; i < attempt->config->users.n; i++) {
		const struct user *user = &attempt->config->users.at[i];

		if (may(attempt, user) && (user->password || user->pbkdf2))
			return true;
	}
	return false;
}

/* Passwords --------------------------------------------------------------------------------------------- */

/* In a time that depends on @given alone. */
static bool same_text(const char *given, const char *kept)
{
	size_t n = strlen(kept), i = 0;
	unsigned char differs = 0;

	for (; given[i]; i++)
		differs |= (unsigned char)(given[i] ^ kept[i < n ? i : n]);
	return !(differs | (i ^ n));
}

/* Hexadecimal digits up to a dot or the end; how many bytes, 0 if they are none or too many. */
static size_t unhex(const char **text, unsigned char *bytes, size_t most)
{
	size_t n = 0;

	for (; **text && **text != '.'; *text += 2)
		if (n == most || !string_hex(*text, bytes + n++, 1))
			return 0;
	*text += **text == '.';
	return n;
}

/* "grub.pbkdf2.sha512.ROUNDS.SALT.HASH", as grub-mkpasswd-pbkdf2 writes it. */
static bool same_hash(const char *given, const char *kept)
{
	unsigned char salt[SALT_MOST], hash[HASH_MOST], key[PBKDF2_BLOCK], differs = 0;
	size_t salt_n, hash_n;
	unsigned long rounds;
	char *end;
	const char *at;

	kept += strlen("grub.pbkdf2.sha512.");
	errno = 0;
	rounds = strtoul(kept, &end, 10);
	if (errno || end == kept || *end != '.' || rounds == 0 || rounds > UINT32_MAX)
		return false;
	at = end + 1;
	salt_n = unhex(&at, salt, sizeof salt);
	hash_n = unhex(&at, hash, sizeof hash);
	if (!salt_n || !hash_n || *at)
		return false;
	for (size_t i = 0; i < hash_n; i++) {
		if (i % sizeof key == 0)
			pbkdf2_sha512(given, salt, salt_n, (uint32_t)rounds,
				      (uint32_t)(i / sizeof key + 1), key);
		differs |= key[i % sizeof key] ^ hash[i];
	}
	return !differs;
}

bool lock_opens(const struct attempt *attempt, const char *name, const char *password)
{
	bool opens = false, nameless = !*name && strcmp(attempt->config->format, "grub2") != 0;

	/* All are tried, so that the time says nothing about which of them exist. */
	for (size_t i = 0; i < attempt->config->users.n; i++) {
		const struct user *user = &attempt->config->users.at[i];
		bool same = user->pbkdf2 ? same_hash(password, user->pbkdf2)
					 : user->password && same_text(password, user->password);

		opens |= same & may(attempt, user) & (nameless || strcmp(user->name, name) == 0);
	}
	return opens;
}
