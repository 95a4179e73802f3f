/* SPDX-License-Identifier: MIT */
/*
 * block.h - blocks above the size classes.
 *
 * A medium block is a row of units within a superslab, up to a whole superslab.
 * A large block is a row of superslabs. Neither belongs to a thread.
 */
#pragma once

#include "heap/layout.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	HAK_MEDIUM_MAX = HAK_SUPERSLAB_BYTES,
	/* bytes from which realloc moves the page tables instead of copying */
	HAK_LARGE_MOVES = 32 << 20,
};

struct hak_node;

/*
 * Allocate `bytes` bytes, 1 to PTRDIFF_MAX, at a multiple of `align`, a power of
 * two. NULL if there is no room. *ret_zero tells whether the block reads as
 * zero.
 */
void *hak_medium_alloc(struct hak_node *node, size_t bytes, size_t align,
		       bool *ret_zero);
void *hak_large_alloc(size_t bytes, size_t align, bool *ret_zero);

/*
 * Allocate a large block from the span of `node`. With HAK_NO_NODE the block comes
 * from the last span, and each page lies on the node of the first touch.
 */
void *hak_large_alloc_on(int node, size_t bytes, size_t align, bool *ret_zero);

void hak_medium_free(void *block);
void hak_large_free(void *block);

/* Free the units of the medium blocks that the node has kept for reuse. */
void hak_medium_trim(struct hak_node *node);

size_t hak_medium_usable(const void *block);
size_t hak_large_usable(const void *block);

/* Make the block smaller or longer in place. False: the block is unchanged. */
bool hak_medium_resize(void *block, size_t bytes);
bool hak_large_resize(void *block, size_t bytes);

/*
 * Move a large block to a place with room for `bytes`, by moving the page tables.
 * This is much faster than copying. NULL if the pages cannot move; then the block
 * is unchanged.
 */
void *hak_large_move(void *block, size_t bytes);

/*
 * For a pointer that is not the start of a block: find the start of the medium
 * or large block that contains the pointer, or NULL.
 */
void *hak_block_around(const void *pointer);
