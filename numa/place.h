/* SPDX-License-Identifier: MIT */
/*
 * place.h - where the pages of a range are to lie, and whether they do.
 *
 * Told once for a range, before its first use. Where nothing is to be told (one
 * node, or the operator does not want it) nothing is done. A kernel that
 * forbids it leaves the pages to whoever touches them first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Pages on this node, while it has room. -EINVAL: the cpuset forbids it now. */
int hak_place(void *address, size_t bytes, unsigned node);

/*
 * Is what is told of a range to be told once, before all else, so that the range
 * is to grow in place and keep it? Later a seccomp filter may kill for it.
 */
bool hak_place_once(void);

/* Pages on all nodes in turn. */
int hak_place_interleaved(void *address, size_t bytes);

/*
 * Populates memory on a node: 0 if all of it lies there, or where
 * it may not be told to. Else some is elsewhere (-EIO), or nowhere. Nobody is
 * killed as long as some node has room for it.
 */
int hak_place_populate(void *address, size_t bytes, unsigned node);

/*
 * For records of a node: as hak_place(), but where nothing may lie elsewhere
 * they are populated, as touching them could have somebody killed. An error
 * only then.
 */
int hak_place_records(void *address, size_t bytes, unsigned node);

/* Are pages that are there on other nodes than hak_place() told? */
bool hak_place_strays(void *address, size_t bytes, unsigned node);

/* The kernel's id of the node that a page is on, or -errno; it is touched. */
int hak_place_where(const void *address);

/* The same of a page that is left alone: -ENOENT if none is there. */
int hak_place_lies(const void *address);

/*
 * Moves the pages of 2 MiB to a node, whatever it was told before, which stays.
 * True if most of what is there lies there now. One thread may.
 */
bool hak_place_move(void *address, unsigned node);

/* Moves those pages there, as far as there is room. */
void hak_place_gather(void *address, size_t bytes, unsigned node);
