/* SPDX-License-Identifier: MIT */
/*
 * image.c - makes the pages of the library's own variables resident.
 *
 * Calls   map.h, limits.h.
 */
#include "os/image.h"

#include "os/limits.h"
#include "os/map.h"
#include "base/bits.h"
#include "base/compiler.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>

/*
 * A symbol that the linker defines: the library's ELF header, at the start of the first
 * segment.
 */
extern const ElfW(Ehdr) __ehdr_start HAK_HIDDEN;

static const ElfW(Phdr) * segments(void)
{
	return (const void *)((const char *)&__ehdr_start +
			      __ehdr_start.e_phoff);
}

/* The library's first program header of the given type, or NULL. */
static const ElfW(Phdr) * find(uint32_t type)
{
	unsigned i;

	for (i = 0; i < __ehdr_start.e_phnum; i++)
		if (segments()[i].p_type == type)
			return &segments()[i];
	return NULL;
}

/*
 * Make the pages from `from` to `to` resident. Both are addresses as in the program
 * headers, relative to the library's load address.
 */
static int populate(uintptr_t from, uintptr_t to)
{
	size_t page = hak_limits_page();

	from -= from % page;
	to = hak_round_up(to, page);
	return hak_map_populate((char *)&__ehdr_start - find(PT_LOAD)->p_vaddr +
					from,
				to - from);
}

int hak_image_populate(void)
{
	const ElfW(Phdr) *relocated = find(PT_GNU_RELRO);
	const ElfW(Phdr) * segment;
	uintptr_t from, to;
	int err = 0;
	unsigned i;

	for (i = 0; i < __ehdr_start.e_phnum && !err; i++) {
		segment = &segments()[i];
		if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_W))
			continue;
		from = segment->p_vaddr;
		to = from + segment->p_memsz;
		/*
		 * Skip the part that the loader wrote during relocation and then made
		 * read-only.
		 */
		if (relocated && relocated->p_vaddr == from)
			from += relocated->p_memsz;
		if (from < to)
			err = populate(from, to);
	}
	return err;
}
