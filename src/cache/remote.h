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
 * Deliver all gathered blocks. The first function also leaves notes now and
 * then, so that remote frees for parked tcaches are collected; the second
 * function does not.
 */
void hak_remote_deliver(struct hak_tcache *tcache);
void hak_remote_deliver_alone(struct hak_tcache *tcache);
