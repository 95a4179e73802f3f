/* SPDX-License-Identifier: MIT */
/*
 * credit.h - the limit of what all threads together cache.
 *
 * The cache limit is HAKMEM_CACHE_MB, or a sixteenth of the lent superslabs if that is
 * more. The limit applies to the capacity of all bins, and to the idle slabs that
 * threads keep. Each thread has a small allowance that does not count. For more the
 * thread takes credit, which counts, in slow calls of malloc and free only. A thread
 * gets credit only if four times as much is left below the limit. So all threads
 * together cache at most the limit and the allowances.
 */
#pragma once

#include "cache/tcache.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The bins' capacity grows by `bytes`. Take credit if needed. False, and no change, if
 * the limit leaves no credit.
 */
bool hak_credit_charge(struct hak_tcache *tcache, uint32_t bytes);

/*
 * The bins' capacity has shrunk by `bytes`. If much credit is unused, the function
 * gives a part back.
 */
void hak_credit_discharge(struct hak_tcache *tcache, uint32_t bytes);

/* The bytes by which the bins' capacity may grow without further credit. */
uint32_t hak_credit_left(const struct hak_tcache *tcache);

/* Give all credit of the bins back. The caller has set the bins' capacities to 0. */
void hak_credit_return(struct hak_tcache *tcache);

/*
 * hak_credit_keep_more() lets the thread keep twice as many units of idle slabs, if
 * the cache limit leaves credit. hak_credit_keep_less() lets the thread keep only as
 * many as a new thread, and gives the credit back. The keeper may call
 * hak_credit_keep_less() for a claimed tcache.
 */
void hak_credit_keep_more(struct hak_tcache *tcache);
void hak_credit_keep_less(struct hak_tcache *tcache);

/* In a fork child: this tcache has no credit, because its thread is missing. */
void hak_credit_forget(struct hak_tcache *tcache);

/* In a fork child: only `own`, the forking thread's tcache, has credit. */
void hak_credit_after_fork(const struct hak_tcache *own);

/* The bytes of credit that all threads have. */
uint64_t hak_credit_given(void);
