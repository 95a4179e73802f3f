/* SPDX-License-Identifier: MIT */
/*
 * corrupted.c - writes into freed blocks and past the end of live ones: malloc
 * must never return an address the writer chose, nor a block that is in use.
 * Either nothing comes of the write, or a line that says what it found.
 */
#include <malloc.h>
#include <pthread.h>

#include "sin.h"

#define EITHER	"corrupted free list|double free|" SIN_SURVIVED
#define BLOCKS	64

static unsigned char target[4096] __attribute__((aligned(4096)));
static unsigned char *live[BLOCKS];
static size_t live_size;

/* The block freed before the poisoned one: where its link leads, likely. */
static void *before;

static void make_live(size_t size)
{
	live_size = size;
	for (int i = 0; i < BLOCKS; i++) {
		live[i] = sin_malloc(size);
		memset(live[i], i, size);
	}
}

/* Every block malloc gives now is new, ours, aligned, and nobody else's. */
static void look(size_t size, int count)
{
	unsigned char **got = calloc((size_t)count, sizeof(*got));

	for (int i = 0; i < count; i++) {
		got[i] = malloc(size);
		if (got[i] + size > target &&
		    got[i] < target + sizeof(target))
			sin_exploited("the attacker's address");
		if ((uintptr_t)got[i] % 16)
			sin_exploited("a block not aligned");
		memset(got[i], 0xb0, size);
	}
	for (int i = 0; i < BLOCKS; i++)
		for (size_t at = 0; at < live_size; at++)
			if (live[i] && live[i][at] != (unsigned char)i)
				sin_exploited("a live block handed out again");
	for (size_t at = 0; at < sizeof(target); at++)
		if (target[at] && at / 8 != 8)
			sin_exploited("the attacker's target written");
}

/* What a use after free may write into the freed block's first words. */
static void poison(void *block, int how)
{
	uintptr_t word[2] = { 0, 0 }, forged;

	memcpy(word, block, 16);
	switch (how) {
	case 0:	/* a link to the attacker's memory, plain */
		word[0] = (uintptr_t)(target + 64);
		break;
	case 1:	/* in both words, wherever the link is */
		word[0] = word[1] = (uintptr_t)(target + 64);
		break;
	case 2:	/* to a live block of the same class */
		word[0] = word[1] = (uintptr_t)live[7];
		break;
	case 3:	/* text */
		memset(word, 0x41, 16);
		break;
	case 4:	/* the end of a list, plain */
		word[0] = word[1] = 0;
		break;
	case 5:	/* protected as glibc does it */
		word[0] = (uintptr_t)(target + 64) ^ ((uintptr_t)block >> 12);
		break;
	case 6:	/* a relative link, applied to what was there */
		word[0] ^= (uintptr_t)block ^ (uintptr_t)(target + 64);
		break;
	case 7:	/* one bit, in the alignment */
		word[0] ^= 8;
		break;
	case 8:	/* one bit, far away */
		word[0] ^= (uintptr_t)1 << 46;
		break;
	case 9:	/* the link to itself */
		word[0] = word[1] = (uintptr_t)block;
		break;
	case 10: /* forged, by one who read the link and knows its meaning */
		forged = word[0] - (uintptr_t)before;
		memcpy(target + 64, &forged, sizeof(forged));
		word[0] = forged + (uintptr_t)(target + 64);
		break;
	default: /* all ones */
		memset(word, 0xff, 16);
	}
	memcpy(block, word, 16);
}

/* The size argument holds both: 1000 * size + how. */
static void last_freed(size_t arg)
{
	size_t size = arg / 1000;
	unsigned char *a, *b;

	make_live(size);
	a = sin_malloc(size);
	b = sin_malloc(size);
	sin_free(a);
	sin_free(b);
	before = a;
	poison(b, (int)(arg % 1000));
	look(size, 3000);
}

/* Freed long ago: on the slab's own list, not on the thread's. */
static void freed_long_ago(size_t arg)
{
	size_t size = arg / 1000;
	void *block[2000];

	make_live(size);
	for (int i = 0; i < 2000; i++)
		block[i] = sin_malloc(size);
	for (int i = 0; i < 2000; i++)
		sin_free(block[i]);
	for (int i = 97; i < 2000; i += 97) {
		before = block[i - 1];
		poison(block[i], (int)(arg % 1000));
	}
	look(size, 4000);
}

static void *end_all(void *list)
{
	void **block = list;

	for (int i = 0; i < 500; i++)
		sin_free(block[i]);
	return NULL;
}

/* Freed by a stranger: on the list its frees travel in. */
static void freed_by_stranger(size_t arg)
{
	size_t size = arg / 1000;
	static void *block[500];
	pthread_t thread;

	make_live(size);
	for (int i = 0; i < 500; i++)
		block[i] = sin_malloc(size);
	pthread_create(&thread, NULL, end_all, block);
	pthread_join(thread, NULL);
	for (int i = 41; i < 500; i += 41) {
		before = block[i - 1];
		poison(block[i], (int)(arg % 1000));
	}
	look(size, 2000);
}

/* The whole of a freed block; the free side must not trip either. */
static void then_free(size_t arg)
{
	size_t size = arg / 1000;
	void *block[300];

	make_live(size);
	for (int i = 0; i < 300; i++)
		block[i] = sin_malloc(size);
	for (int i = 0; i < 300; i += 2)
		sin_free(block[i]);
	for (int i = 2; i < 300; i += 2) {
		before = block[i - 2];
		poison(block[i], (int)(arg % 1000));
	}
	for (int i = 1; i < 300; i += 2)
		sin_free(block[i]);
	look(size, 1000);
}

/* 32 bytes past the end of a live block, into a free neighbour. */
static void overflow(size_t size)
{
	unsigned char *block[500];

	for (int i = 0; i < 500; i++)
		block[i] = sin_malloc(size);
	for (int i = 1; i < 500; i += 2)
		sin_free(block[i]);
	for (int i = 0; i < 500; i += 2)
		memset(ktap_opaque(block[i]) + malloc_usable_size(block[i]),
		       0x41, 32);
	look(size, 3000);
}

/* calloc trusts no zeroes that a use after free may have written over. */
static void calloc_after(size_t size)
{
	unsigned char *block[200];

	for (int i = 0; i < 200; i++)
		block[i] = sin_malloc(size);
	for (int i = 0; i < 200; i++)
		sin_free(block[i]);
	for (int i = 0; i < 200; i++)
		memset(ktap_opaque(block[i]) + 16, 0x41, size - 16);
	for (int i = 0; i < 200; i++) {
		block[i] = calloc(1, size);
		for (size_t at = 0; at < size; at++)
			if (block[i][at])
				sin_exploited("calloc of bytes not zero");
	}
}

#define WAYS(name, fn, size, ends) \
	{ name "-link", fn, size * 1000 + 0, ends }, \
	{ name "-links", fn, size * 1000 + 1, ends }, \
	{ name "-live", fn, size * 1000 + 2, ends }, \
	{ name "-text", fn, size * 1000 + 3, ends }, \
	{ name "-zero", fn, size * 1000 + 4, ends }, \
	{ name "-masked", fn, size * 1000 + 5, ends }, \
	{ name "-relative", fn, size * 1000 + 6, ends }, \
	{ name "-bit", fn, size * 1000 + 7, ends }, \
	{ name "-far-bit", fn, size * 1000 + 8, ends }, \
	{ name "-self", fn, size * 1000 + 9, ends }, \
	{ name "-known", fn, size * 1000 + 10, ends }, \
	{ name "-ones", fn, size * 1000 + 11, ends }

static const struct sin sins[] = {
	WAYS("last-freed-48", last_freed, 48, EITHER),
	WAYS("last-freed-3000", last_freed, 3000, EITHER),
	WAYS("long-ago-48", freed_long_ago, 48, EITHER),
	WAYS("long-ago-1000", freed_long_ago, 1000, EITHER),
	WAYS("by-stranger-48", freed_by_stranger, 48, EITHER),
	WAYS("then-free-48", then_free, 48, EITHER),
	{ "overflow-48", overflow, 48, EITHER },
	{ "overflow-1000", overflow, 1000, EITHER },
	{ "calloc-after-256", calloc_after, 256, SIN_SURVIVED },
	{ "calloc-after-100000", calloc_after, 100000, SIN_SURVIVED },
};

int main(int argc, char **argv)
{
	return sin_main(argc, argv, sins, sizeof(sins) / sizeof(*sins));
}
