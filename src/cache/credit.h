/* SPDX-License-Identifier: MIT */
/*
 * credit.h - the budget of the process for what threads cache.
 *
 * The capacity of all bins, and the idle slabs that threads keep, count. Each
 * thread has a small allowance. Above the allowance a thread asks for credit, in
 * slow calls only. A bin that was too small grows, as long as the budget has room
 * for four times as much. The sum over all threads is at most the budget, and the
 * allowance of each thread.
 */
#pragma once

#include "cache/tcache.h"

#include <stdbool.h>
#include <stdint.h>

/* May the bins hold `bytes` more? If so, the bytes are charged. */
bool hak_credit_charge(struct hak_tcache *tcache, uint32_t bytes);

/* The bins hold `bytes` less. Much unused credit goes back. */
void hak_credit_discharge(struct hak_tcache *tcache, uint32_t bytes);

/* What the bins may hold more without further credit. */
uint32_t hak_credit_left(const struct hak_tcache *tcache);

/* Give all credit of the bins back. The bins have no capacity any more. */
void hak_credit_return(struct hak_tcache *tcache);

/*
 * Let the thread keep more idle slabs, if the budget has room; or as few as a new
 * thread. The second function is also for the keeper with a claim.
 */
void hak_credit_keep_more(struct hak_tcache *tcache);
void hak_credit_keep_less(struct hak_tcache *tcache);

/* In a fork child: a missing thread has no credit. */
void hak_credit_forget(struct hak_tcache *tcache);

/* In a fork child: only the forking thread has credit. */
void hak_credit_after_fork(const struct hak_tcache *own);

/* Bytes of credit given to all threads. */
uint64_t hak_credit_given(void);
