#include "base/decimal.h"

#include <math.h>
#include <stdbool.h>

const uint64_t decimal_powers[20] = {
	1u,
	10u,
	100u,
	1000u,
	10000u,
	100000u,
	1000000u,
	10000000u,
	100000000u,
	1000000000u,
	10000000000u,
	100000000000u,
	1000000000000u,
	10000000000000u,
	100000000000000u,
	1000000000000000u,
	10000000000000000u,
	100000000000000000u,
	1000000000000000000u,
	10000000000000000000u,
};

/*
 * mantissa / 10^places, rounded once, as strtod() does: the quotient of the shifted
 * mantissa has 63 or 64 bits, and the remainder tells whether anything was cut off.
 */
double
decimal_divide(uint64_t mantissa, int places)
{
	uint64_t divisor = decimal_powers[places], quotient, kept, cut;
	int shift = __builtin_clzll(mantissa) + 63 - __builtin_clzll(divisor);
	unsigned __int128 dividend = (unsigned __int128)mantissa << shift;
	bool inexact;
	int drop;

	quotient = (uint64_t)(dividend / divisor);
	inexact = (uint64_t)(dividend - (unsigned __int128)quotient * divisor) != 0;
	drop = 64 - 53 - __builtin_clzll(quotient);
	kept = quotient >> drop;
	cut = quotient & ((1ull << drop) - 1);
	if (cut > 1ull << (drop - 1) ||
	    (cut == 1ull << (drop - 1) && (inexact || (kept & 1))))
		kept++;
	return ldexp((double)kept, drop - shift);
}
