/** Decimal numbers in JSON text, rounded exactly as strtod() rounds them. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** 10 to the power of the index. */
extern const uint64_t decimal_powers[20];

/** mantissa / 10^places, correctly rounded; mantissa > 0, 0 < places < 20. */
double decimal_divide(uint64_t mantissa, int places);

/**
 * Reads a JSON number at p without an exponent, of at most 18 digits before the point and
 * 19 in all. Returns the place behind it, or NULL for any other text. What follows the
 * number is the caller's to check.
 */
static inline const char *
decimal_read(const char *p, const char *end, double *out)
{
	bool negative = p < end && *p == '-';
	uint64_t mantissa = 0;
	int digits, places = 0;
	const char *start;

	p += negative;
	start = p;
	while (p < end && (unsigned)(*p - '0') < 10)
		mantissa = 10 * mantissa + (uint64_t)(*p++ - '0');
	digits = (int)(p - start);
	/* Whole numbers above int64 are for jansson; digits wrap harmlessly before. */
	if (digits == 0 || digits > 18 || (digits > 1 && *start == '0'))
		return NULL;
	if (p < end && *p == '.') {
		start = ++p;
		while (p < end && (unsigned)(*p - '0') < 10)
			mantissa = 10 * mantissa + (uint64_t)(*p++ - '0');
		places = (int)(p - start);
		if (places == 0 || digits + places > 19)
			return NULL;
	}
	if (p < end && (*p | 0x20) == 'e')
		return NULL;
	if (digits + places <= 15)
		*out = (double)mantissa / (double)decimal_powers[places];
	else if (places == 0 || mantissa == 0)
		*out = (double)mantissa;
	else
		*out = decimal_divide(mantissa, places);
	if (negative)
		*out = -*out;
	return p;
}

#endif
