/* SPDX-License-Identifier: MIT */
/* dynsym.h - symbols of a loaded library: find, redirect, follow. */
#pragma once

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>

struct hak_dynsym {
	const char *image;	    /* the library's first byte */
	const struct link_map *map; /* the library's entry in the loader's list */
	uintptr_t base;		    /* base address, added to every value */
	ElfW(Sym) * symbols;
	const char *names;
	const uint32_t *buckets; /* the hash table's buckets */
	const uint32_t *chains;	 /* from the first hashed symbol on */
	uint32_t bucket_count;
	uint32_t first;
};

/*
 * Open the symbol table of the library containing `address`. Takes no lock; the
 * library must stay loaded meanwhile. -ENOENT: no library, or a library without
 * a GNU hash table; -ENOSYS: the C library cannot tell (glibc before 2.35).
 */
int hak_dynsym_open(const void *address, struct hak_dynsym *ret_library);

/* The same for a given dynamic section. The fields image and map stay unset. */
int hak_dynsym_read(uintptr_t base, const ElfW(Dyn) * dynamic,
		    struct hak_dynsym *ret_library);

/* Address of the function with the given name, or NULL. */
void *hak_dynsym_find(const struct hak_dynsym *library, const char *name);

/*
 * Was `library` loaded before `other`? `other` was present at start. The loader
 * looks up names in the order of loading.
 */
bool hak_dynsym_is_before(const struct hak_dynsym *library,
			  const struct hak_dynsym *other);

/*
 * Redirect each name in names[]: a later look-up in `library`, for any version,
 * finds the function of `by`, if both libraries define the name. On an error no
 * name is redirected. Only one thread at a time may call this.
 */
int hak_dynsym_redirect(const struct hak_dynsym *library,
			const struct hak_dynsym *by, const char *const *names,
			unsigned count);

/*
 * Search the words into which the loader wrote resolved addresses for the opened
 * library, until `is_it(name, content of the word)` returns true. Returns the
 * word's address, or NULL.
 */
const uintptr_t *hak_dynsym_bound(const struct hak_dynsym *library,
				  bool (*is_it)(const char *, uintptr_t));
