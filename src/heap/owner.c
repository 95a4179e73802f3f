/* SPDX-License-Identifier: MIT */
/*
 * owner.c - owners of slabs.
 *
 * Owns    owner ids.
 * Locks   none: all data is atomic.
 * Calls   callers.h.
 */
#include "heap/owner.h"

#include "heap/callers.h"
#include "heap/layout.h"
#include "base/atomic.h"

enum {
	FIRST_OWNER = 2, /* 0 is nobody, 1 any thread without a tcache */
};

static _Atomic uint32_t owners = FIRST_OWNER;

uint32_t hak_owner_key(void)
{
	uint32_t id = hak_read_once(&owners);

	do {
		if (id == HAK_OWNERS_MAX)
			return 0;
	} while (!hak_cas_weak_relaxed(&owners, &id, id + 1));
	return id << HAK_OWNER_SHIFT;
}

void hak_owner_park(struct hak_owner *owner)
{
	/* pairs with enqueue(): at least one side sees the other */
	atomic_store_explicit(&owner->parked, true, memory_order_seq_cst);
	if (atomic_load_explicit(&owner->queue, memory_order_seq_cst))
		hak_callers_add(owner);
}
