/* SPDX-License-Identifier: MIT */
/* bits.h - arithmetic on powers of two and on words of bits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool hak_is_pow2(size_t n)
{
	return n && !(n & (n - 1));
}

/* Round n up to a multiple of `to`, a power of two. */
static inline size_t hak_round_up(size_t n, size_t to)
{
	return (n + to - 1) & ~(to - 1);
}

static inline size_t hak_div_up(size_t n, size_t by)
{
	return n / by + (n % by != 0);
}

/* Position of the highest set bit; n must not be 0. */
static inline unsigned hak_log2(size_t n)
{
	return 63 - (unsigned)__builtin_clzl(n);
}

/* The smallest power of two not below n, for n from 1 to 2^63. */
static inline size_t hak_pow2_up(size_t n)
{
	return n <= 1 ? 1 : (size_t)1 << (hak_log2(n - 1) + 1);
}

/* Position of the lowest set bit; word must not be 0. */
static inline unsigned hak_lowest_bit(uint64_t word)
{
	return (unsigned)__builtin_ctzl(word);
}

/*
 * Count the set bits by arithmetic. For __builtin_popcountl() the compiler would call a
 * function with a table, unless each CPU of the architecture has an instruction for it.
 */
static inline unsigned hak_count_bits(uint64_t word)
{
	word -= word >> 1 & 0x5555555555555555;
	word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (unsigned)(word * 0x0101010101010101 >> 56);
}

/* A word with only its lowest n bits set, for n from 0 to 64. */
static inline uint64_t hak_low_mask(unsigned n)
{
	return n >= 64 ? ~0UL : (1UL << n) - 1;
}
