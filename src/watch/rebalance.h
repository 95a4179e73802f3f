/* SPDX-License-Identifier: MIT */
/* rebalance.h - moves a superslab to the node whose threads write the superslab. */
#pragma once

#include "heap/record.h"

/*
 * For the keeper: move a LIVE superslab of small and medium blocks, with its
 * pages, to the node. Slabs that are lent from the superslab later belong to
 * the new node. False if the superslab stays, for example because the old node
 * shares slabs of the superslab between threads.
 */
bool hak_rebalance(struct hak_span *span, uint32_t superslab, unsigned node);
