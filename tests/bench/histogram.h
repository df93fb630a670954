/**
 * A histogram of latencies: counts in buckets that are exact below 64 us and within 1/64
 * (1.6 %) above, up to an hour. Fixed size, no allocation.
 */
#ifndef TESTS_BENCH_HISTOGRAM_H
#define TESTS_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB_BITS 6
#define HISTOGRAM_BUCKETS ((32 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS)

struct histogram {
	uint64_t count[HISTOGRAM_BUCKETS];
	uint64_t n;
	uint64_t max_ns;
	double sum_ns;
};

void histogram_add(struct histogram *h, uint64_t ns);

/** The smallest latency in ms that a share q (0..1) of all did not exceed; 0 when empty.
 */
double histogram_quantile_ms(const struct histogram *h, double q);

double histogram_mean_ms(const struct histogram *h);

#endif
