/* SPDX-License-Identifier: MIT */
/*
 * policy.c - every decision of taste and measurement.
 *
 * Calls   options.h.
 */
#include "heap/policy.h"

#include "heap/layout.h"
#include "base/options.h"

enum { STEP_MIN = 4 };

unsigned hak_policy_slab_blocks(size_t block_bytes, unsigned units)
{
	size_t blocks = (size_t)units * HAK_UNIT_BYTES / block_bytes;

	return blocks < HAK_SLAB_BLOCKS_MAX ? (unsigned)blocks
					    : HAK_SLAB_BLOCKS_MAX;
}

unsigned hak_policy_slab_units(size_t block_bytes)
{
	/* Enough blocks to share the cost of lending a slab, within 64 KiB. */
	size_t wanted = block_bytes <= 2048 ? 32 : 8;
	unsigned units;
	size_t bytes, waste;

	if (block_bytes >= 4 * HAK_UNIT_BYTES)
		return (unsigned)(block_bytes / HAK_UNIT_BYTES);
	for (units = 1; units < 8; units++) {
		bytes = (size_t)units * HAK_UNIT_BYTES;
		waste = bytes % block_bytes;
		if (bytes / block_bytes >= wanted && waste * 32 <= bytes)
			return units;
	}
	/* For large blocks, take the first number of units without waste. */
	while ((size_t)units * HAK_UNIT_BYTES % block_bytes)
		units++;
	return units;
}

unsigned hak_policy_cached(size_t block_bytes)
{
	/* Most programs allocate and free no more than these bytes in one go. */
	size_t bytes = block_bytes <= 32 << 10 ? 2 << 20 : 512 << 10;
	size_t blocks = bytes / block_bytes;

	/* malloc_usable_size() may search a bin of larger blocks (cache/check.c). */
	if (block_bytes >= 4096 && blocks > 64)
		blocks = 64;
	/* The largest block has cells for 64 Ki blocks, and one more (cache/bin.c). */
	if (blocks >= 64 << 10)
		blocks = (64 << 10) - 1;
	return blocks < 1 ? 1 : (unsigned)blocks;
}

uint64_t hak_policy_cache_bytes(uint64_t lent)
{
	uint64_t bytes = hak_option(HAK_OPTION_CACHE_MB) << 20;

	return lent / 16 > bytes ? lent / 16 : bytes;
}

unsigned hak_policy_lend(unsigned refills, unsigned units)
{
	/* A class in demand for long: 64 KiB at once. */
	unsigned most = refills == UINT8_MAX ? 4 / units : 1;

	return most < 1 ? 1 : most;
}

unsigned hak_policy_batch(unsigned refills, size_t block_bytes)
{
	/* Slow start: a program in need of a single block touches a single page. */
	unsigned batch = refills < 6 ? 1U << refills : 44;
	/*
	 * Four pages at most at once, because a call should not wait for many
	 * page faults. A class in demand for long has most pages already.
	 */
	size_t bytes = refills < 32 ? 16 << 10 : 64 << 10;
	size_t most = bytes / block_bytes;

	if (most < 1)
		most = 1;
	return batch < most ? batch : (unsigned)most;
}

size_t hak_policy_ahead(unsigned refills, size_t block_bytes)
{
	/* A class in demand will draw the rest of the slab too. */
	return refills >= 6 && block_bytes <= 4096 ? 64 << 10 : 0;
}

bool hak_policy_own_slab(unsigned refills, unsigned tcaches)
{
	/* Many threads with a block or two of a class share the slabs of the class. */
	return tcaches <= 4 || refills >= 3;
}

bool hak_policy_coarse(unsigned units)
{
	/*
	 * Above 256 KiB. Slabs stay for long. A freed long row between slabs leaves
	 * a hole, and other long rows seldom fit into the hole.
	 */
	return units > 16;
}

bool hak_policy_own_superslab(unsigned slab_units, int32_t class_units)
{
	/*
	 * From 16 MiB on, half an empty superslab is little. The units behind
	 * the last slab of a superslab are lost: at most a thirty-second part.
	 */
	return class_units >= 8 * HAK_UNITS &&
	       HAK_UNITS % slab_units * 32 <= HAK_UNITS;
}

bool hak_policy_affords(uint32_t own, uint32_t held)
{
	/*
	 * A node with less than 32 MiB of slabs affords no superslab of a single
	 * class.
	 */
	return own + HAK_UNITS <= held / 16;
}

bool hak_policy_shares(uint32_t own, uint32_t held)
{
	return own > held / 8 + HAK_UNITS;
}

bool hak_policy_fills(uint32_t mixed, uint32_t held)
{
	/* More than the superslab that is being filled, and a few holes. */
	return mixed > held / 64 + HAK_UNITS;
}

static bool gives_back(void)
{
	return hak_option(HAK_OPTION_SS_MEM_LEAN) &&
	       hak_option(HAK_OPTION_DECOMMIT) != HAK_DECOMMIT_OFF;
}

bool hak_policy_keeps_rows(uint32_t limit)
{
	/*
	 * Kept rows are up to 8 MiB of warm memory for each node: too much for a
	 * limit of 64 MiB, and for an equally small budget.
	 */
	if (limit < 32)
		return false;
	return hak_option(HAK_OPTION_KEEP_MB) >= 4 || !gives_back();
}

uint32_t hak_policy_step(uint32_t need, uint32_t mapped)
{
	/* A quarter more each time: few calls, little mapped in vain. */
	uint32_t step = mapped / 4;

	if (step > 512)
		step = 512;
	/*
	 * The first step has the superslabs with small pages, or all memory of a
	 * small program.
	 */
	if (step < STEP_MIN)
		step = STEP_MIN;
	return need > step ? need : step;
}

bool hak_policy_huge_pages(size_t bytes)
{
	/*
	 * In a longer huge page a single byte would cost more than a superslab,
	 * the least memory given back at once.
	 */
	return hak_option(HAK_OPTION_HUGE) != HAK_HUGE_OFF &&
	       bytes <= HAK_SUPERSLAB_BYTES;
}

uint32_t hak_policy_small_pages(void)
{
	/* 8 MiB: small programs never use more. */
	return hak_option(HAK_OPTION_PROFILE) == HAK_PROFILE_SPEED ? 0 : 4;
}

uint32_t hak_policy_prewarm(void)
{
	return (uint32_t)hak_option(HAK_OPTION_PREWARM);
}

uint32_t hak_policy_keep_large(uint32_t share)
{
	/* A large block needs more than a single superslab. */
	return share > 1 ? share : 0;
}

uint32_t hak_policy_keep(uint32_t lent, uint32_t missed)
{
	uint32_t keep = (uint32_t)(hak_option(HAK_OPTION_KEEP_MB) >> 1);
	uint64_t percent = hak_option(HAK_OPTION_KEEP_PERCENT);
	uint32_t share = (uint32_t)(lent * percent / 100);

	if (!gives_back())
		return UINT32_MAX;
	if (keep < share)
		keep = share;
	if (!percent)
		return keep;
	/*
	 * A program pays once for memory needed again after a free: from then on
	 * hakmem keeps more, but at most half of the lent memory in addition.
	 */
	return keep + (missed < lent / 2 ? missed : lent / 2);
}

uint32_t hak_policy_limit(uint64_t bytes)
{
	uint64_t superslabs = bytes >> HAK_SUPERSLAB_SHIFT;

	return superslabs < UINT32_MAX ? (uint32_t)superslabs : UINT32_MAX;
}

static uint32_t less(uint32_t from, uint32_t what)
{
	return from > what ? from - what : 0;
}

uint32_t hak_policy_bound(uint32_t lent)
{
	uint64_t target = hak_option(HAK_OPTION_TARGET_MB);

	if (!target || hak_option(HAK_OPTION_DECOMMIT) == HAK_DECOMMIT_OFF)
		return UINT32_MAX;
	return less((uint32_t)(target >> 1), lent);
}

uint32_t hak_policy_room(uint32_t lent, uint32_t limit)
{
	uint32_t room;

	if (limit == UINT32_MAX ||
	    hak_option(HAK_OPTION_DECOMMIT) == HAK_DECOMMIT_OFF)
		return UINT32_MAX;
	/*
	 * Much of the lent memory is untouched: otherwise the process would be over
	 * the limit.
	 */
	if (lent >= limit)
		return limit / 16;
	/* Leave an eighth to memory outside of hakmem, however much is lent. */
	room = less(limit - limit / 8, lent);
	/*
	 * The program takes other memory without notice, and the kernel kills
	 * without asking.
	 */
	return limit / 8 < room ? limit / 8 : room;
}

uint32_t hak_policy_addresses(uint32_t lent)
{
	/*
	 * Keep more than a step: otherwise the next lending would map a step again
	 * at once.
	 */
	return lent / 2 + 32;
}

bool hak_policy_worth_a_look(uint32_t warm)
{
	/* The amount kept by default: 64 MiB. */
	return warm > 32 && !gives_back() &&
	       hak_option(HAK_OPTION_DECOMMIT) != HAK_DECOMMIT_OFF;
}

bool hak_policy_sparse(unsigned free, unsigned resident, unsigned least)
{
	/* 128 KiB of pages are worth a few calls. */
	return free >= least && 16 * resident >= HAK_UNITS;
}

static bool is_lean(void)
{
	return hak_option(HAK_OPTION_PROFILE) == HAK_PROFILE_LEAN;
}

unsigned hak_policy_sparse_short(void)
{
	/* Half a huge page of free units is worth the loss of the huge page. */
	return HAK_UNITS / 2;
}

unsigned hak_policy_sparse_trim(void)
{
	/*
	 * Clearly more free units than in a dense superslab: a dense superslab gets
	 * a huge page.
	 */
	return HAK_UNITS * 3 / 16;
}

unsigned hak_policy_sparse_calm(void)
{
	return is_lean() ? hak_policy_sparse_trim() : hak_policy_sparse_short();
}

bool hak_policy_sparse_at_once(void)
{
	/* Otherwise a delay: most superslabs that become half free are soon empty. */
	return is_lean();
}

bool hak_policy_dense(unsigned free)
{
	/* Most of the huge page is in use. */
	return 8 * free <= HAK_UNITS;
}

uint32_t hak_policy_delay(void)
{
	return (uint32_t)hak_option(HAK_OPTION_DECOMMIT_DELAY);
}
