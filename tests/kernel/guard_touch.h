/* SPDX-License-Identifier: MIT */
/*
 * guard_touch.h - a touch of guarded memory: the kind of access, and the place in
 * the block.
 */
#pragma once

#include "guard.h"

enum guard_op {
	OP_READ,
	OP_WRITE,
	OP_COPY_FROM,
	OP_COPY_TO,
	OP_FILL,
	OP_ADD,
	OP_EXCHANGE,
	OP_ACROSS,	/* eight bytes, over the edge of a page */
	OP_LENGTH,
	OP_SYS_READ,	/* the kernel writes there */
	OP_SYS_WRITE,	/* the kernel reads there */
};

enum guard_place {
	AT_START,
	AT_MIDDLE,
	AT_END,
	AT_SLAB_FIRST,
	AT_SLAB_LAST,
	AT_EDGE,	/* the last bytes of a page */
};

/* The address of a place in a block of these sizes. */
char *guard_aim(const struct cold *cold, char *block, enum guard_place place);

/*
 * Touches the address, after an announcement. If the guard only reports, then
 * checks that the guard let in only the touched pages, as zeroes, and counted each.
 */
void guard_touch(enum guard_op op, char *at);
