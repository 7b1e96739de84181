/* GRUB's locks: who may boot and edit what (GRUB manual, "Authentication and authorisation"). Pure. */
#ifndef MODEL_LOCK_H
#define MODEL_LOCK_H

#include "model/view.h"

/* What somebody wants to do. */
struct attempt {
	const struct config *config; /* whose users may; NULL: anyone may */
	const struct entry *entry;   /* NULL: a kernel by its path */
	bool edited;
};

/*
 * lock_find - whose leave is needed to boot @entry of @device (NULL: a kernel by its path)
 *
 * What GRUB lets only its superusers do is editing, of which naming a kernel is a part. Since a
 * command line can name any root, one locked configuration locks that for the whole machine: its
 * superusers are asked where the entry's own configuration has none.
 */
struct attempt lock_find(const struct view *view, const struct view_device *device,
			 const struct entry *entry, bool edited);

/* lock_of_request - whose leave a request takes; a setting that is kept is a superuser's, like editing */
struct attempt lock_of_request(const struct view *view, const struct request *request);

/* lock_has_key - is there a password that could open it? */
bool lock_has_key(const struct attempt *attempt);

/*
 * lock_opens - may this person?
 *
 * Takes a time that depends on the configuration and the length of the password alone. @user: "" for
 * configurations of loaders that ask for a password only.
 */
bool lock_opens(const struct attempt *attempt, const char *user, const char *password);

#endif
