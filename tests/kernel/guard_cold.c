/* SPDX-License-Identifier: MIT */
/*
 * guard_cold.c - memory that the process freed and the library gave back under a
 * guard, and the announcement of a touch.
 */
#include "guard.h"

#include <malloc.h>
#include <sys/prctl.h>

void guard_give_up(const char *why)
{
	ksft_print_msg("%s; guarded %lu, unguarded %lu, touched %lu, mode %d",
		       why, ktap_stat(HAK_STAT_GUARDED),
		       ktap_stat(HAK_STAT_UNGUARDED),
		       ktap_stat(HAK_STAT_TOUCHED),
		       atomic_load(&guard_stats()->guard));
	_exit(1);
}

void cold_fill(struct cold *cold, bool zero)
{
	for (size_t i = 0; i < cold->count; i++) {
		char *block = zero ? calloc(1, cold->size) : malloc(cold->size);

		if (!block)
			guard_give_up("no memory");
		for (size_t at = 0; zero && at < cold->size; at++)
			if (block[at])
				guard_give_up("calloc of bytes not zero");
		memset(block, 0x5a, cold->size);
		cold->block[i] = block;
	}
	cold->usable = malloc_usable_size(cold->block[0]);
}

void cold_drain(struct cold *cold)
{
	for (size_t i = 0; i < cold->count; i++)
		free(ktap_opaque(cold->block[i]));
}

bool cold_make(struct cold *cold, size_t size)
{
	enum hak_mode mode = guard_mode();	/* it is on by then */
	long before = (long)ktap_stat(HAK_STAT_GUARDED);
	/* what is full of its blocks; some stay with the thread's cache */
	long least = (long)(COLD_BYTES / SUPERSLAB) * 3 / 4;

	cold->size = size;
	cold->count = COLD_BYTES / size;
	cold->block = mmap(NULL, cold->count * sizeof(char *),
			   PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (cold->block == MAP_FAILED || mode == HAK_MODE_OFF)
		return false;
	cold_fill(cold, false);
	cold_drain(cold);
	return ktap_await(guarded_from, before + least, PATIENCE);
}

char *cold_pick(const struct cold *cold, bool (*suits)(const char *block))
{
	char *last = NULL, *block;

	for (size_t i = cold->count / 2; i < cold->count; i++) {
		block = cold->block[i];
		if (superslab_of(block) == last)
			continue;
		last = superslab_of(block);
		if (is_cold(block, cold->size) && (!suits || suits(block)))
			return block;
	}
	return NULL;
}

void guard_announce(const char *kind, const void *at, size_t bytes)
{
	char name[20] = "", text[96];
	int len;

	prctl(PR_GET_NAME, name);
	len = snprintf(text, sizeof(text), "touch %p %zu %s %d %s\n", at,
		       bytes, kind, gettid(), name);
	ktap_write(text, len);
}
