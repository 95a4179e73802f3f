/* SPDX-License-Identifier: MIT */
/* dynsym.h - finds functions of a loaded library, and redirects names to other functions. */
#pragma once

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>

struct hak_dynsym {
	const char *image;	    /* the library's first byte in memory */
	const struct link_map *map; /* the library's entry in the loader's list */
	uintptr_t base;		    /* to add to an address in the library's tables */
	ElfW(Sym) * symbols;	    /* the symbol table */
	const char *names;	    /* the symbols' names */
	/* the GNU hash table: its buckets, and a chain word for each symbol from `first` on */
	const uint32_t *buckets;
	const uint32_t *chains;
	uint32_t bucket_count;
	uint32_t first; /* index of the first symbol in the hash table */
};

/*
 * Open the symbol table of the library that contains `address`. Takes no lock. The
 * library must stay loaded as long as *ret_library is in use. Returns -ENOENT if there
 * is no such library, or if it has no GNU hash table; -ENOSYS if the C library cannot
 * find the library (glibc before 2.35).
 */
int hak_dynsym_open(const void *address, struct hak_dynsym *ret_library);

/*
 * Open the symbol table that a library's dynamic section describes. `base` is the
 * library's base address. The fields image and map stay unset.
 */
int hak_dynsym_read(uintptr_t base, const ElfW(Dyn) * dynamic,
		    struct hak_dynsym *ret_library);

/* Address of the function with the given name, or NULL. */
void *hak_dynsym_find(const struct hak_dynsym *library, const char *name);

/*
 * Was `library` loaded before `other`? `other` must have been loaded at start. The
 * loader looks up names in the order of loading.
 */
bool hak_dynsym_is_before(const struct hak_dynsym *library,
			  const struct hak_dynsym *other);

/*
 * Redirect each name in names[], if both libraries define the name: a later look-up of
 * the name in `library`, for any version, finds the function of `by`. On an error no
 * name is redirected. Only one thread at a time may call this.
 */
int hak_dynsym_redirect(const struct hak_dynsym *library,
			const struct hak_dynsym *by, const char *const *names,
			unsigned count);

/*
 * The loader writes the addresses of resolved symbols into words of a library. Call
 * is_it(name of the symbol, content of the word) for each such word of `library`, until
 * is_it() returns true. Returns the address of this word, or NULL.
 */
const uintptr_t *hak_dynsym_bound(const struct hak_dynsym *library,
				  bool (*is_it)(const char *, uintptr_t));
