/* SPDX-License-Identifier: MIT */
/*
 * parked.h - tcaches of ended threads, and remote frees for these tcaches.
 *
 * No thread allocates from a parked tcache, so no thread would notice remote frees
 * in the tcache's slabs. Therefore the first remote free puts the tcache on a list
 * of the node (heap/callers.c). Freeing threads and the keeper read the list.
 */
#pragma once

#include <stdbool.h>

struct hak_node;
struct hak_tcache;

/*
 * Take the tcache parked last, or the tcache parked longest if `oldest`; NULL if
 * none.
 */
struct hak_tcache *hak_parked_take(struct hak_node *node, bool oldest);
void hak_parked_put(struct hak_tcache *tcache);

/* Collect remote frees for the node's parked tcaches on the list. */
void hak_parked_drain_called(struct hak_node *node);

/*
 * hak_parked_drain_others() also collects for the node's shared slabs.
 * hak_parked_drain_noted() calls hak_parked_drain_others() for each node with a
 * note.
 */
void hak_parked_drain_others(struct hak_node *node);
void hak_parked_drain_noted(void);

/* Does the running thread hold a parked tcache, in order to collect? */
bool hak_parked_at_work(void);

/* Collect for all parked tcaches of the node, on the list or not. */
void hak_parked_drain_all(struct hak_node *node);
