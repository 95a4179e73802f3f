/* SPDX-License-Identifier: MIT */
/*
 * hand.h - free units of LIVE superslabs on the way to the kernel.
 *
 * The hand is the only place for such units. A thread claims the hand, takes free
 * units of some superslabs in hand under the node's lock, and gives the units to the
 * kernel without the lock. Meanwhile the units have no owner. The thread first splits
 * the superslabs' huge pages: otherwise the kernel frees no page of a huge page.
 */
#pragma once

#include "heap/node.h"
#include "os/give.h"

#include <stdbool.h>
#include <stdint.h>

enum { HAK_HAND_PARTS = 16 }; /* superslabs with units in hand at once, at most */

/* Claim the hand. False if another thread has the hand. */
bool hak_hand_claim_try(void);
void hak_hand_drop(void);

/*
 * Find the free units of a superslab that may have pages: see
 * hak_superslab_spare(). Returns the number of units.
 */
unsigned hak_hand_spare(const struct hak_superslab *superslab,
			uint64_t ret_units[2]);

/*
 * Take free units of a superslab in hand: no thread can get these units any more.
 * hak_hand_count() returns the number of superslabs with units in hand.
 */
void hak_hand_take_locked(struct hak_node *node,
			  struct hak_superslab *superslab,
			  const uint64_t units[2]) HAK_REQUIRES(node->lock);
unsigned hak_hand_count(void);

/*
 * Give the units in hand to the kernel, and put the units back into the superslabs.
 * Returns the number of units whose pages went; 0 if the kernel took none.
 */
unsigned hak_hand_give(enum hak_method method);

/*
 * Has any superslab of the process lost its huge page by giving units? If none has,
 * no superslab can need a huge page again.
 */
bool hak_hand_split(void);

/* Milliseconds since pages of units last went to the kernel. */
uint32_t hak_hand_given_ms(void);

/* For a fork child: put units that a missing thread had in hand back, unchanged. */
void hak_hand_after_fork(void);
