/* SPDX-License-Identifier: MIT */
/*
 * room.h - checks for free memory on a node before strict binding.
 *
 * Room is free memory, and memory that the kernel can reclaim at once: page cache
 * and lazily freed pages. Free pages on the lists of single processors are no room:
 * the kernel may kill a process before taking these pages back. hakmem leaves a
 * reserve on each node, because on a full node the kernel needs memory for the next
 * page table, and would kill a process or evict running code.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Compute the reserve. Call once, under strict binding. */
void hak_room_open(unsigned nodes);

/* Does the node have room? True also if the kernel does not tell. */
bool hak_room_for(unsigned id, size_t bytes);
