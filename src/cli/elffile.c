/* SPDX-License-Identifier: MIT */
/*
 * elffile.c - a small reader of ELF files: headers, loader, two symbols.
 *
 * Every number in the file may be wrong, so each read is checked and bounded.
 */
#include "cli/elffile.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TABLE_BYTES_MAX (256u << 20) /* a larger table is an error */

/* Read exactly length bytes at offset. */
static int read_at(int fd, void *ret_bytes, size_t length, off_t offset)
{
	size_t done = 0;

	if (offset < 0)
		return -ENOEXEC;
	while (done < length) {
		ssize_t more = pread(fd, (char *)ret_bytes + done,
				     length - done, offset + (off_t)done);

		if (more < 0 && errno == EINTR)
			continue;
		if (more < 0)
			return -errno;
		if (!more)
			return -ENOEXEC;
		done += (size_t)more;
	}
	return 0;
}

/* Read length bytes into new memory, and append a NUL. The caller frees. */
static int read_table(int fd, size_t length, off_t offset, char **ret_table)
{
	char *table;
	int result;

	if (length > TABLE_BYTES_MAX)
		return -ENOEXEC;
	table = malloc(length + 1);
	if (!table)
		return -ENOMEM;
	result = read_at(fd, table, length, offset);
	if (result) {
		free(table);
		return result;
	}
	table[length] = '\0';
	*ret_table = table;
	return 0;
}

static int read_loader(int fd, const ElfW(Phdr) *segment, struct hak_elf *elf)
{
	int result;

	if (segment->p_filesz < 2 || segment->p_filesz > PATH_MAX)
		return -ENOEXEC;
	result = read_at(fd, elf->loader, segment->p_filesz,
			 (off_t)segment->p_offset);
	elf->loader[segment->p_filesz - 1] = '\0';
	return result;
}

static int read_segments(int fd, const ElfW(Ehdr) *header, struct hak_elf *elf)
{
	ElfW(Phdr) segment;
	bool loads = false;
	int result;

	if (header->e_phnum && header->e_phentsize != sizeof(segment))
		return -ENOEXEC;
	for (size_t i = 0; i < header->e_phnum; i++) {
		result =
			read_at(fd, &segment, sizeof(segment),
				(off_t)(header->e_phoff + i * sizeof(segment)));
		if (result)
			return result;
		if (segment.p_type == PT_LOAD && !loads) {
			loads = true;
			elf->start = segment.p_vaddr - segment.p_offset;
		}
		if (segment.p_type == PT_INTERP && !elf->loader[0])
			result = read_loader(fd, &segment, elf);
		if (result)
			return result;
	}
	return 0;
}

/* Return the link-time address of a symbol that the file defines, or 0. */
static uint64_t find_symbol(const char *symbol_table, size_t symbols_bytes,
			    const char *names, size_t names_bytes,
			    const char *name)
{
	const ElfW(Sym) *symbols = (const ElfW(Sym) *)symbol_table;

	for (size_t i = 0; i < symbols_bytes / sizeof(*symbols); i++)
		if (symbols[i].st_shndx != SHN_UNDEF &&
		    symbols[i].st_name < names_bytes &&
		    !strcmp(names + symbols[i].st_name, name))
			return symbols[i].st_value;
	return 0;
}

static int read_symbols(int fd, const ElfW(Shdr) *symbols,
			const ElfW(Shdr) *names, struct hak_elf *elf)
{
	uint64_t page;
	char *symbol_table;
	char *name_table;
	int result;

	result = read_table(fd, symbols->sh_size, (off_t)symbols->sh_offset,
			    &symbol_table);
	if (result)
		return result;
	result = read_table(fd, names->sh_size, (off_t)names->sh_offset,
			    &name_table);
	if (!result) {
		elf->defines_malloc = find_symbol(symbol_table,
						  symbols->sh_size, name_table,
						  names->sh_size, "malloc");
		page = find_symbol(symbol_table, symbols->sh_size, name_table,
				   names->sh_size, "hakmem_stats_page");
		elf->stats_page = page ? page - elf->start : 0;
		free(name_table);
	}
	free(symbol_table);
	return result;
}

/*
 * A file without sections is valid, but its symbols stay unknown. Then only the
 * loader's answer tells `hakmem run --verify` where the program takes malloc from.
 */
static int read_sections(int fd, const ElfW(Ehdr) *header, struct hak_elf *elf)
{
	ElfW(Shdr) *sections;
	char *table;
	int result;

	if (!header->e_shnum || header->e_shentsize != sizeof(*sections))
		return 0;
	result = read_table(fd, header->e_shnum * sizeof(*sections),
			    (off_t)header->e_shoff, &table);
	if (result)
		return result;
	sections = (ElfW(Shdr) *)table;
	for (size_t i = 0; i < header->e_shnum && !result; i++)
		if (sections[i].sh_type == SHT_DYNSYM &&
		    sections[i].sh_link < header->e_shnum)
			result = read_symbols(fd, &sections[i],
					      &sections[sections[i].sh_link],
					      elf);
	free(table);
	return result;
}

static int read_all(int fd, struct hak_elf *elf)
{
	const uint16_t probe = ELFDATA2LSB;
	ElfW(Ehdr) header;
	int result;

	result = read_at(fd, &header, sizeof(header), 0);
	if (result)
		return result;
	if (memcmp(header.e_ident, ELFMAG, SELFMAG))
		return -ENOEXEC;
	elf->class = header.e_ident[EI_CLASS];
	elf->order = header.e_ident[EI_DATA];
	elf->machine = header.e_machine;
	if (elf->class != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    elf->order != (*(const char *)&probe ? ELFDATA2LSB : ELFDATA2MSB))
		return 0;
	result = read_segments(fd, &header, elf);
	return result ? result : read_sections(fd, &header, elf);
}

int hak_elf_read(const char *path, struct hak_elf *ret_elf)
{
	struct hak_elf elf = { .class = ELFCLASSNONE };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return -errno;
	result = read_all(fd, &elf);
	close(fd);
	if (!result)
		*ret_elf = elf;
	return result;
}
