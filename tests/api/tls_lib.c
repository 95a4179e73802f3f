/* SPDX-License-Identifier: MIT */
/*
 * tls_lib.c - a library with much dynamic thread-local storage. The loader
 * allocates the storage with malloc at a thread's first touch.
 */
#include <stdlib.h>

static __thread char heavy[100000];
static __thread int touched = 1;
static char *block;

int tls_touch(int value)
{
	heavy[value % 100000] = (char)value;
	return touched += heavy[value % 100000] == (char)value;
}

__attribute__((constructor)) static void born(void)
{
	block = malloc(1000);
}

__attribute__((destructor)) static void dies(void)
{
	free(block);
}
