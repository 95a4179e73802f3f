/* SPDX-License-Identifier: MIT */
/*
 * map.h - address space from the kernel, by raw system calls.
 *
 * Addresses and lengths are multiples of the page size. All return 0 or
 * -errno, and never touch errno.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

enum hak_pages {
	HAK_PAGES_SMALL, /* MADV_NOHUGEPAGE */
	HAK_PAGES_HUGE,	 /* MADV_HUGEPAGE */
};

/* Read-write zeroes anywhere. */
int hak_map_new(size_t bytes, void **ret_address);

/* Would the kernel map so much, if it were all to be written? */
bool hak_map_might(size_t bytes);

/* Readable zeroes, just there: they cost no memory and no commit charge. */
int hak_map_zeroes_at(void *address, size_t bytes);

/* Read-write memory, just there; -EEXIST if something is there already. */
int hak_map_at(void *address, size_t bytes);

/* Fresh read-write memory over an own mapping, whatever that was. */
int hak_map_again(void *address, size_t bytes);

/* Advice: a kernel that won't take it gives other pages, which work too. */
void hak_map_pages(void *address, size_t bytes, enum hak_pages pages);

/*
 * Populates own memory that may be written, as far as there is room; a kernel
 * before 5.14 does not.
 */
int hak_map_populate(void *address, size_t bytes);

/*
 * Is what is mapped now locked, and populated at once (mlockall)? It maps a page.
 */
bool hak_map_locks(size_t page);

/*
 * As hak_map_at(), of 2 MiB pages from the kernel's pool. What the pool lacks
 * would be a SIGBUS at first touch: populate it before use.
 */
int hak_map_hugetlb_at(void *address, size_t bytes);

/* Makes readable zeroes of an own mapping writable ones. */
int hak_map_writable(void *address, size_t bytes);

/*
 * Moves the pages of [from, from + bytes) to the start of `to_bytes` at `to`,
 * an own mapping that is longer. All of them or, on an error, none; either
 * way `from` or else `to` may be left unmapped.
 */
int hak_map_move(void *to, size_t to_bytes, void *from, size_t bytes);

/* What may be done to it, whatever it is: PROT_READ and so on. */
int hak_map_protect(void *address, size_t bytes, int protection);

/*
 * Makes the mapping that ends with [address, address + bytes) longer, in place:
 * what the kernel was told of it holds for the rest too. -ENOMEM also where
 * something is in the way.
 */
int hak_map_grow(void *address, size_t bytes, size_t more);

int hak_unmap(void *address, size_t bytes);

/*
 * Is all of this one mapping? Then nothing that the program told the kernel of a
 * part of it differs from the rest. Nothing changes. Somewhere behind it and before
 * `beyond` something else has to be mapped, for good.
 */
bool hak_map_is_one(void *address, size_t bytes, const void *beyond);

enum { HAK_TO_GIVE = 1 };

/* Memory that goes back to the kernel, and what became of it. */
struct hak_ranges {
	struct iovec *range;
	int *err; /* HAK_TO_GIVE; then 0 if the kernel has it, or -errno */
	unsigned count;
	bool lazily; /* when the kernel is short: contents unknown until then */
};

/* One range, now or lazily; and one of many. */
int hak_map_decommit(void *address, size_t bytes);
int hak_map_give_one(void *address, size_t bytes, bool lazily);
int hak_map_give(const struct hak_ranges *ranges, unsigned i);

/*
 * Those that are to give in as few calls as the kernel lets us (Linux 6.14).
 * A range that is refused has its -errno, and maybe lost some pages; the others
 * go all the same. An error says why nothing more can be had this way, and some
 * are still to give.
 */
int hak_map_give_together(struct hak_ranges *ranges);

/* One huge page for small ones, and for those that are not there (Linux 6.1). */
int hak_map_collapse(void *address, size_t bytes);

/*
 * A touch is a SIGSEGV from now on; what was there is gone. By marks in the page
 * tables (Linux 6.13), or by the mapping's protection.
 */
int hak_map_fence(void *address, size_t bytes, bool marks);
int hak_map_unfence(void *address, size_t bytes, bool marks);

/* The kernel may take these pages first, or, `out`, at once; contents stay. */
int hak_map_cool(void *address, size_t bytes, bool out);

/* Has a fork child find zeroes there. */
int hak_map_wiped_in_child(void *address, size_t bytes);
