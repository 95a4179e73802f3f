/* SPDX-License-Identifier: MIT */
/* handover.h - a LIVE superslab gets another node. */
#pragma once

#include "heap/record.h"

/*
 * Hand a superslab over to node `to`: slabs opened later in the superslab belong to
 * the heap of `to`. Returns the number of the old node. Returns HAK_NODELESS, and
 * changes nothing, if no node or node `to` has the superslab, if the superslab is
 * misplaced (has pages on another node than its own), if units of the superslab are
 * on their way to the kernel (reclaim/hand.h), or if the superslab contains a
 * shared slab, because the lock of the old node protects the shared slab.
 */
unsigned hak_handover(struct hak_span *span, uint32_t superslab, unsigned to);
