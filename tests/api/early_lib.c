/* SPDX-License-Identifier: MIT */
/*
 * early_lib.c - a library whose resolver calls all of malloc's relatives during
 * the program's relocation. At this time the resolver can call nothing else of
 * libc.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PLAIN, ZEROED, GROWN, ALIGNED, POSIX, TEXT, EARLY };

static char *block[EARLY];
static char *spare;
static size_t usable;
static const char *trouble;
static volatile size_t most = SIZE_MAX, three = 3;

static const char *look(void)
{
	if (trouble)
		return trouble;
	for (int i = 0; i < EARLY; i++) {
		if (!block[i] || (uintptr_t)block[i] % 16)
			return "an early block is no block";
		if (i && strcmp(block[i], "early"))
			return "an early block has lost its bytes";
	}
	if (usable < 100 || usable != malloc_usable_size(block[PLAIN]))
		return "an early block has lost its size";
	if (realloc(spare, 0))
		return "realloc to nothing gave something for an early block";
	for (int i = 0; i < EARLY; i++) {
		block[i] = realloc(block[i], i == TEXT ? 6 : 100000);
		if (i && (!block[i] || strcmp(block[i], "early")))
			return "realloc has lost the bytes of an early block";
		free(block[i]);
	}
	return NULL;
}

static void set(char *to)
{
	const char *from = "early";

	do
		*to++ = *from;
	while (*from++);
}

__attribute__((used)) static const char *(*resolve(void))(void)
{
	block[PLAIN] = malloc(100);
	usable = malloc_usable_size(block[PLAIN]);
	block[ZEROED] = calloc(1000, 100);
	for (int i = 0; i < 100000; i++)
		if (block[ZEROED][i])
			trouble = "an early calloc did not clear";
	set(block[ZEROED]);
	block[GROWN] = malloc(10);
	set(block[GROWN]);
	block[GROWN] = realloc(block[GROWN], 5000);
	block[ALIGNED] = aligned_alloc(4096, 5000);
	set(block[ALIGNED]);
	if ((uintptr_t)block[ALIGNED] % 4096 ||
	    posix_memalign((void **)&block[POSIX], 65536, 1) ||
	    (uintptr_t)block[POSIX] % 65536)
		trouble = "an early block is not aligned";
	set(block[POSIX]);
	block[TEXT] = strdup("early");
	free(malloc(1));
	free(NULL);
	free(realloc(NULL, 0));
	if (realloc(malloc(1), 0))
		trouble = "realloc of an early block to nothing is something";
	spare = malloc(1);
	/* An impossible size: malloc must refuse, not crash. */
	if (malloc(most) || calloc(most, 2) || malloc(1UL << 40) ||
	    realloc(block[PLAIN], most) || aligned_alloc(three, 1) ||
	    reallocarray(block[PLAIN], most, 2))
		trouble = "an early allocation was had that cannot be";
	return look;
}

__attribute__((visibility("hidden"))) const char *early_look(void)
	__attribute__((ifunc("resolve")));

const char *early_trouble(void);

const char *early_trouble(void)
{
	return early_look();
}
