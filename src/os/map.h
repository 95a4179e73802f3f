/* SPDX-License-Identifier: MIT */
/*
 * map.h - address space from the kernel, by raw system calls.
 *
 * Addresses and lengths are multiples of the page size. Functions with an int
 * result return 0 or -errno. No function changes errno.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

enum hak_pages {
	HAK_PAGES_SMALL, /* MADV_NOHUGEPAGE */
	HAK_PAGES_HUGE,	 /* MADV_HUGEPAGE */
};

/* Map readable and writable zeroes at an address that the kernel chooses. */
int hak_map_new(size_t bytes, void **ret_address);

/*
 * Would the kernel grant `bytes` of memory to a program that then writes to all of
 * them? The function makes such a mapping and unmaps it again.
 */
bool hak_map_might(size_t bytes);

/*
 * Map zeroes that are only readable at the address. They need no memory, and do not
 * count as committed memory. -EEXIST if a mapping is in the way.
 */
int hak_map_zeroes_at(void *address, size_t bytes);

/* Map read-write memory at the address; -EEXIST if a mapping is in the way. */
int hak_map_at(void *address, size_t bytes);

/* Replace mappings of hakmem by a new read-write mapping. The contents are lost. */
int hak_map_again(void *address, size_t bytes);

/*
 * Advise the kernel to use huge pages or small pages in the range. The function ignores
 * a refusal, because hakmem works with pages of any size.
 */
void hak_map_pages(void *address, size_t bytes, enum hak_pages pages);

/*
 * Make all pages of writable memory resident, as if the program had written to each.
 * After an error some of the pages may be resident. A kernel before 5.14 refuses.
 */
int hak_map_populate(void *address, size_t bytes);

/*
 * Does the kernel lock new mappings, and make them resident at once, because the
 * program called mlockall(2)? The function maps a page to find out.
 */
bool hak_map_locks(size_t page);

/*
 * Like hak_map_at(), with 2 MiB pages from the kernel's pool of huge pages (hugetlb).
 * Populate the memory before use: if the pool is empty, the first touch of a page
 * raises SIGBUS.
 */
int hak_map_hugetlb_at(void *address, size_t bytes);

/* Make memory writable that hak_map_zeroes_at() has mapped. */
int hak_map_writable(void *address, size_t bytes);

/*
 * Move the pages of [from, from + bytes) to the start of [to, to + to_bytes), which is
 * a mapping of hakmem. For more than one page, `to_bytes` must be greater than `bytes`.
 * On an error no page moves. Afterwards one of the two ranges may be unmapped, also
 * after an error.
 */
int hak_map_move(void *to, size_t to_bytes, void *from, size_t bytes);

/* Set the protection of any mapping, to PROT_READ for example. */
int hak_map_protect(void *address, size_t bytes, int protection);

/*
 * Extend a mapping in place by `more` bytes. [address, address + bytes) is the end of
 * the mapping. The mapping's advice and memory policy hold for the new part too.
 * Returns -ENOMEM also if another mapping is in the way.
 */
int hak_map_grow(void *address, size_t bytes, size_t more);

int hak_unmap(void *address, size_t bytes);

/*
 * Is [address, address + bytes) a single mapping? Then the program has not set
 * different advice or protection for a part of the range. The check changes nothing.
 * The caller guarantees another, permanent mapping behind the range and before
 * `beyond`.
 */
bool hak_map_is_one(void *address, size_t bytes, const void *beyond);

/* In hak_ranges.err: the range has to go to the kernel, and has no result yet. */
enum { HAK_TO_GIVE = 1 };

/* Ranges to give back to the kernel, with the result for each. */
struct hak_ranges {
	struct iovec *range;
	int *err; /* for each range HAK_TO_GIVE; later 0 if the kernel took it, or -errno */
	unsigned count;
	bool lazily; /* the kernel takes the pages later, when memory is short (MADV_FREE) */
};

/*
 * Give pages back to the kernel. hak_map_decommit() makes one madvise(2) for the whole
 * range. hak_map_give_one() repeats the call after -EAGAIN; with `lazily` the kernel
 * takes the pages only when memory is short. hak_map_give() does the same for range i,
 * as ranges->lazily says.
 */
int hak_map_decommit(void *address, size_t bytes);
int hak_map_give_one(void *address, size_t bytes, bool lazily);
int hak_map_give(const struct hak_ranges *ranges, unsigned i);

/*
 * Give back all ranges marked HAK_TO_GIVE in as few calls of process_madvise(2) as
 * possible (Linux 6.14). A refused range gets its -errno and may have lost some pages;
 * the function continues with the next range. An error of the function itself concerns
 * no single range: process_madvise(2) gives nothing back here, or -EAGAIN, not now.
 * Then some ranges stay marked.
 */
int hak_map_give_together(struct hak_ranges *ranges);

/* Replace small pages by a huge page now, also where pages are absent (Linux 6.1). */
int hak_map_collapse(void *address, size_t bytes);

/*
 * Make each touch of the range raise SIGSEGV. With `marks`, guard markers in the page
 * tables do this (Linux 6.13), and the contents are lost. Otherwise the mapping's
 * protection does this. hak_map_unfence() undoes this, with the same `marks`.
 */
int hak_map_fence(void *address, size_t bytes, bool marks);
int hak_map_unfence(void *address, size_t bytes, bool marks);

/*
 * Let the kernel reclaim these pages before other pages; with `out` at once. The
 * program can still read the contents, perhaps from swap.
 */
int hak_map_cool(void *address, size_t bytes, bool out);

/* Let every fork child find zeroes in this memory. */
int hak_map_wiped_in_child(void *address, size_t bytes);
