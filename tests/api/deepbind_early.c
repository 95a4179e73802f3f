/* SPDX-License-Identifier: MIT */
/*
 * deepbind_early.c - opened with RTLD_DEEPBIND: allocates and frees before dlopen
 * has returned, in a constructor, and in the resolver of an indirect function.
 */
#include <stdlib.h>
#include <string.h>

/* Blocks that libc has made of whatever malloc it uses itself, freed here. */
static int use_both(void)
{
	char *text = strdup("by libc");
	char *more = realloc(text, 5000);
	int ok = more && !strcmp(more, "by libc");

	free(more);
	return ok;
}

int early_constructed, early_resolved;

__attribute__((constructor)) static void construct(void)
{
	early_constructed = use_both();
}

static int chosen(void)
{
	return 1;
}

__attribute__((used)) static int (*resolve_chosen(void))(void)
{
	early_resolved = use_both();
	return chosen;
}

int early_chosen(void) __attribute__((ifunc("resolve_chosen")));
