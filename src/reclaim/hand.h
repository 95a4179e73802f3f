/* SPDX-License-Identifier: MIT */
/*
 * hand.h - free units of LIVE superslabs on the way to the kernel.
 *
 * A thread claims the hand, takes free units of some superslabs in hand under the
 * node's lock, and gives the units to the kernel without the lock. Meanwhile the
 * units have no owner. The thread first splits the superslabs' huge pages:
 * otherwise the kernel frees no page of a huge page.
 */
#pragma once

#include "heap/node.h"
#include "os/give.h"

#include <stdbool.h>
#include <stdint.h>

enum { HAK_HAND_PARTS = 16 }; /* superslabs in hand at once */

/* Claim the hand, or return false: another thread has the hand. */
bool hak_hand_claim_try(void);
void hak_hand_drop(void);

/*
 * Find the free units that may have pages: see hak_superslab_spare(). Returns the
 * number.
 */
unsigned hak_hand_spare(const struct hak_superslab *superslab,
			uint64_t ret_units[2]);

/* Take free units of a superslab in hand; hak_hand_count() superslabs are in hand. */
void hak_hand_take_locked(struct hak_node *node,
			  struct hak_superslab *superslab,
			  const uint64_t units[2]) HAK_REQUIRES(node->lock);
unsigned hak_hand_count(void);

/*
 * Give the units in hand to the kernel, and put the units back into the superslabs.
 * Returns the number of units that went; 0: the kernel takes none.
 */
unsigned hak_hand_give(enum hak_method method);

/* Were superslabs split, so that some may need a huge page later? */
bool hak_hand_split(void);

/* Milliseconds since units last went. */
uint32_t hak_hand_given_ms(void);

/* For a fork child: units in hand are free again, and unchanged. */
void hak_hand_after_fork(void);
