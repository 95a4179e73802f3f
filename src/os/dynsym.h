/* SPDX-License-Identifier: MIT */
/*
 * dynsym.h - the names that a loaded library defines, read and redirected.
 */
#pragma once

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>

struct hak_dynsym {
	const char *image;	    /* the library's first byte */
	const struct link_map *map; /* its place in the loader's list */
	uintptr_t base;		    /* added to every value */
	ElfW(Sym) * symbols;
	const char *names;
	const uint32_t *buckets; /* of the hash table, and their number */
	const uint32_t *chains;	 /* from the first hashed symbol on */
	uint32_t bucket_count;
	uint32_t first;
};

/*
 * The table of the library that has this address. It takes no lock, and the library
 * must not be unloaded meanwhile. -ENOENT: there is none, or none with a GNU hash
 * table; -ENOSYS: the C library can't say (glibc before 2.35).
 */
int hak_dynsym_open(const void *address, struct hak_dynsym *ret_library);

/* The same of a library's dynamic section; image and map are not filled in. */
int hak_dynsym_read(uintptr_t base, const ElfW(Dyn) * dynamic,
		    struct hak_dynsym *ret_library);

/* Where the function of that name lies, or NULL. */
void *hak_dynsym_find(const struct hak_dynsym *library, const char *name);

/*
 * Was it loaded before `other`, which was there at start? Names are looked up in
 * the order in which libraries were loaded then.
 */
bool hak_dynsym_is_before(const struct hak_dynsym *library,
			  const struct hak_dynsym *other);

/*
 * From now on who looks up names[i] in `library`, in any of its versions, finds
 * what `by` defines by that name, if both have it. All of the names or, on an
 * error, none. One thread at a time.
 */
int hak_dynsym_redirect(const struct hak_dynsym *library,
			const struct hak_dynsym *by, const char *const *names,
			unsigned count);

/*
 * Goes through the words of an opened library in which the loader has put where
 * names were found, until `is_it(name, what the word holds)`. That word, or NULL.
 */
const uintptr_t *hak_dynsym_bound(const struct hak_dynsym *library,
				  bool (*is_it)(const char *, uintptr_t));
