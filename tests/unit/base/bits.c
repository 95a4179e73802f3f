/* SPDX-License-Identifier: MIT */
/* bits.c - every function of bits.h against the slow way to say the same. */
#include "base/bits.h"

#include "unit/unit.h"

static unsigned int slow_log2(size_t n)
{
	unsigned int log = 0;

	while (n /= 2)
		log++;
	return log;
}

static size_t slow_pow2_up(size_t n)
{
	size_t power = 1;

	while (power < n)
		power *= 2;
	return power;
}

static unsigned int slow_count(uint64_t word)
{
	unsigned int count = 0;

	for (; word; word /= 2)
		count += word % 2;
	return count;
}

static void powers(void)
{
	unsigned int shift;
	size_t n;

	unit_expect(!hak_is_pow2(0));
	for (n = 1; n < 5000; n++) {
		unit_expect(hak_is_pow2(n) == (slow_count(n) == 1));
		unit_expect(hak_log2(n) == slow_log2(n));
		unit_expect(hak_pow2_up(n) == slow_pow2_up(n));
	}
	for (shift = 2; shift < 64; shift++) {
		n = (size_t)1 << shift;
		unit_expect(hak_is_pow2(n));
		unit_expect(!hak_is_pow2(n - 1) && !hak_is_pow2(n + 1));
		unit_expect(hak_log2(n) == shift);
		unit_expect(hak_log2(n - 1) == shift - 1);
		unit_expect(hak_pow2_up(n) == n);
		unit_expect(hak_pow2_up(n - 1) == n);
		if (shift < 63)
			unit_expect(hak_pow2_up(n + 1) == 2 * n);
	}
	unit_expect(hak_pow2_up(0) == 1);
	unit_expect(hak_log2(SIZE_MAX) == 63);
	unit_result("powers of two");
}

static void rounding(void)
{
	size_t n, to, up;

	for (to = 1; to <= 4096; to *= 2) {
		for (n = 0; n < 9000; n += 1 + n / 64) {
			up = hak_round_up(n, to);
			unit_expect(up >= n && up - n < to && up % to == 0);
		}
	}
	unit_expect(hak_round_up(SIZE_MAX - 4095, 4096) == SIZE_MAX - 4095);
	unit_result("hak_round_up");

	for (n = 0; n < 300; n++) {
		for (to = 1; to < 40; to++) {
			up = hak_div_up(n, to);
			unit_expect(up * to >= n);
			unit_expect(n == 0 ? up == 0 : (up - 1) * to < n);
		}
	}
	unit_expect(hak_div_up(SIZE_MAX, 2) == (SIZE_MAX >> 1) + 1);
	unit_expect(hak_div_up(SIZE_MAX, 1) == SIZE_MAX);
	unit_result("hak_div_up, also where n + by - 1 would overflow");
}

static void words(void)
{
	unsigned int shift, i;
	uint64_t word;

	for (shift = 0; shift < 64; shift++) {
		unit_expect(hak_lowest_bit(1UL << shift) == shift);
		unit_expect(hak_lowest_bit(~0UL << shift) == shift);
		unit_expect(hak_low_mask(shift) + 1 == 1UL << shift);
		unit_expect(hak_count_bits(hak_low_mask(shift)) == shift);
	}
	unit_expect(hak_low_mask(64) == ~0UL);
	unit_expect(hak_count_bits(0) == 0 && hak_count_bits(~0UL) == 64);
	for (i = 0; i < 1000; i++) {
		word = unit_random() & unit_random();
		unit_expect(hak_count_bits(word) == slow_count(word));
	}
	unit_result("words of bits");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(4);
	powers();
	rounding();
	words();
	return ksft_finished();
}
