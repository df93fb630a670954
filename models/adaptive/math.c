#include "models/adaptive/math.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "doubles are computed as doubles, not wider");
_Static_assert(DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024, "IEEE 754 double");

/* ln 2 in two parts; the first has 40 bits, so that its product with an exponent is
 * exact. */
#define LN2_HIGH 0x1.62e42fefap-1
#define LN2_LOW 0x1.cf79abc9e3b3ap-40
#define INVERSE_LN2 0x1.71547652b82fep+0
#define SQRT2 0x1.6a09e667f3bcdp+0

#define EXP_MAX 0x1.62e42fefa39efp+9 /* ln of the greatest double */
#define EXP_MIN (-708.0)             /* above ln of the smallest normal one */

static double
from_bits(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* 2^k of a normal result. */
static double
power_of_two(int k)
{
	return from_bits((uint64_t)(k + 1023) << 52);
}

/*
 * x = k ln 2 + r with |r| <= ln 2 / 2; e^r is its Taylor series, whose first term left
 * out, r^14 / 14!, is below 5e-18. r is kept as high - low, so that the error of the
 * reduction enters only once.
 */
double
adaptive_exp(double x)
{
	double high, low, r, tail;
	int k;

	if (isnan(x))
		return x;
	if (x > EXP_MAX)
		return HUGE_VAL;
	if (x < EXP_MIN)
		return 0;
	k = (int)(x * INVERSE_LN2 + (x < 0 ? -0.5 : 0.5));
	high = x - k * LN2_HIGH;
	low = k * LN2_LOW;
	r = high - low;
	tail = 1.0 / 6227020800;
	tail = tail * r + 1.0 / 479001600;
	tail = tail * r + 1.0 / 39916800;
	tail = tail * r + 1.0 / 3628800;
	tail = tail * r + 1.0 / 362880;
	tail = tail * r + 1.0 / 40320;
	tail = tail * r + 1.0 / 5040;
	tail = tail * r + 1.0 / 720;
	tail = tail * r + 1.0 / 120;
	tail = tail * r + 1.0 / 24;
	tail = tail * r + 1.0 / 6;
	tail = tail * r + 1.0 / 2;
	r = 1 + (high - (low - r * r * tail));
	/* 2^1024 is no double, and 2^1023 twice is one step more. */
	return k == 1024 ? r * power_of_two(1023) * 2 : r * power_of_two(k);
}

/*
 * x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt 2). With s = f / (2 + f),
 * ln(1 + f) = ln((1 + s) / (1 - s)) = 2 s + 2 s^3 / 3 + 2 s^5 / 5 + ..., and as
 * 2 s = f - s f and s f = f^2 / 2 - s f^2 / 2, its leading part is f - f^2 / 2, whose
 * first term is exact; the first left out, 2 s^23 / 23, is below 3e-19.
 */
double
adaptive_log(double x)
{
	uint64_t bits;
	double f, s, z, half, rest;
	int k;

	if (isnan(x) || x < 0)
		return NAN;
	if (x < DBL_MIN)
		return -HUGE_VAL;
	if (isinf(x))
		return x;
	memcpy(&bits, &x, sizeof(bits));
	k = (int)(bits >> 52) - 1023;
	f = from_bits((bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1023) << 52);
	if (f >= SQRT2) {
		f *= 0.5;
		k++;
	}
	f -= 1;
	s = f / (2 + f);
	z = s * s;
	rest = 2.0 / 21;
	rest = rest * z + 2.0 / 19;
	rest = rest * z + 2.0 / 17;
	rest = rest * z + 2.0 / 15;
	rest = rest * z + 2.0 / 13;
	rest = rest * z + 2.0 / 11;
	rest = rest * z + 2.0 / 9;
	rest = rest * z + 2.0 / 7;
	rest = rest * z + 2.0 / 5;
	rest = rest * z + 2.0 / 3;
	rest = rest * z;
	half = 0.5 * f * f;
	return k * LN2_HIGH - ((half - (s * (half + rest) + k * LN2_LOW)) - f);
}

double
adaptive_entropy(double p)
{
	double h = 0;

	if (p > 0)
		h -= p * adaptive_log(p);
	if (p < 1)
		h -= (1 - p) * adaptive_log(1 - p);
	return h;
}
