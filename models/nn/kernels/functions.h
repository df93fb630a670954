/*
 * exp and the normal distribution, lane by lane. Coefficients were fitted for this file:
 * least squares with weights moved to the largest errors (Lawson 1961), so that these
 * come out nearly equal; errors are of what float32 arithmetic gives.
 */
#ifndef MODELS_NN_KERNELS_FUNCTIONS_H
#define MODELS_NN_KERNELS_FUNCTIONS_H

#include "models/nn/kernels/simd.h"

/* e^x for x <= 88, to 2e-7 of its value; e^-87 below -87, NAN for NAN. */
INLINE vec
exp_of(vec x)
{
	/* Added, it leaves no place for fractions, and whole numbers in the last bits. */
	const vec magic = all_of(0x1.8p23f);
	vec shifted, n, r, p;

	/* x = n ln 2 + r, |r| <= ln 2 / 2; ln 2 in two parts, the first with so few bits
	 * that n times it is exact */
	x = max_of(all_of(-87.0f), x);
	shifted = fma_of(x, all_of(1.44269504f), magic);
	n = shifted - magic;
	r = fma_of(n, all_of(-0x1.62ep-1f), x);
	r = fma_of(n, all_of(-3.1946184945e-5f), r);
	/* e^r = 1 + r + r^2 p(r) */
	p = all_of(1.381454012e-3f);
	p = fma_of(p, r, all_of(8.368745114e-3f));
	p = fma_of(p, r, all_of(4.166839078e-2f));
	p = fma_of(p, r, all_of(1.666652040e-1f));
	p = fma_of(p, r, all_of(4.999999343e-1f));
	p = fma_of(p, r * r, r) + 1.0f;
	/* times 2^n, by its bits */
	return p * (vec)(((ivec)shifted << 23) + 0x3f800000);
}

/* Beyond this Phi is 0 or 1 to half a unit in the last place of 1. */
#define PHI_BOUND 5.4f

/* Phi(x), the normal distribution function, to 1.6e-7; 0 for NAN. */
INLINE vec
phi_of(vec x)
{
	/* Phi(x) = 1/2 + x P(x^2) / Q(x^2) */
	vec u = x * x, p, q, far = (vec)((ivec)all_of(1.0f) & (x > 0.0f));

	p = all_of(2.338673010e-8f);
	p = fma_of(p, u, all_of(6.360027524e-6f));
	p = fma_of(p, u, all_of(1.643221890e-4f));
	p = fma_of(p, u, all_of(4.650854239e-3f));
	p = fma_of(p, u, all_of(3.337227255e-2f));
	p = fma_of(p, u, all_of(3.989422454e-1f));
	q = all_of(1.216591406e-6f);
	q = fma_of(q, u, all_of(7.240036486e-5f));
	q = fma_of(q, u, all_of(1.858984279e-3f));
	q = fma_of(q, u, all_of(2.837871353e-2f));
	q = fma_of(q, u, all_of(2.503179709e-1f));
	q = fma_of(q, u, all_of(1.0f));
	return choose(magnitude(x) < PHI_BOUND, x * p / q + 0.5f, far);
}

#endif
