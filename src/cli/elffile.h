/* SPDX-License-Identifier: MIT */
/*
 * elffile.h - facts of an ELF file: its machine, its loader and two symbols.
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
	uint64_t start;	       /* link-time address of the file's first byte */
	uint64_t stats_page;   /* offset of hakmem_stats_page from start; 0: none */
};

/*
 * Read the file at path. If the file's class or byte order differs from the tool's, the
 * fields after machine stay zero. Returns 0, -ENOEXEC when path is not a valid ELF
 * file, or -errno when path cannot be read.
 */
int hak_elf_read(const char *path, struct hak_elf *ret_elf);
