/*
 * UAPI.10, Version Format Specification, section "Version Comparison", whose steps are named below;
 * and rpm-version(7). In two places systemd-boot and `systemd-analyze compare-versions` do other than
 * that text, all of them alike, and what the loader does counts: steps 6 and 7.
 */
#include "config/version.h"

#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
	return is_digit(c) || is_letter(c);
}

size_t version_common(const char *a, const char *b)
{
	size_t common = 0, i = 0;

	for (; a[i] == b[i]; i++) {
		if (!a[i])
			return i;
		if (i && !is_alnum(a[i]) && is_alnum(a[i - 1]))
			common = i;
	}
	return common;
}

static const char *skip_separators(const char *at)
{
	while (*at && !is_digit(*at) && !is_letter(*at) && !strchr("-.~^", *at))
		at++;
	return at;
}

/* One has ended: the other is higher. Sets *@end when there is nothing more to compare. */
static int compare_end(const char *a, const char *b, bool *end)
{
	*end = !*a || !*b;
	return *end ? (*a != '\0') - (*b != '\0') : 0;
}

/*
 * Numbers of any length: without leading zeros, the longer one is bigger. No number at all is lower
 * than any, while the text has it for a 0.
 */
static int compare_numbers(const char **a, const char **b)
{
	size_t n = 0, m = 0;
	int order = is_digit(**a) - is_digit(**b);

	if (order)
		return order;
	while (**a == '0')
		++*a;
	while (**b == '0')
		++*b;
	while (is_digit((*a)[n]))
		n++;
	while (is_digit((*b)[m]))
		m++;
	order = n != m ? (n > m) - (n < m) : memcmp(*a, *b, n);
	*a += n;
	*b += m;
	return order;
}

static int compare_letters(const char **a, const char **b)
{
	for (; is_letter(**a) && is_letter(**b); ++*a, ++*b)
		if (**a != **b)
			return **a < **b ? -1 : 1;
	return is_letter(**a) - is_letter(**b);
}

int version_compare(const char *a, const char *b)
{
	/*
	 * A sign that only one has makes that one lower: steps 3, 5, 6, 6 bis. The text has ^ higher, but
	 * it is so only than the end of the other.
	 */
	static const char signs[] = { '~', '-', '^', '.' };
	size_t common;
	bool end;
	int order;

	a = a ? a : "";
	b = b ? b : "";
	common = version_common(a, b);
	for (a += common, b += common;;) {
		a = skip_separators(a); /* step 1 */
		b = skip_separators(b);
		/* step 2, but a tilde is lower than even the end of the other (step 3) */
		if (*a != '~' && *b != '~') {
			order = compare_end(a, b, &end);
			if (end)
				return order;
		}
		for (unsigned i = 0; i < sizeof signs; i++) {
			bool has_a = *a == signs[i], has_b = *b == signs[i];

			if (has_a != has_b)
				return has_b - has_a;
			a += has_a;
			b += has_b;
			if (i > 0)
				continue;
			order = compare_end(a, b, &end); /* step 4 */
			if (end)
				return order;
		}
		if (is_digit(*a) || is_digit(*b)) /* step 7 */
			order = compare_numbers(&a, &b);
		else /* step 8 */
			order = compare_letters(&a, &b);
		if (order)
			return order;
	}
}

/* RPM's ------------------------------------------------------------------------------------------ */

/* The length of the run of digits, or of letters. Thousands of ids are sorted: strspn(3) is slow. */
static size_t segment_length(const char *at, bool digits)
{
	size_t n = 0;

	while (digits ? is_digit(at[n]) : is_letter(at[n]))
		n++;
	return n;
}

static int compare_segments(const char **a, const char **b)
{
	bool digits = is_digit(**a);
	size_t n, m;
	int order;

	while (digits && **a == '0')
		++*a;
	while (digits && **b == '0')
		++*b;
	n = segment_length(*a, digits);
	m = segment_length(*b, digits);
	if (digits && n != m)
		return n < m ? -1 : 1;
	order = memcmp(*a, *b, n < m ? n : m);
	if (!order && n != m)
		order = n < m ? -1 : 1;
	*a += n;
	*b += m;
	return order;
}

int version_compare_rpm(const char *a, const char *b)
{
	size_t common = version_common(a, b);

	a += common;
	b += common;
	while (*a || *b) {
		int order;

		while (*a && !is_alnum(*a) && *a != '~')
			a++;
		while (*b && !is_alnum(*b) && *b != '~')
			b++;
		/* a tilde is older than anything, even the end */
		if (*a == '~' || *b == '~') {
			if (*a != *b)
				return *a == '~' ? -1 : 1;
			a++;
			b++;
			continue;
		}
		if (!*a || !*b)
			break;
		if (is_digit(*a) != is_digit(*b))
			return is_digit(*a) ? 1 : -1;
		order = compare_segments(&a, &b);
		if (order)
			return order;
	}
	return (*a != '\0') - (*b != '\0');
}
