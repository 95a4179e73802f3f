/* SPDX-License-Identifier: MIT */
/*
 * place.h - sets, checks and changes the node of a range's pages.
 *
 * Call hak_place() once for a range, before a thread touches the range. With a single
 * node, or if the operator does not want placement, the functions do nothing. If the
 * kernel forbids placement, each page lies on the node of the thread that first touches
 * the page.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Let the range prefer the node: the kernel uses other nodes only if the node is
 * full. -EINVAL: the cpuset no longer allows the node.
 */
int hak_place(void *address, size_t bytes, unsigned node);

/*
 * Must hakmem set the policy of a range only once, at start? Then the range grows in
 * place, and the new pages have the same policy. The reason: a seccomp filter that the
 * program installs later may kill the process for mbind. False with a single node, with
 * strict binding, or without placement.
 */
bool hak_place_once(void);

/* Interleave pages over all nodes. */
int hak_place_interleaved(void *address, size_t bytes);

/*
 * Populate a range on a node. Returns 0 if all pages lie on the node. If hakmem may not
 * place memory, the function does nothing and returns 0. Otherwise some pages lie on
 * another node (-EIO) or are missing. The kernel kills no process as long as any node
 * has room.
 */
int hak_place_populate(void *address, size_t bytes, unsigned node);

/*
 * Like hak_place(), for hakmem's records of a node. Under strict binding the function
 * also populates the range: if the node were full at a later touch, the kernel could
 * kill a process. Fails only under strict binding.
 */
int hak_place_records(void *address, size_t bytes, unsigned node);

/*
 * Do pages of the range lie on another node than `node`, the node given to hak_place()?
 */
bool hak_place_strays(void *address, size_t bytes, unsigned node);

/* The kernel's id of the node where the page lies, or -errno. Touches the page. */
int hak_place_where(const void *address);

/* The same without touching the page; -ENOENT if the page is missing. */
int hak_place_lies(const void *address);

/*
 * Move the pages of the 2 MiB at the address to a node. The policy of the range stays.
 * True if most present pages now lie on the node. Only one thread may call at a time.
 */
bool hak_place_move(void *address, unsigned node);

/* Move those pages of the range to the node that lie elsewhere, while there is room. */
void hak_place_gather(void *address, size_t bytes, unsigned node);
