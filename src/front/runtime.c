/* SPDX-License-Identifier: MIT */
/*
 * runtime.c - finds the C++ runtime of a caller.
 *
 * A process may have several C++ runtimes. A plugin opened with RTLD_LOCAL may
 * have a runtime that only the plugin sees. The addresses that the loader has
 * resolved in the caller's library lead to the right runtime.
 *
 * Owns    for each library, where an address in its runtime stands.   Calls   dynsym.h.
 */
#include "front/runtime.h"

#include "os/dynsym.h"
#include "base/atomic.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { KNOWN = 64, NONE = 1 };

/*
 * `word` points to a place in a library where the loader has written an address in the
 * library's runtime; NONE: there is no such place. `check` is `word` XOR the library's
 * key (key_of()). Threads write both fields without a lock. If the fields are from two
 * writers, no library's key matches.
 */
static struct {
	_Atomic uintptr_t word;
	_Atomic uintptr_t check;
} known[KNOWN];

/* An address in some loaded runtime, for callers whose own runtime is unknown. */
static const void *_Atomic some;

/* A malloc may define operator new too, but only a C++ runtime has get_new_handler. */
static bool is_runtime(const struct hak_dynsym *library)
{
	return hak_dynsym_find(library, "_ZSt15get_new_handlerv");
}

static bool open_runtime(const void *code, struct hak_dynsym *ret_runtime)
{
	return !hak_dynsym_open(code, ret_runtime) && is_runtime(ret_runtime);
}

/*
 * Does the name belong to the C++ standard library, to type information or to the C++
 * ABI? A C++ runtime defines such names.
 */
static bool is_cxx(const char *name)
{
	static const char starts[][8] = { "_ZSt", "_ZNSt",  "_ZNKSt",
					  "_ZT",  "__gxx_", "__cxa_" };
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (!strncmp(name, starts[i], strlen(starts[i])))
			return true;
	return false;
}

/* Is `word`, the address that the loader found for `name`, in a C++ runtime? */
static bool leads_there(const char *name, uintptr_t word)
{
	struct hak_dynsym runtime;

	return is_cxx(name) && open_runtime((const void *)word, &runtime);
}

/*
 * A number for a library in known[]. Another library that is loaded later at the same
 * address has another number, unless all its tables lie at the same addresses.
 */
static uintptr_t key_of(const struct hak_dynsym *library)
{
	return (uintptr_t)library->map * 3 + (uintptr_t)library->image * 5 +
	       (uintptr_t)library->symbols * 7 + (uintptr_t)library->names;
}

/*
 * Find where the loader has written, into the library, an address in the library's
 * runtime. Returns the address of this place, or NONE.
 */
static uintptr_t word_of(const struct hak_dynsym *library)
{
	uintptr_t key = key_of(library);
	unsigned at = (unsigned)(key >> 12 ^ key >> 4) % KNOWN;
	uintptr_t word = hak_read_once(&known[at].word);

	if ((word ^ hak_read_once(&known[at].check)) == key)
		return word;
	word = (uintptr_t)hak_dynsym_bound(library, leads_there);
	word = word ? word : NONE;
	hak_write_once(&known[at].word, word);
	hak_write_once(&known[at].check, word ^ key);
	return word;
}

/*
 * Find the C++ runtime of the library that contains the address `caller`. The library may
 * itself be the runtime.
 */
static bool of_caller(const void *caller, struct hak_dynsym *ret_runtime)
{
	struct hak_dynsym library;
	uintptr_t word;

	if (hak_dynsym_open(caller, &library))
		return false;
	if (is_runtime(&library)) {
		*ret_runtime = library;
		return true;
	}
	word = word_of(&library);
	/* Read the address there each time, because the loader may change it. */
	return word != NONE &&
	       open_runtime(*(const void *const *)word, ret_runtime);
}

/* For dl_iterate_phdr(): stop at the first library that is a C++ runtime. */
static int look(struct dl_phdr_info *info, size_t bytes, void *ret_runtime)
{
	const ElfW(Phdr) *segment = info->dlpi_phdr;
	const ElfW(Phdr) *end = segment + info->dlpi_phnum;

	(void)bytes;
	for (; segment < end; segment++)
		if (segment->p_type == PT_DYNAMIC)
			return !hak_dynsym_read(
				       info->dlpi_addr,
				       (const void *)(info->dlpi_addr +
						      segment->p_vaddr),
				       ret_runtime) &&
			       is_runtime(ret_runtime);
	return 0;
}

static bool of_any(struct hak_dynsym *ret_runtime)
{
	if (open_runtime(hak_read_once(&some), ret_runtime))
		return true;
	if (!dl_iterate_phdr(look, ret_runtime))
		return false;
	hak_write_once(&some, (const void *)ret_runtime->symbols);
	return true;
}

void *hak_runtime_find(const char *name, const void *caller)
{
	struct hak_dynsym runtime;

	return of_caller(caller, &runtime) || of_any(&runtime)
		       ? hak_dynsym_find(&runtime, name)
		       : NULL;
}
