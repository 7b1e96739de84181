/* The order of the devices: the settings' rules, then what kind they are, then their names. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "model/order.h"

enum device_key order_class(const struct identity *id)
{
	return id->is_optical ? DEVICE_OPTICAL : id->is_usb ? DEVICE_USB : DEVICE_DISK;
}

/* Digits compare as numbers, and a longer run of letters is later: sdz, sdaa. */
static int compare_names(const char *a, const char *b)
{
	while (*a && *b) {
		bool digits = isdigit((unsigned char)*a);
		size_t n, m;
		int order;

		if (digits != !!isdigit((unsigned char)*b))
			return digits ? -1 : 1;
		for (n = 0; a[n] && digits == !!isdigit((unsigned char)a[n]); n++)
			;
		for (m = 0; b[m] && digits == !!isdigit((unsigned char)b[m]); m++)
			;
		if (n != m && (digits || strncmp(a, b, 2) == 0))
			return n < m ? -1 : 1;
		order = strncmp(a, b, n < m ? n : m);
		if (order)
			return order;
		a += n;
		b += m;
	}
	return (*a != 0) - (*b != 0);
}

/* Is @part one or more whole steps of @path? */
static bool has_part(const char *path, const char *part)
{
	size_t n = strlen(part);

	for (const char *at = path; at && (at = strstr(at, part)); at++)
		if ((at == path || at[-1] == '/') && (!at[n] || at[n] == '/'))
			return true;
	return false;
}

static bool same_id(const char *have, const char *wanted)
{
	return have && strcasecmp(have, wanted) == 0;
}

static bool meets(const struct identity *id, const struct device_rule *rule)
{
	switch (rule->key) {
	case DEVICE_DISK:
	case DEVICE_USB:
	case DEVICE_OPTICAL:
		return order_class(id) == rule->key;
	case DEVICE_NAME:
		return string_same(id->name, rule->value) || string_same(id->disk, rule->value) ||
		       string_same(id->dm_name, rule->value);
	case DEVICE_LABEL:
		return string_same(id->label, rule->value);
	case DEVICE_UUID:
		return same_id(id->uuid, rule->value);
	case DEVICE_PARTLABEL:
		return string_same(id->partlabel, rule->value);
	case DEVICE_PARTUUID:
		return same_id(id->partuuid, rule->value);
	case DEVICE_PATH:
		return has_part(id->path, rule->value);
	}
	return false;
}

size_t order_rank(const struct settings *settings, const struct identity *id)
{
	size_t rank = 0;

	while (rank < settings->devices.n && !meets(id, &settings->devices.at[rank]))
		rank++;
	return rank;
}

bool order_is_class(const struct device_rule *rule)
{
	return !rule->value;
}

bool order_needs_reading(const struct device_rule *rule)
{
	return rule->key >= DEVICE_LABEL && rule->key <= DEVICE_PARTUUID;
}

bool policy_before(const struct settings *settings, const struct identity *a,
		   const struct identity *b)
{
	size_t rank_a = order_rank(settings, a), rank_b = order_rank(settings, b);
	int order;

	if (rank_a != rank_b)
		return rank_a < rank_b;
	if (order_class(a) != order_class(b))
		return order_class(a) < order_class(b);
	order = compare_names(a->ground ? a->ground : a->name, b->ground ? b->ground : b->name);
	/* what is on a disk itself comes before what the disk is only a part of */
	if (!order)
		order = (a->ground != NULL) - (b->ground != NULL);
	return (order ? order : compare_names(a->name, b->name)) < 0;
}
