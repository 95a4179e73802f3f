/* SPDX-License-Identifier: MIT */
/* handover.h - a LIVE superslab gets another node. */
#pragma once

#include "heap/record.h"

/*
 * Hand a superslab over to another node: later slabs there are the new node's.
 * Returns the old node, or HAK_NODELESS if the superslab may not change: no node
 * has the superslab, the pages lie on a wrong node, or the node shares out slabs
 * there. Shared slabs stay under the node's lock.
 */
unsigned hak_handover(struct hak_span *span, uint32_t superslab, unsigned to);
