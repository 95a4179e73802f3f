/* SPDX-License-Identifier: MIT */
/*
 * histogram.h - counts of values of any size, right to one part in 32.
 *
 * A histogram is HISTOGRAM_BUCKETS counters, all 0 at first: 32 of them for
 * each doubling.
 */
#pragma once

#include <stdint.h>

enum {
	HISTOGRAM_SHIFT = 5,
	HISTOGRAM_SUB = 1 << HISTOGRAM_SHIFT,
	HISTOGRAM_BUCKETS = (64 - HISTOGRAM_SHIFT + 1) * HISTOGRAM_SUB,
};

static inline unsigned int histogram_bucket(uint64_t value)
{
	unsigned int shift =
		63 - HISTOGRAM_SHIFT - __builtin_clzll(value | HISTOGRAM_SUB);

	return shift * HISTOGRAM_SUB + (unsigned int)(value >> shift);
}

/* the least value that falls into it */
static inline uint64_t histogram_value(unsigned int bucket)
{
	if (bucket < HISTOGRAM_SUB)
		return bucket;
	return (uint64_t)(HISTOGRAM_SUB + bucket % HISTOGRAM_SUB)
	       << (bucket / HISTOGRAM_SUB - 1);
}

/* TOTAL is the sum of the counters, and above 0 */
static inline uint64_t histogram_quantile(const uint64_t *count, double total,
					  double q)
{
	double sum = 0;
	int i = 0;

	while ((sum += count[i]) < q * total)
		i++;
	return histogram_value(i);
}
