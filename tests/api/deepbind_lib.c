/* SPDX-License-Identifier: MIT */
/*
 * deepbind_lib.c - opened with RTLD_DEEPBIND: the loader looks up its names in
 * the library itself and in libc first. Its malloc and free serve deepbind.c and
 * deepbind_keep.c.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* A second library of this kind, found only by this library's RUNPATH. */
#define INNER "deepbind_inner.so"

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

size_t deep_usable(void *block)
{
	return malloc_usable_size(block);
}

/* The address of free as called here, to compare with the program's. */
void *deep_free_address(void)
{
	return (void *)free;
}

/* The same address as written by the loader into data. */
void (*const deep_table[])(void *) = { free };

/* The program also defines this name. Which definition does a call here reach? */
const char *deep_whose(void)
{
	return "library";
}

/*
 * The address found by the loader; a compiler may call the function above
 * directly.
 */
static const char *(*const volatile whose)(void) = deep_whose;

const char *deep_whose_called(void)
{
	return whose();
}

void *deep_open_inner(void)
{
	void *inner = dlopen(INNER, RTLD_NOW | RTLD_DEEPBIND);

	/* no tail call: dlopen must see a caller in this library */
	__asm__ volatile("" : "+r"(inner));
	return inner;
}
