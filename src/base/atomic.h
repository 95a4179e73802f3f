/* SPDX-License-Identifier: MIT */
/*
 * atomic.h - short names for the atomic accesses of the project.
 *
 * Each name contains the memory order of its C11 access. For other orders, above all
 * memory_order_seq_cst, the code has the full C11 name, so that the reader notices the
 * order.
 */
#pragma once

#include <stdatomic.h>

/* Relaxed: read or write the whole word at once, in no order with other accesses. */
#define hak_read_once(at) atomic_load_explicit(at, memory_order_relaxed)
#define hak_write_once(at, value) \
	atomic_store_explicit(at, value, memory_order_relaxed)

#define hak_load_acquire(at) atomic_load_explicit(at, memory_order_acquire)
#define hak_store_release(at, value) \
	atomic_store_explicit(at, value, memory_order_release)

/* Each macro below returns the old value of the word. */
#define hak_add_relaxed(at, n) \
	atomic_fetch_add_explicit(at, n, memory_order_relaxed)
#define hak_sub_acquire(at, n) \
	atomic_fetch_sub_explicit(at, n, memory_order_acquire)
#define hak_or_relaxed(at, bits) \
	atomic_fetch_or_explicit(at, bits, memory_order_relaxed)
#define hak_or_release(at, bits) \
	atomic_fetch_or_explicit(at, bits, memory_order_release)
#define hak_and_relaxed(at, bits) \
	atomic_fetch_and_explicit(at, bits, memory_order_relaxed)
#define hak_and_release(at, bits) \
	atomic_fetch_and_explicit(at, bits, memory_order_release)
#define hak_exchange_relaxed(at, value) \
	atomic_exchange_explicit(at, value, memory_order_relaxed)
#define hak_exchange_acquire(at, value) \
	atomic_exchange_explicit(at, value, memory_order_acquire)
#define hak_exchange_release(at, value) \
	atomic_exchange_explicit(at, value, memory_order_release)
#define hak_exchange_acq_rel(at, value) \
	atomic_exchange_explicit(at, value, memory_order_acq_rel)

/*
 * Compare and swap: if the word equals `*expected`, store `value` and return
 * true. Otherwise copy the word to `*expected`, relaxed, and return false. The weak forms
 * may return false although the word equals `*expected`, and are for loops.
 */
#define hak_cas_relaxed(at, expected, value)                          \
	atomic_compare_exchange_strong_explicit(at, expected, value,  \
						memory_order_relaxed, \
						memory_order_relaxed)
#define hak_cas_acquire(at, expected, value)                          \
	atomic_compare_exchange_strong_explicit(at, expected, value,  \
						memory_order_acquire, \
						memory_order_relaxed)
#define hak_cas_weak_relaxed(at, expected, value)                   \
	atomic_compare_exchange_weak_explicit(at, expected, value,  \
					      memory_order_relaxed, \
					      memory_order_relaxed)
#define hak_cas_weak_release(at, expected, value)                   \
	atomic_compare_exchange_weak_explicit(at, expected, value,  \
					      memory_order_release, \
					      memory_order_relaxed)
#define hak_cas_weak_acq_rel(at, expected, value)                   \
	atomic_compare_exchange_weak_explicit(at, expected, value,  \
					      memory_order_acq_rel, \
					      memory_order_relaxed)
