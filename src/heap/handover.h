/* SPDX-License-Identifier: MIT */
/* handover.h - a LIVE superslab gets another node. */
#pragma once

#include "heap/record.h"

/*
 * Hand a superslab over to node `to`: slabs opened later in the superslab belong to
 * the heap of `to`. Returns the number of the old node. Returns HAK_NODELESS, and
 * changes nothing, if no node has the superslab, if the superslab's pages lie on
 * another node than its heap, or if the superslab contains a slab owned by the node
 * itself: such a slab is protected by the lock of the old node.
 */
unsigned hak_handover(struct hak_span *span, uint32_t superslab, unsigned to);
