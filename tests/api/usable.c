/* SPDX-License-Identifier: MIT */
/*
 * usable.c - what malloc_usable_size says may be written in full without a
 * neighbour noticing, for blocks of every origin. (systemd does so.)
 */
#include <malloc.h>
#include <stdint.h>

#include "../ktap.h"

#define BLOCKS	400

struct held {
	unsigned char *block;
	size_t usable;
};

static struct held held[BLOCKS];

static void *by_malloc(size_t size) { return malloc(size); }
static void *by_calloc(size_t size) { return calloc(1, size); }
static void *by_realloc(size_t size) { return realloc(malloc(1), size); }
static void *by_memalign_64(size_t size) { return memalign(64, size); }
static void *by_memalign_page(size_t size) { return memalign(4096, size); }
static void *by_memalign_64k(size_t size) { return memalign(65536, size); }

static void *shrunk(size_t size)
{
	return realloc(malloc(size * 3 / 2 + 1), size);
}

static const struct origin {
	const char *name;
	void *(*get)(size_t size);
} origins[] = {
	{ "malloc", by_malloc }, { "calloc", by_calloc },
	{ "realloc", by_realloc }, { "a shrunk block", shrunk },
	{ "memalign 64", by_memalign_64 },
	{ "memalign 4096", by_memalign_page },
	{ "memalign 65536", by_memalign_64k },
};

static size_t fill_all(const struct origin *origin, size_t size)
{
	size_t bad = 0;

	for (int i = 0; i < BLOCKS; i++) {
		held[i].block = origin->get(size + (size_t)i % 5);
		if (!held[i].block)
			ksft_exit_fail_msg("%s(%zu)", origin->name, size);
		held[i].usable = malloc_usable_size(held[i].block);
		bad += held[i].usable < size + (size_t)i % 5;
		memset(held[i].block, i, held[i].usable);
	}
	return bad;
}

static size_t check_all(void)
{
	size_t bad = 0;

	for (int i = 0; i < BLOCKS; i++) {
		const unsigned char *block = held[i].block;

		bad += malloc_usable_size(held[i].block) != held[i].usable;
		for (size_t at = 0; at < held[i].usable; at++)
			if (block[at] != (unsigned char)i) {
				bad++;
				break;
			}
	}
	return bad;
}

static void origin_test(const struct origin *origin)
{
	size_t bad = 0;

	for (size_t size = 1; size < 60000; size = size * 3 / 2 + 1) {
		bad += fill_all(origin, size);
		bad += check_all();
		/* the odd ones go and come back: their neighbours stay whole */
		for (int i = 1; i < BLOCKS; i += 2)
			free(held[i].block);
		for (int i = 1; i < BLOCKS; i += 2) {
			held[i].block = origin->get(size);
			held[i].usable = malloc_usable_size(held[i].block);
			memset(held[i].block, i, held[i].usable);
		}
		bad += check_all();
		for (int i = 0; i < BLOCKS; i++)
			free(held[i].block);
	}
	ksft_test_result(!bad, "usable size of %s is written in full",
			 origin->name);
}

static void big(void)
{
	size_t bad = 0;

	for (size_t size = 100000; size < 60 << 20; size = size * 2 + 777) {
		struct held pair[4];

		for (int i = 0; i < 4; i++) {
			pair[i].block = i % 2 ? malloc(size) :
						memalign(1 << 16, size);
			pair[i].usable = malloc_usable_size(pair[i].block);
			memset(pair[i].block, i + 1, pair[i].usable);
		}
		for (int i = 0; i < 4; i++) {
			const unsigned char *block = pair[i].block;
			size_t last = pair[i].usable - 1;

			bad += last + 1 < size;
			for (size_t at = 0; at <= last; at += 509)
				bad += block[at] != i + 1;
			bad += block[last] != i + 1;
			free(pair[i].block);
		}
	}
	ksft_test_result(!bad, "usable size of big blocks is written in full");
}

int main(int argc, char **argv)
{
	size_t count = sizeof(origins) / sizeof(*origins);

	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan((unsigned int)count + 2);
	ksft_test_result(malloc_usable_size(NULL) == 0,
			 "malloc_usable_size(NULL) is 0");
	for (size_t i = 0; i < count; i++)
		origin_test(&origins[i]);
	big();
	return ksft_finished();
}
