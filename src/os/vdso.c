/* SPDX-License-Identifier: MIT */
/*
 * vdso.c - finds functions of the vDSO, the kernel's code in every process.
 */
#include "os/vdso.h"

#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

void *hak_vdso_find(const char *name)
{
	const char *image = (const char *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)image;
	const Elf64_Shdr *section, *symbols = NULL;
	const Elf64_Sym *symbol;
	const char *names;
	size_t i;

	if (!image)
		return NULL;
	section = (const Elf64_Shdr *)(image + head->e_shoff);
	for (i = 0; i < head->e_shnum; i++)
		if (section[i].sh_type == SHT_DYNSYM)
			symbols = &section[i];
	if (!symbols)
		return NULL;
	names = image + section[symbols->sh_link].sh_offset;
	symbol = (const Elf64_Sym *)(image + symbols->sh_offset);
	for (i = 0; i < symbols->sh_size / sizeof(*symbol); i++)
		if (symbol[i].st_value &&
		    !strcmp(names + symbol[i].st_name, name))
			return (void *)(image + symbol[i].st_value);
	return NULL;
}
