/* SPDX-License-Identifier: MIT */
/*
 * remote.h - blocks that go home to slabs of other owners.
 */
#pragma once

struct hak_tcache;

/*
 * Free a small block of another owner. A real tcache gathers the block with
 * others of the same slab and delivers all together; NULL delivers at once.
 */
void hak_remote_free(struct hak_tcache *tcache, void *block);

/*
 * Deliver all gathered blocks, and now and then leave notes, so that remote frees
 * for parked tcaches are collected. The caller may be the keeper, in a claimed
 * tcache.
 */
void hak_remote_deliver(struct hak_tcache *tcache);
