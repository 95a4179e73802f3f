/* SPDX-License-Identifier: MIT */
/*
 * mix.h - the mixed load: a random block of a ring is freed, and another of
 * 16..1024 bytes takes its place; every block is written and read back.
 */
#pragma once

#include "load.h"

static inline void *mix_get(void **slot, uint64_t r)
{
	return load_get(16 + load_below(r, 1009), (uintptr_t)slot);
}

static inline void mix_step(void **ring, uint32_t nr, uint64_t *random)
{
	uint64_t r = load_random(random);
	void **slot = &ring[load_below(r, nr)];

	load_put(*slot, (uintptr_t)slot);
	*slot = mix_get(slot, r >> 32);
}

/* A ring of NR blocks, which is not allocated, after two turns of them. */
static inline void **mix_start(uint32_t nr, uint64_t *random)
{
	void **ring = load_table(nr * sizeof(*ring));

	for (uint32_t i = 0; i < nr; i++)
		ring[i] = mix_get(&ring[i], load_random(random));
	for (uint32_t i = 0; i < 2 * nr; i++)
		mix_step(ring, nr, random);
	return ring;
}

static inline void mix_end(void **ring, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++)
		load_put(ring[i], (uintptr_t)&ring[i]);
}
