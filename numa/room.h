/* SPDX-License-Identifier: MIT */
/*
 * room.h - is there room on a node, where nothing may lie elsewhere?
 *
 * What is free, and what the kernel could have back at once: page cache and what
 * programs let go of lazily. A reserve is left: a node filled to the brim has the
 * kernel kill for the next page table, or throw out what runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Once, where it matters: how much is left. */
void hak_room_open(unsigned nodes);

/* True also where the kernel does not say. */
bool hak_room_for(unsigned id, size_t bytes);
