/* SPDX-License-Identifier: MIT */
/*
 * image.c - the library's own variables as memory mappings.
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

/* The linker's symbol for the ELF header at the start of the first segment. */
extern const ElfW(Ehdr) __ehdr_start HAK_HIDDEN;

static const ElfW(Phdr) * segments(void)
{
	return (const void *)((const char *)&__ehdr_start +
			      __ehdr_start.e_phoff);
}

/* The first segment of the given type, or NULL. */
static const ElfW(Phdr) * find(uint32_t type)
{
	unsigned i;

	for (i = 0; i < __ehdr_start.e_phnum; i++)
		if (segments()[i].p_type == type)
			return &segments()[i];
	return NULL;
}

/* `from` and `to` are relative to the header's address. */
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
		 * Skip the part that the loader wrote and then made read-only.
		 */
		if (relocated && relocated->p_vaddr == from)
			from += relocated->p_memsz;
		if (from < to)
			err = populate(from, to);
	}
	return err;
}
