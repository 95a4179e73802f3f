/* SPDX-License-Identifier: MIT */
/*
 * rebalance.h - a superslab moves to the node whose threads write it.
 */
#pragma once

#include "heap/span.h"

/*
 * The keeper's: moves a LIVE superslab of small and medium blocks, with its pages;
 * its later slabs are that node's. False if it may not move: it is not that
 * any more, or holds slabs that its node shares out itself.
 */
bool hak_rebalance(struct hak_span *span, uint32_t superslab, unsigned node);
