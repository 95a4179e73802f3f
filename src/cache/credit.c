/* SPDX-License-Identifier: MIT */
/*
 * credit.c - the limit of what all threads together cache.
 *
 * Owns    the sum of the credit of all threads.
 * Locks   none: the sum is atomic, all else belongs to the tcache.
 * Calls   heap/policy.h.
 */
#include "cache/credit.h"

#include "heap/policy.h"
#include "base/atomic.h"
#include "base/bits.h"

enum {
	ALLOWANCE = 16 << 10, /* bytes of bin capacity of a thread without credit */
	GRANT = 64 << 10,     /* bytes: credit for bins is a multiple */
	IDLE_UNITS = 4,	      /* units of idle slabs of a thread without credit */
	IDLE_UNITS_MAX = 1 << 16,
};

static _Atomic uint64_t given HAK_ALIGNED(HAK_CACHE_LINE);

static uint64_t budget(void)
{
	uint64_t lent = 0;
	unsigned i;

	for (i = 0; i < hak_window.spans; i++)
		lent += hak_read_once(&hak_window.span[i].lent);
	return hak_policy_cache_bytes(lent << HAK_SUPERSLAB_SHIFT);
}

static bool take(uint64_t bytes)
{
	uint64_t seen = hak_read_once(&given);
	uint64_t most = budget();

	do {
		/* Give a quarter of the rest at most: large bins must leave some. */
		if (seen >= most || bytes > (most - seen) / 4)
			return false;
	} while (!hak_cas_weak_relaxed(&given, &seen, seen + bytes));
	return true;
}

/*
 * The sum stays at 0 at least: in a fork child the sum may be less than `bytes`,
 * because hak_credit_after_fork() counts only one tcache.
 */
static void give(uint64_t bytes)
{
	uint64_t seen = hak_read_once(&given);

	while (!hak_cas_weak_relaxed(&given, &seen,
				     seen > bytes ? seen - bytes : 0))
		;
}

static uint64_t idle_credit(const struct hak_tcache *tcache)
{
	uint32_t units = tcache->owner.idle_most;

	return units > IDLE_UNITS
		       ? (uint64_t)(units - IDLE_UNITS) << HAK_UNIT_SHIFT
		       : 0;
}

uint32_t hak_credit_left(const struct hak_tcache *tcache)
{
	uint32_t have = ALLOWANCE + tcache->credit;

	return have > tcache->charged ? have - tcache->charged : 0;
}

bool hak_credit_charge(struct hak_tcache *tcache, uint32_t bytes)
{
	uint32_t left = hak_credit_left(tcache);
	uint32_t more;

	if (bytes > left) {
		more = (uint32_t)hak_round_up(bytes - left, GRANT);
		if (!take(more))
			return false;
		tcache->credit += more;
	}
	tcache->charged += bytes;
	return true;
}

void hak_credit_discharge(struct hak_tcache *tcache, uint32_t bytes)
{
	uint32_t more;

	tcache->charged -= bytes < tcache->charged ? bytes : tcache->charged;
	/* Keep at least one GRANT unused, because the bins may soon grow again. */
	more = hak_credit_left(tcache) / GRANT;
	if (more < 2 || !tcache->credit)
		return;
	more = (more - 1) * GRANT;
	more = more < tcache->credit ? more : tcache->credit;
	tcache->credit -= more;
	give(more);
}

void hak_credit_return(struct hak_tcache *tcache)
{
	if (tcache->credit)
		give(tcache->credit);
	tcache->credit = 0;
	tcache->charged = 0;
}

void hak_credit_keep_more(struct hak_tcache *tcache)
{
	uint32_t more = tcache->owner.idle_most;

	if (more < IDLE_UNITS_MAX && take((uint64_t)more << HAK_UNIT_SHIFT))
		tcache->owner.idle_most += more;
}

void hak_credit_keep_less(struct hak_tcache *tcache)
{
	uint64_t bytes = idle_credit(tcache);

	if (bytes)
		give(bytes);
	tcache->owner.idle_most = IDLE_UNITS;
}

void hak_credit_forget(struct hak_tcache *tcache)
{
	tcache->charged = 0;
	tcache->credit = 0;
	tcache->owner.idle_most = IDLE_UNITS;
}

void hak_credit_after_fork(const struct hak_tcache *own)
{
	hak_write_once(&given, own->credit + idle_credit(own));
}

uint64_t hak_credit_given(void)
{
	return hak_read_once(&given);
}
