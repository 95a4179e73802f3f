/* SPDX-License-Identifier: MIT */
/*
 * remote.h - blocks that go home to slabs of other owners.
 */
#pragma once

struct hak_tcache;

/*
 * Frees a small block of another owner. A real tcache gathers it with others
 * of the same slab and delivers them together; NULL delivers at once.
 */
void hak_remote_free(struct hak_tcache *tcache, void *block);

/*
 * Delivers everything gathered. Alone: and does not look, as now and then, at what
 * came home to parked tcaches.
 */
void hak_remote_deliver(struct hak_tcache *tcache);
void hak_remote_deliver_alone(struct hak_tcache *tcache);
