/* SPDX-License-Identifier: MIT */
/*
 * room.h - checks for free memory on a node before strict binding.
 *
 * Room is free memory, and memory that the kernel can reclaim at once: page cache
 * and lazily freed pages. Free pages on the kernel's per-CPU lists are no room, because
 * the kernel may kill a process before taking these pages back. hakmem leaves a reserve
 * free on each node: on a full node the kernel would have no memory for the next page
 * table, and would kill a process or evict running code.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Compute the reserve. Call once, under strict binding, with the number of nodes. */
void hak_room_open(unsigned nodes);

/* Does the node have room for `bytes`? True also if the kernel does not tell. */
bool hak_room_for(unsigned id, size_t bytes);
