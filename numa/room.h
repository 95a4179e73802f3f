/* SPDX-License-Identifier: MIT */
/*
 * room.h - checks for free memory on a node before strict binding.
 *
 * Room is free memory, and memory the kernel can reclaim at once: page cache and
 * lazily freed pages. The processors' lists of free pages are no room: the kernel
 * may kill a process before the kernel takes these pages back. hakmem leaves a
 * reserve: on a full node the kernel kills a process to get memory for the next
 * page table, or evicts running code.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Call this once, under strict binding. Computes the reserve. */
void hak_room_open(unsigned nodes);

/* True also if the kernel does not tell how much memory is free. */
bool hak_room_for(unsigned id, size_t bytes);
