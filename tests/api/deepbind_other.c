/* SPDX-License-Identifier: MIT */
/*
 * deepbind_other.c - another malloc, of the plainest kind, that ends the program
 * if it is given a block of somebody else's. deepbind_linked.so is linked with it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 64 << 20 };

static const uint64_t mark = 0x6f7468657220626c;

struct head {
	uint64_t mark;
	size_t bytes;
};

static _Alignas(16) char room[ROOM];
static size_t used;

void *malloc(size_t bytes)
{
	size_t need = (sizeof(struct head) + bytes + 15) & ~(size_t)15;
	size_t at = __atomic_fetch_add(&used, need, __ATOMIC_RELAXED);
	struct head *head = (struct head *)(room + at);

	if (bytes > ROOM || at + need > ROOM)
		return NULL;
	*head = (struct head){ mark, bytes };
	return head + 1;
}

static struct head *head_of(void *block)
{
	struct head *head = (struct head *)block - 1;

	if (head->mark != mark)
		abort();
	return head;
}

void free(void *block)
{
	if (block)
		head_of(block);
}

void *calloc(size_t count, size_t bytes)
{
	return malloc(count * bytes); /* never used twice, so it is zero */
}

void *realloc(void *block, size_t bytes)
{
	void *moved = malloc(bytes);

	if (block && moved) {
		size_t before = head_of(block)->bytes;

		memcpy(moved, block, before < bytes ? before : bytes);
	}
	return moved;
}
