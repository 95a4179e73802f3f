/* SPDX-License-Identifier: MIT */
/*
 * parked.h - tcaches of ended threads, and remote frees for these tcaches.
 *
 * Nobody refills from a parked tcache, so nobody would notice remote frees to
 * the tcache's slabs. The first remote free puts the tcache on a list of the
 * node (heap/callers.c). Freeing threads and the keeper read the list.
 */
#pragma once

#include <stdbool.h>

struct hak_node;
struct hak_tcache;

/* Take the tcache parked last, or the oldest; NULL if none is parked. */
struct hak_tcache *hak_parked_take(struct hak_node *node, bool oldest);
void hak_parked_put(struct hak_tcache *tcache);

/* Collect remote frees for the node's parked tcaches on the list of callers. */
void hak_parked_drain_called(struct hak_node *node);

/*
 * The same, and for the node's shared slabs. The second function collects on all
 * nodes with a note.
 */
void hak_parked_drain_others(struct hak_node *node);
void hak_parked_drain_noted(void);

/* Collect for all parked tcaches, on the list or not. */
void hak_parked_drain_all(struct hak_node *node);
