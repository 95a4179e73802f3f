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
	OP_ACROSS,	/* eight bytes across the border of two pages */
	OP_LENGTH,
	OP_SYS_READ,	/* a system call in which the kernel writes there */
	OP_SYS_WRITE,	/* a system call in which the kernel reads there */
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
 * Announce a touch, and touch the address. In report mode, also check that the
 * guard has let in only the touched pages, filled with zeroes, and has counted
 * each.
 */
void guard_touch(enum guard_op op, char *at);
