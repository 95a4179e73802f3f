/* SPDX-License-Identifier: MIT */
/*
 * deepbind_lib.c - opened with RTLD_DEEPBIND, so that its names are looked up in
 * itself and in libc before anyone else. Lends its malloc and free to deepbind.c
 * and deepbind_keep.c.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* A library of its own kind, found by the RUNPATH of this one only. */
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

/* The address it calls free at, to see whether that is the program's. */
void *deep_free_address(void)
{
	return (void *)free;
}

/* The same as the loader has written it into data. */
void (*const deep_table[])(void *) = { free };

/* The program has one of that name: whose is it that is called from here? */
const char *deep_whose(void)
{
	return "library";
}

/* As the loader found it: a compiler may call the one above without asking. */
static const char *(*const volatile whose)(void) = deep_whose;

const char *deep_whose_called(void)
{
	return whose();
}

void *deep_open_inner(void)
{
	void *inner = dlopen(INNER, RTLD_NOW | RTLD_DEEPBIND);

	/* no tail call: dlopen is to see that it is called from here */
	__asm__ volatile("" : "+r"(inner));
	return inner;
}
