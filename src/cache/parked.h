/* SPDX-License-Identifier: MIT */
/*
 * parked.h - tcaches of threads that have ended, and what comes home to them.
 *
 * Nobody refills from a parked tcache, so nobody would see what others free of its
 * slabs. The first block that comes puts it on its node's list (slab.c); whoever
 * frees such blocks looks there, and so does the keeper.
 */
#pragma once

#include <stdbool.h>

struct hak_node;
struct hak_tcache;

/* Takes one off the parked, the one that was parked last or first; or NULL. */
struct hak_tcache *hak_parked_take(struct hak_node *node, bool oldest);
void hak_parked_put(struct hak_tcache *tcache);

/* Collects what is known to have come home to those of a node. */
void hak_parked_drain_called(struct hak_node *node);

/* The same, and to the slabs that the node shares; or of all nodes that say so. */
void hak_parked_drain_others(struct hak_node *node);
void hak_parked_drain_noted(void);

/* Whether it is known or not: looks at all that are parked now. */
void hak_parked_drain_all(struct hak_node *node);
