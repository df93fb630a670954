/** Inputs and expected values of tests/reference/nn.json. Each function fails the test.
 */
#ifndef TESTS_UNIT_MODELS_NN_REFERENCE_H
#define TESTS_UNIT_MODELS_NN_REFERENCE_H

#include <stddef.h>

/**
 * PyTorch works in float64 there. A float32 sum of a few dozen products of size 1 errs by
 * some 1e-6; what follows it (a division, an exponential) multiplies that by a few.
 */
#define REFERENCE_TOLERANCE 1e-5

/** The salt of every dy. */
#define REFERENCE_DY 99

/** x[i] = value(i, salt) * scale + shift, as nn.py makes it; value is in -1..1. */
void reference_values(float *x, size_t n, unsigned int salt, double scale, double shift);

struct reference;

/** Case `name`; freed by reference_close(). */
struct reference *reference_open(const char *name);
void reference_close(struct reference *r);

/** got[n] is the case's array `member`, within tolerance of max(1, |expected|); null
 * there is NAN. */
void reference_close_to(const struct reference *r, const char *member, const float *got,
			size_t n, double tolerance);
void reference_close_to_double(const struct reference *r, const char *member,
			       const double *got, size_t n, double tolerance);

#endif
