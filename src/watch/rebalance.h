/* SPDX-License-Identifier: MIT */
/* rebalance.h - moves a superslab to the node whose threads write the superslab. */
#pragma once

#include "heap/record.h"

/*
 * For the keeper: move a LIVE superslab of small and medium blocks, and its pages, to
 * the node. Slabs that a node heap lends from the superslab later belong to the new
 * node. False if the superslab stays, for example because threads share slabs of the
 * superslab on the old node.
 */
bool hak_rebalance(struct hak_span *span, uint32_t superslab, unsigned node);
