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
	/* The least number of blocks that should share the cost of lending a slab. */
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
	/*
	 * The blocks are too large for these rules. Take the first number of units
	 * without waste.
	 */
	while ((size_t)units * HAK_UNIT_BYTES % block_bytes)
		units++;
	return units;
}

unsigned hak_policy_cached(size_t block_bytes)
{
	/*
	 * Most programs do not allocate or free more than these bytes of a class in
	 * one go.
	 */
	size_t bytes = block_bytes <= 32 << 10 ? 2 << 20 : 512 << 10;
	size_t blocks = bytes / block_bytes;

	/*
	 * malloc_usable_size() may search a bin of blocks of 4 KiB and more
	 * (cache/check.c), so limit the length of the search.
	 */
	if (block_bytes >= 4096 && blocks > 64)
		blocks = 64;
	/*
	 * A bin's cells lie in one block. The largest block has 64 Ki cells, and a
	 * bin needs one cell more than blocks (cache/bin.c).
	 */
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
	/*
	 * The count of refills stops at 255. So many refills show that the thread
	 * needs many blocks of the class: lend 64 KiB at once.
	 */
	unsigned most = refills == UINT8_MAX ? 4 / units : 1;

	return most < 1 ? 1 : most;
}

unsigned hak_policy_batch(unsigned refills, size_t block_bytes)
{
	/*
	 * Begin with few blocks, because a program in need of a single block should
	 * touch only a single page.
	 */
	unsigned batch = refills < 6 ? 1U << refills : 44;
	/*
	 * In the first 32 refills, draw at most 16 KiB (four pages) at once,
	 * because a call should not wait for many page faults. Later most pages of
	 * the slabs are already populated, so draw up to 64 KiB.
	 */
	size_t bytes = refills < 32 ? 16 << 10 : 64 << 10;
	size_t most = bytes / block_bytes;

	if (most < 1)
		most = 1;
	return batch < most ? batch : (unsigned)most;
}

size_t hak_policy_ahead(unsigned refills, size_t block_bytes)
{
	/*
	 * After six refills the thread will probably draw the rest of the slab too.
	 */
	return refills >= 6 && block_bytes <= 4096 ? 64 << 10 : 0;
}

bool hak_policy_own_slab(unsigned refills, unsigned tcaches)
{
	/*
	 * If many threads need only a few blocks of a class, a slab for each thread
	 * would waste memory.
	 */
	return tcaches <= 4 || refills >= 3;
}

bool hak_policy_coarse(unsigned units)
{
	/*
	 * Rows above 256 KiB are long. Slabs stay for a long time. A freed long row
	 * between slabs leaves a hole, and other long rows seldom fit into the
	 * hole.
	 */
	return units > 16;
}

bool hak_policy_own_superslab(unsigned slab_units, int32_t class_units)
{
	/*
	 * On average half of the class's last superslab is free. This is little for
	 * a class with 16 MiB or more. The units behind the last slab of a
	 * superslab are lost, so allow at most a thirty-second part of the
	 * superslab.
	 */
	return class_units >= 8 * HAK_UNITS &&
	       HAK_UNITS % slab_units * 32 <= HAK_UNITS;
}

bool hak_policy_affords(uint32_t own, uint32_t held)
{
	/*
	 * By this rule, a node with less than 32 MiB of slabs may have no superslab
	 * for a single class.
	 */
	return own + HAK_UNITS <= held / 16;
}

bool hak_policy_shares(uint32_t own, uint32_t held)
{
	return own > held / 8 + HAK_UNITS;
}

bool hak_policy_fills(uint32_t mixed, uint32_t held)
{
	/*
	 * Are there more free units than in one superslab that is being filled, and
	 * in a few holes?
	 */
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
	 * Kept rows are up to 8 MiB of resident memory for each node. This is too
	 * much for a process with a limit below 64 MiB (32 superslabs), or with a
	 * budget below 4 MiB.
	 */
	if (limit < 32)
		return false;
	return hak_option(HAK_OPTION_KEEP_MB) >= 4 || !gives_back();
}

uint32_t hak_policy_step(uint32_t need, uint32_t mapped)
{
	/*
	 * Map a quarter more each time, so that there are few calls, and little is
	 * mapped in vain.
	 */
	uint32_t step = mapped / 4;

	if (step > 512)
		step = 512;
	/*
	 * The first step has the superslabs with small pages. A small program needs
	 * no more.
	 */
	if (step < STEP_MIN)
		step = STEP_MIN;
	return need > step ? need : step;
}

bool hak_policy_huge_pages(size_t bytes)
{
	/*
	 * If a huge page is longer than a superslab, a single touched byte
	 * populates more than a superslab, which is the least that hakmem gives
	 * back at once.
	 */
	return hak_option(HAK_OPTION_HUGE) != HAK_HUGE_OFF &&
	       bytes <= HAK_SUPERSLAB_BYTES;
}

uint32_t hak_policy_small_pages(void)
{
	/* Four superslabs are 8 MiB, and small programs never use more. */
	return hak_option(HAK_OPTION_PROFILE) == HAK_PROFILE_SPEED ? 0 : 4;
}

uint32_t hak_policy_prewarm(void)
{
	return (uint32_t)hak_option(HAK_OPTION_PREWARM);
}

uint32_t hak_policy_keep_large(uint32_t share)
{
	/*
	 * A large block needs at least two superslabs, so a single superslab is
	 * useless.
	 */
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
	 * If a program soon needs decommitted memory again, the program pays for
	 * this only once, because from then on hakmem keeps more, but at most half
	 * of the lent memory in addition.
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
	 * If the lent superslabs exceed the limit, much of the lent memory is
	 * untouched. Otherwise the kernel would have killed the process.
	 */
	if (lent >= limit)
		return limit / 16;
	/*
	 * Leave an eighth of the limit to memory that is not hakmem's, however much
	 * is lent.
	 */
	room = less(limit - limit / 8, lent);
	/*
	 * Keep no more than an eighth of the limit, because the program may map
	 * other memory without hakmem's knowledge, and the kernel kills a process
	 * that exceeds the limit.
	 */
	return limit / 8 < room ? limit / 8 : room;
}

uint32_t hak_policy_addresses(uint32_t lent)
{
	/*
	 * Keep more superslabs than the next step would have. Otherwise the next
	 * lending would map a step again at once.
	 */
	return lent / 2 + 32;
}

bool hak_policy_worth_a_look(uint32_t warm)
{
	/*
	 * hakmem keeps 64 MiB (32 superslabs) by default in any case. If hakmem
	 * gives memory back without memory pressure, the keeper need not wait for
	 * memory pressure.
	 */
	return warm > 32 && !gives_back() &&
	       hak_option(HAK_OPTION_DECOMMIT) != HAK_DECOMMIT_OFF;
}

bool hak_policy_sparse(unsigned free, unsigned resident, unsigned least)
{
	/* Pages of 128 KiB (8 units) are worth a few system calls. */
	return free >= least && 16 * resident >= HAK_UNITS;
}

static bool is_lean(void)
{
	return hak_option(HAK_OPTION_PROFILE) == HAK_PROFILE_LEAN;
}

unsigned hak_policy_sparse_short(void)
{
	/*
	 * If half of the units are free, their memory is worth the loss of the huge
	 * page.
	 */
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
	/*
	 * In other profiles the units go after a delay, because most superslabs
	 * that become half free are soon empty.
	 */
	return is_lean();
}

bool hak_policy_dense(unsigned free)
{
	/* At least seven eighths of the units are in use. */
	return 8 * free <= HAK_UNITS;
}

uint32_t hak_policy_delay(void)
{
	return (uint32_t)hak_option(HAK_OPTION_DECOMMIT_DELAY);
}
