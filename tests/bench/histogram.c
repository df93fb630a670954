#include "tests/bench/histogram.h"

#define SUB (1u << HISTOGRAM_SUB_BITS)

static unsigned
bucket_of(uint32_t us)
{
	unsigned shift;

	if (us < SUB)
		return us;
	shift = 31 - (unsigned)__builtin_clz(us) - HISTOGRAM_SUB_BITS;
	return (shift << HISTOGRAM_SUB_BITS) + (us >> shift);
}

/* The upper edge of a bucket, in microseconds. */
static double
edge_us(unsigned bucket)
{
	unsigned shift;

	if (bucket < SUB)
		return bucket + 1.0;
	shift = (bucket >> HISTOGRAM_SUB_BITS) - 1;
	return (double)((uint64_t)((bucket & (SUB - 1)) + SUB + 1) << shift);
}

void
histogram_add(struct histogram *h, uint64_t ns)
{
	uint64_t us = ns / 1000;

	h->count[bucket_of(us > UINT32_MAX ? UINT32_MAX : (uint32_t)us)]++;
	h->n++;
	h->sum_ns += (double)ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
}

double
histogram_quantile_ms(const struct histogram *h, double q)
{
	double rank = q * (double)h->n;
	uint64_t seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->count[i];
		if (h->count[i] > 0 && (double)seen >= rank) {
			double ms = edge_us(i) / 1e3, max_ms = (double)h->max_ns / 1e6;

			return ms < max_ms ? ms : max_ms;
		}
	}
	return 0;
}

double
histogram_mean_ms(const struct histogram *h)
{
	return h->n > 0 ? h->sum_ns / (double)h->n / 1e6 : 0;
}
