/* SPDX-License-Identifier: MIT */
/*
 * remote.h - remote frees: blocks in slabs of another owner.
 */
#pragma once

struct hak_tcache;

/*
 * Free a small block of another owner. A real tcache gathers blocks, and delivers
 * the blocks of a slab together. Without a tcache (NULL) the function delivers at
 * once.
 */
void hak_remote_free(struct hak_tcache *tcache, void *block);

/*
 * Deliver all gathered blocks. From time to time the function also leaves
 * notes, so that a thread collects remote frees for parked tcaches. The caller
 * may be the keeper, in a claimed tcache.
 */
void hak_remote_deliver(struct hak_tcache *tcache);
