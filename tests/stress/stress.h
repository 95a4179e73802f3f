/* SPDX-License-Identifier: MIT */
/*
 * stress.h - blocks with self-checking contents: size and seed in the first
 * sixteen bytes, and bytes computed from the seed behind them. Tests check a
 * block when it changes its owner or size, or is freed.
 */
#pragma once

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "../ktap.h"

/* A number from the environment: a duration or a count. */
static KTAP_UNUSED long stress_param(const char *name, long normally)
{
	const char *text = getenv(name);

	return text && *text ? strtol(text, NULL, 10) : normally;
}

static KTAP_UNUSED uint64_t stress_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static KTAP_UNUSED double stress_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Resident KiB of this process; allocates nothing. */
static KTAP_UNUSED long stress_rss(void)
{
	char text[128];
	long pages = 0;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[len > 0 ? len : 0] = '\0';
	if (sscanf(text, "%*d %ld", &pages) != 1)
		return 0;
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/*
 * With a sanitizer the resident size says nothing: the shadow memory grows with
 * all memory that was ever touched.
 */
#ifdef KTAP_LINKED
#define STRESS_RSS_COUNTS 0
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	/* allow threads in a fork child */
	return "die_after_fork=0";
}
#else
#define STRESS_RSS_COUNTS 1
#endif

/*
 * Report a result on resident size, unless a sanitizer makes the size
 * meaningless.
 */
static KTAP_UNUSED void stress_rss_result(bool ok, const char *what,
					  long before, long after)
{
	if (STRESS_RSS_COUNTS)
		ksft_test_result(ok, "%s (%ld -> %ld KiB)", what, before,
				 after);
	else
		ksft_test_result_skip("under a sanitizer", "%s", what);
}

struct stress_head {
	uint64_t size, seed;
};

#define STRESS_LEAST	sizeof(struct stress_head)

/* Mostly small sizes; about every 500th block is large enough for its own run. */
static KTAP_UNUSED size_t stress_size(uint64_t *state)
{
	uint64_t dice = stress_random(state), top;

	if (dice % 4096 == 0)
		top = 6 << 20;
	else if (dice % 512 == 0)
		top = 1 << 20;
	else if (dice % 32 == 0)
		top = 40000;
	else if (dice % 4 == 0)
		top = 2000;
	else
		top = 200;
	return STRESS_LEAST + (size_t)(dice >> 20) % top;
}

/* Cover all of a small block; of a big block both ends and a word of each page. */
static size_t stress_step(size_t at, size_t size)
{
	return at < 2048 || at + 2048 > size ? 8 : 4096 - 8;
}

static KTAP_UNUSED void stress_write(void *block, size_t size, uint64_t seed)
{
	struct stress_head head = { size, seed };

	memcpy(block, &head, sizeof(head));
	for (size_t at = sizeof(head); at < size;
	     at += stress_step(at, size)) {
		uint64_t word = (at ^ seed) * 0x9e3779b97f4a7c15u;

		memcpy((char *)block + at, &word,
		       size - at < 8 ? size - at : 8);
	}
}

/*
 * Check the first `have` bytes of a block that was written with the size in its
 * head.
 */
static bool stress_whole_to(const void *block, size_t have)
{
	struct stress_head head;

	memcpy(&head, block, sizeof(head));
	for (size_t at = sizeof(head); at < head.size;
	     at += stress_step(at, head.size)) {
		uint64_t word = (at ^ head.seed) * 0x9e3779b97f4a7c15u;
		size_t len = head.size - at < 8 ? head.size - at : 8;

		if (at + len > have)
			break;
		if (memcmp((const char *)block + at, &word, len))
			return false;
	}
	return true;
}

/* End the test at once if the block has changed. */
static KTAP_UNUSED void stress_check(const void *block, size_t size)
{
	struct stress_head head;

	memcpy(&head, block, sizeof(head));
	if (head.size != size || !stress_whole_to(block, size)) {
		ksft_print_msg("block %p of %zu: head says %#lx, seed %#lx",
			       block, size, (unsigned long)head.size,
			       (unsigned long)head.seed);
		ksft_exit_fail_msg("a live block was changed");
	}
}

static KTAP_UNUSED size_t stress_size_of(const void *block)
{
	struct stress_head head;

	memcpy(&head, block, sizeof(head));
	return head.size;
}

static KTAP_UNUSED void stress_free(void *block)
{
	if (block)
		stress_check(block, stress_size_of(block));
	free(block);
}

static KTAP_UNUSED bool stress_zero(const unsigned char *block, size_t size)
{
	return !block[0] && !memcmp(block, block + 1, size - 1);
}

/* Allocate a block in a random way and write its contents. */
static KTAP_UNUSED void *stress_make(uint64_t *state)
{
	size_t size = stress_size(state), align = 16;
	uint64_t dice = stress_random(state);
	void *block = NULL;

	switch (dice % 16) {
	case 0: case 1: case 2:
		block = calloc(1, size);
		if (block && !stress_zero(block, size))
			ksft_exit_fail_msg("calloc(%zu) is not zero", size);
		break;
	case 3:
		align = (size_t)16 << (dice >> 8) % 10;
		block = memalign(align, size);
		break;
	case 4:
		align = (size_t)16 << (dice >> 8) % 14;
		if (posix_memalign(&block, align, size))
			block = NULL;
		break;
	case 5:
		block = realloc(NULL, size);
		break;
	default:
		block = malloc(size);
	}
	if (!block)
		ksft_exit_fail_msg("no memory for %zu bytes", size);
	if ((uintptr_t)block % align)
		ksft_exit_fail_msg("%p is not aligned to %zu", block, align);
	stress_write(block, size, dice);
	return block;
}

static KTAP_UNUSED void *stress_resize(void *block, uint64_t *state)
{
	size_t old = stress_size_of(block), size = stress_size(state);

	stress_check(block, old);
	block = realloc(block, size);
	if (!block)
		ksft_exit_fail_msg("no memory for %zu bytes", size);
	if (stress_size_of(block) != old ||
	    !stress_whole_to(block, old < size ? old : size))
		ksft_exit_fail_msg("realloc %zu -> %zu lost bytes", old, size);
	stress_write(block, size, stress_random(state));
	return block;
}
