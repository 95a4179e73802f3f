/* SPDX-License-Identifier: MIT */
/*
 * map.h - address space from the kernel, by raw system calls.
 *
 * Addresses and lengths are multiples of the page size. All functions return 0
 * or -errno, and never touch errno.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

enum hak_pages {
	HAK_PAGES_SMALL, /* MADV_NOHUGEPAGE */
	HAK_PAGES_HUGE,	 /* MADV_HUGEPAGE */
};

/* Map read-write zeroes at any address. */
int hak_map_new(size_t bytes, void **ret_address);

/*
 * Would the kernel map `bytes` of memory, if the program then wrote to all of
 * it?
 */
bool hak_map_might(size_t bytes);

/* Map readable zeroes at the address. They need no memory and no commit charge. */
int hak_map_zeroes_at(void *address, size_t bytes);

/* Map read-write memory at the address; -EEXIST if a mapping is in the way. */
int hak_map_at(void *address, size_t bytes);

/* Map fresh read-write memory over a mapping of the library. */
int hak_map_again(void *address, size_t bytes);

/*
 * Advise the kernel about huge pages. The function ignores a refusal, because
 * pages of any size work.
 */
void hak_map_pages(void *address, size_t bytes, enum hak_pages pages);

/*
 * Populate writable memory of the library, as far as memory is available. A
 * kernel before 5.14 refuses.
 */
int hak_map_populate(void *address, size_t bytes);

/*
 * Does the kernel lock and populate new mappings at once (mlockall)? Maps a page
 * to find out.
 */
bool hak_map_locks(size_t page);

/*
 * Like hak_map_at(), with 2 MiB pages from the kernel's pool. Populate the
 * memory before use: if the pool is empty, the first touch is a SIGBUS.
 */
int hak_map_hugetlb_at(void *address, size_t bytes);

/* Make readable zeroes, mapped by the library, writable. */
int hak_map_writable(void *address, size_t bytes);

/*
 * Move the pages of [from, from + bytes) to the start of [to, to + to_bytes), a
 * longer mapping of the library. On an error no page moves. Afterwards one of
 * the two ranges may be unmapped, in case of an error too.
 */
int hak_map_move(void *to, size_t to_bytes, void *from, size_t bytes);

/* Set the protection of any mapping: PROT_READ and so on. */
int hak_map_protect(void *address, size_t bytes, int protection);

/*
 * Extend the mapping that ends with [address, address + bytes) in place. The
 * mapping's advice and memory policy hold for the new part too. -ENOMEM also if
 * a mapping is in the way.
 */
int hak_map_grow(void *address, size_t bytes, size_t more);

int hak_unmap(void *address, size_t bytes);

/*
 * Is [address, address + bytes) a single mapping? Then the program has not set
 * different advice or protection for a part. The check changes nothing. Another
 * permanent mapping must lie behind the range and before `beyond`.
 */
bool hak_map_is_one(void *address, size_t bytes, const void *beyond);

enum { HAK_TO_GIVE = 1 };

/* Ranges to give back to the kernel, with the result for each. */
struct hak_ranges {
	struct iovec *range;
	int *err; /* HAK_TO_GIVE; then 0 if the kernel took the range, or -errno */
	unsigned count;
	bool lazily; /* pages go when memory is short; contents unknown */
};

/*
 * Give back a range at once; give back a range, if `lazily` when memory is
 * short; give back the i-th range.
 */
int hak_map_decommit(void *address, size_t bytes);
int hak_map_give_one(void *address, size_t bytes, bool lazily);
int hak_map_give(const struct hak_ranges *ranges, unsigned i);

/*
 * Give back all ranges marked HAK_TO_GIVE in as few calls as possible (Linux
 * 6.14). A refused range gets its -errno and may have lost some pages; the
 * function continues with the next range. If the function returns an error, the
 * method does not work here: no further range can be given back, and some
 * ranges stay marked.
 */
int hak_map_give_together(struct hak_ranges *ranges);

/* Replace small pages, present or absent, by a huge page (Linux 6.1). */
int hak_map_collapse(void *address, size_t bytes);

/*
 * Drop the contents and make each touch a SIGSEGV. With `marks`, guard markers
 * in the page tables do this (Linux 6.13), otherwise the mapping's protection.
 */
int hak_map_fence(void *address, size_t bytes, bool marks);
int hak_map_unfence(void *address, size_t bytes, bool marks);

/*
 * Let the kernel reclaim these pages first, or with `out` at once. The contents
 * stay.
 */
int hak_map_cool(void *address, size_t bytes, bool out);

/* Let a fork child find zeroes in this memory. */
int hak_map_wiped_in_child(void *address, size_t bytes);
