/* SPDX-License-Identifier: MIT */
/*
 * dynsym.c - finds functions of a loaded library, and redirects names to other functions.
 *
 * The loader finds the address of a name in the library's symbol table, which lies in a
 * private mapping. hakmem writes another address into the table. From then on the loader
 * finds this address, in this process only.
 *
 * Calls   map.h, limits.h.
 */
#include "os/dynsym.h"

#include "os/limits.h"
#include "os/map.h"
#include "base/bits.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

/*
 * Only glibc 2.35 and later has this function. It finds the loaded library that
 * contains an address, and takes no lock.
 */
extern int _dl_find_object(void *, struct dl_find_object *)
	__attribute__((weak));

/*
 * The address in an entry of the dynamic section. If the section is writable, the
 * loader has already added the library's base address to the entry.
 */
static const void *place(uintptr_t base, const ElfW(Dyn) * entry)
{
	uintptr_t address = entry->d_un.d_ptr;

	return (const void *)(address < base ? address + base : address);
}

int hak_dynsym_read(uintptr_t base, const ElfW(Dyn) * entry,
		    struct hak_dynsym *ret_library)
{
	struct hak_dynsym library = { .base = base };
	const uint32_t *hash = NULL;

	for (; entry->d_tag != DT_NULL; entry++)
		if (entry->d_tag == DT_SYMTAB)
			library.symbols = (void *)place(base, entry);
		else if (entry->d_tag == DT_STRTAB)
			library.names = place(base, entry);
		else if (entry->d_tag == DT_GNU_HASH)
			hash = place(base, entry);
	if (!library.symbols || !library.names || !hash || !hash[0])
		return -ENOENT;
	/*
	 * The GNU hash table has a header of four words, then the 64-bit words of the
	 * Bloom filter, the buckets and the chains.
	 */
	library.bucket_count = hash[0];
	library.first = hash[1];
	library.buckets = hash + 4 + (size_t)hash[2] * 2;
	library.chains = library.buckets + library.bucket_count;
	*ret_library = library;
	return 0;
}

int hak_dynsym_open(const void *address, struct hak_dynsym *ret_library)
{
	struct dl_find_object object;
	const struct link_map *map;
	int err;

	if (!&_dl_find_object)
		return -ENOSYS;
	if (!address || _dl_find_object((void *)address, &object))
		return -ENOENT;
	map = object.dlfo_link_map;
	err = map->l_ld ? hak_dynsym_read(map->l_addr, map->l_ld, ret_library)
			: -ENOENT;
	if (err)
		return err;
	ret_library->image = object.dlfo_map_start;
	ret_library->map = map;
	return 0;
}

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

static bool is_function(const ElfW(Sym) * symbol)
{
	/*
	 * A value alone does not show that the library defines the function: in a
	 * program that takes a function's address, the undefined symbol has a value
	 * too.
	 */
	return ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
	       symbol->st_shndx != SHN_UNDEF && symbol->st_value;
}

/*
 * Find the first symbol of the function `name`, or the first one after `last` if `last`
 * is not NULL. A function has a symbol for each of its versions.
 */
static ElfW(Sym) * next(const struct hak_dynsym *library, const char *name,
			const ElfW(Sym) * last)
{
	uint32_t hash = hash_of(name);
	uint32_t i = library->buckets[hash % library->bucket_count];
	ElfW(Sym) * symbol;
	uint32_t link;

	/*
	 * The lowest bit of a chain's word marks the end of the chain. An empty bucket
	 * contains 0, which is less than the first symbol in the hash table.
	 */
	for (link = 0; i >= library->first && !(link & 1); i++) {
		symbol = &library->symbols[i];
		link = library->chains[i - library->first];
		if ((link | 1) == (hash | 1) && (!last || symbol > last) &&
		    is_function(symbol) &&
		    !strcmp(library->names + symbol->st_name, name))
			return symbol;
	}
	return NULL;
}

void *hak_dynsym_find(const struct hak_dynsym *library, const char *name)
{
	const ElfW(Sym) *symbol = next(library, name, NULL);

	if (!symbol)
		return NULL;
	/* pairs with write_values(), which another thread may run */
	return (void *)(library->base +
			__atomic_load_n(&symbol->st_value, __ATOMIC_ACQUIRE));
}

bool hak_dynsym_is_before(const struct hak_dynsym *library,
			  const struct hak_dynsym *other)
{
	const struct link_map *map = other->map;

	/*
	 * Reading the loader's list without the loader's lock is safe, because `other`
	 * was loaded at start. So neither `other` nor a library before `other` in the
	 * list is ever unloaded.
	 */
	while (map && map != library->map)
		map = map->l_prev;
	return map;
}

/* The protection of the symbol table's pages, as the library's program headers say. */
static int protection_of(const struct hak_dynsym *library)
{
	const ElfW(Ehdr) *head = (const void *)library->image;
	const ElfW(Phdr) *segment =
		(const void *)(library->image + head->e_phoff);
	uintptr_t at = (uintptr_t)library->symbols - library->base;
	unsigned i;

	for (i = 0; i < head->e_phnum; i++, segment++)
		if (segment->p_type == PT_LOAD && at >= segment->p_vaddr &&
		    at < segment->p_vaddr + segment->p_memsz)
			return (segment->p_flags & PF_R ? PROT_READ : 0) |
			       (segment->p_flags & PF_W ? PROT_WRITE : 0) |
			       (segment->p_flags & PF_X ? PROT_EXEC : 0);
	return PROT_READ;
}

/*
 * Write the address of the function `name` of `by` into all symbols of this name in
 * `library`. The caller has made the pages writable.
 */
static void write_values(const struct hak_dynsym *library,
			 const struct hak_dynsym *by, const char *name)
{
	uintptr_t to = (uintptr_t)hak_dynsym_find(by, name);
	ElfW(Sym) * symbol;

	/*
	 * Another thread that looks up the name meanwhile finds either the old or the
	 * new value. Pairs with hak_dynsym_find().
	 */
	for (symbol = next(library, name, NULL); symbol && to;
	     symbol = next(library, name, symbol))
		__atomic_store_n(&symbol->st_value, to - library->base,
				 __ATOMIC_RELEASE);
}

/* The smallest range of pages that contains all symbols of the given names. */
static struct iovec pages_of(const struct hak_dynsym *library,
			     const char *const *names, unsigned count)
{
	size_t page = hak_limits_page();
	uintptr_t from = UINTPTR_MAX;
	uintptr_t to = 0;
	const ElfW(Sym) * symbol;
	unsigned i;

	for (i = 0; i < count; i++)
		for (symbol = next(library, names[i], NULL); symbol;
		     symbol = next(library, names[i], symbol)) {
			from = (uintptr_t)symbol < from ? (uintptr_t)symbol
							: from;
			to = (uintptr_t)symbol >= to ? (uintptr_t)(symbol + 1)
						     : to;
		}
	if (!to)
		return (struct iovec){ 0 };
	from -= from % page;
	return (struct iovec){ (void *)from, hak_round_up(to, page) - from };
}

int hak_dynsym_redirect(const struct hak_dynsym *library,
			const struct hak_dynsym *by, const char *const *names,
			unsigned count)
{
	struct iovec pages = pages_of(library, names, count);
	int before = protection_of(library);
	unsigned i;
	int err;

	if (!pages.iov_len)
		return 0;
	/*
	 * Add PROT_WRITE, and keep PROT_EXEC because other threads may be running code
	 * in the same pages.
	 */
	err = hak_map_protect(pages.iov_base, pages.iov_len,
			      before | PROT_WRITE);
	if (err)
		return err;
	for (i = 0; i < count; i++)
		write_values(library, by, names[i]);
	if (hak_map_protect(pages.iov_base, pages.iov_len, before))
		hak_map_protect(pages.iov_base, pages.iov_len, PROT_READ);
	return 0;
}

static const uintptr_t *bound_in(const struct hak_dynsym *library,
				 const ElfW(Rela) * rela, size_t bytes,
				 bool (*is_it)(const char *, uintptr_t))
{
	const ElfW(Rela) *end = rela + bytes / sizeof(*rela);
	const uintptr_t *word;
	uint32_t symbol;

	for (; rela && rela < end; rela++) {
		symbol = (uint32_t)ELF64_R_SYM(rela->r_info);
		word = (const uintptr_t *)(library->base + rela->r_offset);
		if (symbol && (uintptr_t)word % sizeof(*word) == 0 &&
		    is_it(library->names + library->symbols[symbol].st_name,
			  *word))
			return word;
	}
	return NULL;
}

const uintptr_t *hak_dynsym_bound(const struct hak_dynsym *library,
				  bool (*is_it)(const char *, uintptr_t))
{
	const ElfW(Dyn) *entry = library->map->l_ld;
	const void *data = NULL, *calls = NULL;
	size_t data_bytes = 0, calls_bytes = 0;
	const uintptr_t *word;

	for (; entry->d_tag != DT_NULL; entry++)
		if (entry->d_tag == DT_RELA)
			data = place(library->base, entry);
		else if (entry->d_tag == DT_RELASZ)
			data_bytes = entry->d_un.d_val;
		else if (entry->d_tag == DT_JMPREL)
			calls = place(library->base, entry);
		else if (entry->d_tag == DT_PLTRELSZ)
			calls_bytes = entry->d_un.d_val;
	word = bound_in(library, data, data_bytes, is_it);
	return word ? word : bound_in(library, calls, calls_bytes, is_it);
}
