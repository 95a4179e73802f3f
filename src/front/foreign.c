/* SPDX-License-Identifier: MIT */
/*
 * foreign.c - how large a block of the C library's own heap is.
 *
 * Owns    the address of the C library's malloc_usable_size.
 * Calls   early.h, os/dynsym.h.
 */
#include "front/foreign.h"

#include "front/early.h"
#include "os/dynsym.h"
#include "base/atomic.h"

#include <dlfcn.h>

void *__libc_realloc(void *block, size_t bytes) __attribute__((weak));

/* The C library's malloc_usable_size; NULL: not found yet. */
static void *_Atomic usable_theirs;

void hak_foreign_find(void)
{
	struct hak_dynsym libc;
	void *known = NULL;
	void *found;

	if (hak_read_once(&usable_theirs))
		return;
	if (hak_dynsym_open((const void *)__libc_realloc, &libc) == 0)
		found = hak_dynsym_find(&libc, "malloc_usable_size");
	else
		found = dlsym(RTLD_NEXT, "malloc_usable_size");
	/*
	 * Store only the first address found. After deepbind.c has redirected the
	 * C library's names, a look-up finds hakmem's own function.
	 */
	atomic_compare_exchange_strong(&usable_theirs, &known, found);
}

/*
 * The name malloc_usable_size leads to hakmem's own function, so call the C library's
 * function by its address.
 */
size_t hak_foreign_usable(const void *block)
{
	size_t (*theirs)(void *);

	if (hak_early_has(block))
		return hak_early_usable(block);
	hak_foreign_find();
	*(void **)&theirs = hak_read_once(&usable_theirs);
	return theirs ? theirs((void *)block) : 0;
}
