/* SPDX-License-Identifier: MIT */
/*
 * remote.h - remote frees: blocks in slabs of another owner.
 */
#pragma once

struct hak_tcache;

/*
 * Free a small block of another owner. With a tcache the function gathers the block,
 * and delivers later, because blocks of the same slab then go together. If `tcache` is
 * NULL, the function delivers at once.
 */
void hak_remote_free(struct hak_tcache *tcache, void *block);

/*
 * Deliver all gathered blocks. From time to time the function also leaves
 * notes, so that a thread collects remote frees for parked tcaches and node heaps.
 * The caller is at work in the tcache (claim.h), or is the keeper with a claim.
 */
void hak_remote_deliver(struct hak_tcache *tcache);
