/* SPDX-License-Identifier: MIT */
/* rebalance.h - moves a superslab to the node whose threads write the superslab. */
#pragma once

#include "heap/record.h"

/*
 * For the keeper: move a LIVE superslab of small and medium blocks, with the pages.
 * Later slabs of the superslab belong to the new node. False: the superslab stays,
 * for example because the old node shares out slabs of the superslab.
 */
bool hak_rebalance(struct hak_span *span, uint32_t superslab, unsigned node);
