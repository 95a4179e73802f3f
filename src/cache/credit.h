/* SPDX-License-Identifier: MIT */
/*
 * credit.h - the budget of the process for the caches of threads.
 *
 * The budget limits the capacity of all bins, and the idle slabs kept by threads.
 * Each thread has a small allowance. For more the thread takes credit, in slow
 * calls only. The thread gets credit only if the budget has room for four times as
 * much. So all threads together cache at most the budget and the allowances.
 */
#pragma once

#include "cache/tcache.h"

#include <stdbool.h>
#include <stdint.h>

/* Charge `bytes` more capacity to the thread; false if there is no credit. */
bool hak_credit_charge(struct hak_tcache *tcache, uint32_t bytes);

/* The capacity of the bins is `bytes` smaller. Much unused credit goes back. */
void hak_credit_discharge(struct hak_tcache *tcache, uint32_t bytes);

/* The bytes by which the bins may grow without further credit. */
uint32_t hak_credit_left(const struct hak_tcache *tcache);

/* Give all credit of the bins back. The bins have no capacity any more. */
void hak_credit_return(struct hak_tcache *tcache);

/*
 * hak_credit_keep_more() lets the thread keep more idle slabs, if the budget has
 * room; hak_credit_keep_less() only as few as a new thread. The keeper may call
 * hak_credit_keep_less() for a claimed tcache.
 */
void hak_credit_keep_more(struct hak_tcache *tcache);
void hak_credit_keep_less(struct hak_tcache *tcache);

/* In a fork child: a missing thread has no credit. */
void hak_credit_forget(struct hak_tcache *tcache);

/* In a fork child: only the forking thread has credit. */
void hak_credit_after_fork(const struct hak_tcache *own);

/* Bytes of credit given to all threads. */
uint64_t hak_credit_given(void);
