/* SPDX-License-Identifier: MIT */
/*
 * parked.h - tcaches of ended threads, and remote frees for these tcaches.
 *
 * No thread allocates from a parked tcache, so no thread would notice remote frees
 * in the tcache's slabs. Therefore the first remote free puts the tcache on the node's
 * list of callers (heap/callers.c). Freeing threads and the keeper read the list.
 */
#pragma once

#include <stdbool.h>

struct hak_node;
struct hak_tcache;

/*
 * Take a tcache off the node's list of parked tcaches: the tcache parked last, or with
 * `oldest` the tcache parked first. NULL if no tcache is parked.
 */
struct hak_tcache *hak_parked_take(struct hak_node *node, bool oldest);
void hak_parked_put(struct hak_tcache *tcache);

/* Drain the parked tcaches on the node's list of callers. */
void hak_parked_drain_called(struct hak_node *node);

/*
 * hak_parked_drain_others() also drains the node's shared slabs.
 * hak_parked_drain_noted() calls hak_parked_drain_others() for each node on which
 * hak_node_collect_later() has left a note.
 */
void hak_parked_drain_others(struct hak_node *node);
void hak_parked_drain_noted(void);

/* Has the running thread taken a parked tcache in order to drain the tcache? */
bool hak_parked_at_work(void);

/* Drain all parked tcaches of the node, whether on the list of callers or not. */
void hak_parked_drain_all(struct hak_node *node);
