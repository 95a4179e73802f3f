/* SPDX-License-Identifier: MIT */
/*
 * mix.h - a checked mix of malloc, calloc, realloc, aligned_alloc and free.
 *
 * Sizes from 1 byte to 12 MiB, mostly small. Every step checks contents, zeroes,
 * alignment, ENOMEM, and errno, which free must keep.
 */
#pragma once

#include "util.h"

#define MIX_SLOTS 128

struct mix {
	unsigned char *block[MIX_SLOTS];
	size_t bytes[MIX_SLOTS];
	uint64_t rng;
	long refused;	/* allocations that returned NULL */
	long wrong;	/* violations of the rules */
};

static UTIL_UNUSED uint64_t mix_random(struct mix *m)
{
	m->rng ^= m->rng << 13;
	m->rng ^= m->rng >> 7;
	m->rng ^= m->rng << 17;
	return m->rng;
}

static UTIL_UNUSED void mix_wrong(struct mix *m, const char *what, size_t bytes)
{
	if (!m->wrong++)
		ksft_print_msg("%s, block of %zu bytes", what, bytes);
}

/* writes every byte of a small block, and every 509th byte of a big block */
static UTIL_UNUSED void mix_paint(unsigned char *block, size_t bytes, int slot)
{
	size_t step = bytes <= 2 * KIB ? 1 : 509;

	for (size_t i = 0; i < bytes; i += step)
		block[i] = (unsigned char)(slot + i / step);
	block[bytes - 1] = (unsigned char)~slot;
}

static UTIL_UNUSED bool mix_painted(const unsigned char *block, size_t bytes,
				    int slot)
{
	size_t step = bytes <= 2 * KIB ? 1 : 509;

	for (size_t i = 0; i + 1 < bytes; i += step)
		if (block[i] != (unsigned char)(slot + i / step))
			return false;
	return true;
}

static UTIL_UNUSED bool all_zero(const unsigned char *block, size_t bytes)
{
	return !bytes || (!block[0] && !memcmp(block, block + 1, bytes - 1));
}

static UTIL_UNUSED void mix_free(struct mix *m, int slot)
{
	unsigned char *block = m->block[slot];

	if (!block)
		return;
	if (!mix_painted(block, m->bytes[slot], slot) ||
	    block[m->bytes[slot] - 1] != (unsigned char)~slot)
		mix_wrong(m, "contents lost", m->bytes[slot]);
	m->block[slot] = NULL;
	errno = SENTINEL;
	free(ktap_opaque(block));
	if (errno != SENTINEL)
		mix_wrong(m, "free changed errno", m->bytes[slot]);
}

static UTIL_UNUSED size_t mix_size(struct mix *m)
{
	uint64_t r = mix_random(m), kind = r % 64;

	r >>= 8;
	if (kind < 40)
		return 1 + r % 1024;
	if (kind < 58)
		return 1 + r % (32 * KIB);
	if (kind < 63)
		return 1 + r % (512 * KIB);
	return 1 + r % (r % 8 ? 2 * MIB : 12 * MIB);
}

static UTIL_UNUSED void mix_alloc(struct mix *m, int slot)
{
	size_t bytes = mix_size(m);
	unsigned char *block;

	errno = 0;
	switch (mix_random(m) % 8) {
	case 0:
		block = calloc(1, bytes);
		if (block && !all_zero(block, bytes))
			mix_wrong(m, "calloc not zero", bytes);
		break;
	case 1:
		block = aligned_alloc(256, bytes);
		if ((uintptr_t)block % 256)
			mix_wrong(m, "not aligned", bytes);
		break;
	default:
		block = malloc(bytes);
	}
	if (!block) {
		m->refused++;
		if (errno != ENOMEM)
			mix_wrong(m, "NULL without ENOMEM", bytes);
		return;
	}
	mix_paint(block, bytes, slot);
	m->block[slot] = block;
	m->bytes[slot] = bytes;
}

static UTIL_UNUSED void mix_realloc(struct mix *m, int slot)
{
	size_t old = m->bytes[slot], bytes = mix_size(m);
	unsigned char *block;
	size_t kept;

	/* the old and the new size must use the same painting step */
	if (old > 2 * KIB || bytes > 2 * KIB)
		bytes += 2 * KIB + 1;
	if ((old > 2 * KIB) != (bytes > 2 * KIB))
		return;
	kept = old < bytes ? old : bytes;
	errno = 0;
	block = realloc(m->block[slot], bytes);
	if (!block) {
		m->refused++;
		if (errno != ENOMEM)
			mix_wrong(m, "realloc NULL without ENOMEM", bytes);
		return;
	}
	if (kept > 1 && !mix_painted(block, kept, slot))
		mix_wrong(m, "realloc lost contents", bytes);
	mix_paint(block, bytes, slot);
	m->block[slot] = block;
	m->bytes[slot] = bytes;
}

/* do OPS steps; live blocks stay live until mix_end */
static UTIL_UNUSED void mix_run(struct mix *m, long ops)
{
	if (!m->rng)
		m->rng = 0x9e3779b97f4a7c15u;
	while (ops-- > 0) {
		int slot = (int)(mix_random(m) % MIX_SLOTS);

		if (m->block[slot] && mix_random(m) % 8 == 0) {
			mix_realloc(m, slot);
			continue;
		}
		mix_free(m, slot);
		mix_alloc(m, slot);
	}
}

/*
 * frees all blocks; returns 0 if there were no violations and, unless allowed,
 * no refusals
 */
static UTIL_UNUSED int mix_end(struct mix *m, bool may_refuse)
{
	for (int slot = 0; slot < MIX_SLOTS; slot++)
		mix_free(m, slot);
	if (m->refused && !may_refuse)
		ksft_print_msg("%ld allocations refused", m->refused);
	return m->wrong || (m->refused && !may_refuse);
}
