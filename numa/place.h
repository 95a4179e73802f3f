/* SPDX-License-Identifier: MIT */
/*
 * place.h - sets, checks and changes the node of a range's pages.
 *
 * Call hak_place() once for a range, before first use. With a single node, or if
 * the operator does not want placement, the functions do nothing. If the kernel
 * forbids placement, pages lie on the node of the first touch.
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
 * Must hakmem set the policy of a range only once, before any other call, so that
 * the range grows in place and keeps the policy? False with a single node or strict
 * binding. The reason: a later seccomp filter may kill the process for mbind.
 */
bool hak_place_once(void);

/* Interleave pages over all nodes. */
int hak_place_interleaved(void *address, size_t bytes);

/*
 * Populate memory on a node. Returns 0 if all memory lies on the node, or if
 * hakmem may not place memory. Otherwise some pages are elsewhere (-EIO) or
 * missing. The kernel kills no process as long as any node has room.
 */
int hak_place_populate(void *address, size_t bytes, unsigned node);

/*
 * Like hak_place(), for the records of a node. Under strict binding the
 * function also populates the range, because a later touch could make the
 * kernel kill a process. Fails only under strict binding.
 */
int hak_place_records(void *address, size_t bytes, unsigned node);

/* Do present pages lie on another node than the node of hak_place()? */
bool hak_place_strays(void *address, size_t bytes, unsigned node);

/* The kernel's id of the page's node, or -errno. Touches the page. */
int hak_place_where(const void *address);

/* The same without touching the page; -ENOENT if the page is missing. */
int hak_place_lies(const void *address);

/*
 * Move the pages of 2 MiB to a node. The policy of the range stays. True if most
 * present pages now lie on the node. Only a single thread may call.
 */
bool hak_place_move(void *address, unsigned node);

/* Move the range's pages on other nodes to the node, as far as the node has room. */
void hak_place_gather(void *address, size_t bytes, unsigned node);
