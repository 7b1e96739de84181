#include "kexec/layout.h"

#include <stdlib.h>

void ranges_add(struct arena *arena, struct ranges *ranges, uint64_t start, uint64_t end,
		uint32_t type)
{
	if (start < end)
		vec_push(arena, ranges) = (struct range){ start, end, type };
}

static int compare(const void *left, const void *right)
{
	const struct range *a = left, *b = right;

	return a->start < b->start ? -1 : a->start > b->start;
}

void ranges_merge(struct ranges *ranges)
{
	size_t kept = 0;

	if (ranges->n == 0)
		return;
	qsort(ranges->at, ranges->n, sizeof *ranges->at, compare);
	for (size_t i = 1; i < ranges->n; i++) {
		struct range *last = &ranges->at[kept], *next = &ranges->at[i];

		if (next->type == last->type && next->start <= last->end) {
			if (next->end > last->end)
				last->end = next->end;
		} else {
			ranges->at[++kept] = *next;
		}
	}
	ranges->n = kept + 1;
}

void ranges_cut(struct arena *arena, struct ranges *ranges, uint64_t start, uint64_t end,
		uint32_t type)
{
	size_t n = ranges->n;

	if (start >= end)
		return;
	for (size_t i = 0; i < n; i++) {
		struct range whole = ranges->at[i];

		if (end <= whole.start || whole.end <= start || (type && whole.type != type))
			continue;
		ranges->at[i].end = start > whole.start ? start : whole.start;
		ranges_add(arena, ranges, end, whole.end, whole.type);
	}
	/* Drop what became empty; the parts above a cut are at the end and want sorting in. */
	n = 0;
	for (size_t i = 0; i < ranges->n; i++)
		if (ranges->at[i].start < ranges->at[i].end)
			ranges->at[n++] = ranges->at[i];
	ranges->n = n;
	if (n)
		qsort(ranges->at, n, sizeof *ranges->at, compare);
}

/* The lowest and highest place in a hole; false: it does not fit. */
static bool places(const struct range *hole, const struct fit *fit, uint64_t *lowest,
		   uint64_t *highest)
{
	uint64_t start = hole->start > fit->min ? hole->start : fit->min;
	uint64_t end = hole->end < fit->max ? hole->end : fit->max;

	if (__builtin_add_overflow(start, fit->align - 1, &start))
		return false;
	start &= ~(fit->align - 1);
	if (start >= end || end - start < fit->size)
		return false;
	*lowest = start;
	*highest = (end - fit->size) & ~(fit->align - 1);
	return true;
}

uint64_t layout_count(const struct ranges *holes, const struct fit *fit)
{
	uint64_t count = 0, low, high;

	for (size_t i = 0; i < holes->n; i++)
		if (places(&holes->at[i], fit, &low, &high))
			count += (high - low) / fit->align + 1;
	return count;
}

bool layout_take(struct arena *arena, struct ranges *holes, const struct fit *fit, uint64_t skip,
		 uint64_t *address)
{
	for (size_t i = holes->n; i-- > 0;) {
		uint64_t low, high, count;

		if (!places(&holes->at[i], fit, &low, &high))
			continue;
		count = (high - low) / fit->align + 1;
		if (skip >= count) {
			skip -= count;
			continue;
		}
		*address = high - skip * fit->align;
		ranges_cut(arena, holes, *address, *address + page_up(fit->size), 0);
		return true;
	}
	return false;
}
