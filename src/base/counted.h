/* SPDX-License-Identifier: MIT */
/*
 * counted.h - replaces the read-modify-writes of stdatomic.h by ones that also count.
 *
 * With --enable-counts the compiler includes this header before each file of the library,
 * so no file changes for the counting. The macros use gcc's builtins.
 */
#pragma once

#include "base/count.h"

#include <stdatomic.h>

#define HAK_COUNTED(operation) (hak_count(HAK_COUNT_RMWS, 1), operation)

#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub_explicit
#undef atomic_fetch_or_explicit
#undef atomic_fetch_and_explicit
#undef atomic_exchange_explicit
#undef atomic_compare_exchange_strong_explicit
#undef atomic_compare_exchange_weak_explicit

#define atomic_fetch_add_explicit(at, n, order) \
	HAK_COUNTED(__atomic_fetch_add(at, n, order))
#define atomic_fetch_sub_explicit(at, n, order) \
	HAK_COUNTED(__atomic_fetch_sub(at, n, order))
#define atomic_fetch_or_explicit(at, bits, order) \
	HAK_COUNTED(__atomic_fetch_or(at, bits, order))
#define atomic_fetch_and_explicit(at, bits, order) \
	HAK_COUNTED(__atomic_fetch_and(at, bits, order))
#define atomic_exchange_explicit(at, value, order) \
	HAK_COUNTED(__atomic_exchange_n(at, value, order))
#define atomic_compare_exchange_strong_explicit(at, expected, value, order,    \
						failed)                        \
	HAK_COUNTED(__atomic_compare_exchange_n(at, expected, value, 0, order, \
						failed))
#define atomic_compare_exchange_weak_explicit(at, expected, value, order,      \
					      failed)                          \
	HAK_COUNTED(__atomic_compare_exchange_n(at, expected, value, 1, order, \
						failed))
