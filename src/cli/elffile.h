/* SPDX-License-Identifier: MIT */
/*
 * elffile.h - what an ELF file says about who will load it.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct hak_elf {
	int class;	       /* ELFCLASS32 or ELFCLASS64 */
	int order;	       /* ELFDATA2LSB or ELFDATA2MSB */
	int machine;	       /* EM_... */
	bool defines_malloc;   /* exports a malloc of its own */
	char loader[PATH_MAX]; /* PT_INTERP; empty when static */
	uint64_t start;	       /* the address it gives its first byte */
	uint64_t stats_page;   /* hakmem_stats_page, from there on; 0: none */
};

/*
 * Read path. The fields below machine are looked for in files of the tool's own
 * class and byte order only. Returns 0, -ENOEXEC when path is no sound ELF
 * file, or -errno when it cannot be read.
 */
int hak_elf_read(const char *path, struct hak_elf *ret_elf);
