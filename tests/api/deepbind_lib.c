/* SPDX-License-Identifier: MIT */
/*
 * deepbind_lib.c - opened with RTLD_DEEPBIND, so that its malloc and free are
 * libc's whatever is preloaded. Lends them to deepbind.c.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *deep_malloc(size_t size)
{
	return malloc(size);
}

void *deep_realloc(void *block, size_t size)
{
	return realloc(block, size);
}

void *deep_memalign(size_t align, size_t size)
{
	return memalign(align, size);
}

char *deep_strdup(const char *text)
{
	return strdup(text);
}

void deep_free(void *block)
{
	free(block);
}

/* The address it calls free at, to see that it is not the program's. */
void *deep_free_address(void)
{
	return (void *)free;
}
