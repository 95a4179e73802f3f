/* SPDX-License-Identifier: MIT */
/*
 * parked.h - tcaches of ended threads, and remote frees for these tcaches.
 *
 * No thread allocates from a parked tcache, so no thread would notice remote
 * frees in the tcache's slabs. So the first remote free puts the tcache on a
 * list of the node (heap/callers.c). Freeing threads and the keeper read this
 * list.
 */
#pragma once

#include <stdbool.h>

struct hak_node;
struct hak_tcache;

/* Take the tcache parked last, or the oldest; NULL if none is parked. */
struct hak_tcache *hak_parked_take(struct hak_node *node, bool oldest);
void hak_parked_put(struct hak_tcache *tcache);

/*
 * Collect remote frees for those parked tcaches of the node that are on the
 * list.
 */
void hak_parked_drain_called(struct hak_node *node);

/*
 * The first function does the same, and also collects for the node's shared
 * slabs. The second function does so on all nodes with a note.
 */
void hak_parked_drain_others(struct hak_node *node);
void hak_parked_drain_noted(void);

/* Is the running thread collecting, and holds a parked tcache? */
bool hak_parked_at_work(void);

/*
 * Collect for all parked tcaches of the node, also for those that are not on
 * the list.
 */
void hak_parked_drain_all(struct hak_node *node);
