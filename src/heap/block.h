/* SPDX-License-Identifier: MIT */
/*
 * block.h - blocks above the size classes.
 *
 * Medium blocks are rows of units within a superslab, up to a whole one.
 * Large blocks are rows of superslabs. Neither belongs to a thread.
 */
#pragma once

#include "heap/layout.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	HAK_MEDIUM_MAX = HAK_SUPERSLAB_BYTES,
	HAK_LARGE_MOVES = 32 << 20, /* from here on page tables beat copying */
};

struct hak_node;

/*
 * bytes: 1 to PTRDIFF_MAX; align: a power of two. NULL when there is no room.
 * *ret_zero tells whether the block reads as zero.
 */
void *hak_medium_alloc(struct hak_node *node, size_t bytes, size_t align,
		       bool *ret_zero);
void *hak_large_alloc(size_t bytes, size_t align, bool *ret_zero);

/* The same from a node's own memory; HAK_NO_NODE: where it is touched first. */
void *hak_large_alloc_on(int node, size_t bytes, size_t align, bool *ret_zero);

void hak_medium_free(void *block);
void hak_large_free(void *block);

/* Gives up what is kept of freed medium blocks. */
void hak_medium_trim(struct hak_node *node);

size_t hak_medium_usable(const void *block);
size_t hak_large_usable(const void *block);

/* Makes it smaller or longer where it lies. False: it is as it was. */
bool hak_medium_resize(void *block, size_t bytes);
bool hak_large_resize(void *block, size_t bytes);

/*
 * Moves a large block's pages to a place where it has `bytes`; far cheaper
 * than copying. NULL when that can't be: the block is as it was.
 */
void *hak_large_move(void *block, size_t bytes);

/*
 * For a pointer at which no block begins: where the medium or large block
 * begins that it points into, or NULL.
 */
void *hak_block_around(const void *pointer);
