/* SPDX-License-Identifier: MIT */
/*
 * keeper_wrapped.c - a program with a pthread_create of its own, or a malloc, that
 * calls the next one under a lock, and frees under it: no keeper is ever made by way
 * of that lock.
 *
 * Built twice: with WRAPS_MALLOC it has the malloc functions, else pthread_create.
 */
#include <dlfcn.h>
#include <stdlib.h>

#include "keeper.h"

/* not recursive: who takes it twice waits for itself */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		_exit(99);
	return function;
}

#ifdef WRAPS_MALLOC

#define WRAP(name, type, params, args)					\
	type name params						\
	{								\
		static type (*real) params;				\
		type got;						\
		if (!real)						\
			*(void **)&real = next(#name);			\
		pthread_mutex_lock(&lock);				\
		got = real args;					\
		pthread_mutex_unlock(&lock);				\
		return got;						\
	}

WRAP(malloc, void *, (size_t bytes), (bytes))
WRAP(calloc, void *, (size_t count, size_t bytes), (count, bytes))
WRAP(realloc, void *, (void *block, size_t bytes), (block, bytes))

void free(void *block)
{
	static void (*real)(void *);

	if (!real)
		*(void **)&real = next("free");
	pthread_mutex_lock(&lock);
	real(block);
	pthread_mutex_unlock(&lock);
}

/* what is freed goes back all the same */
static int works(void)
{
	struct companion other;

	if (!companion_start(&other))
		return SKIPPED;
	for (int i = 0; i < 3; i++)
		if (!goes_back())
			return 1;
	companion_end(&other);
	return 0;
}

#else

static bool busy;

int pthread_create(pthread_t *thread, const pthread_attr_t *how,
		   void *(*body)(void *), void *arg)
{
	static int (*real)(pthread_t *, const pthread_attr_t *,
			   void *(*)(void *), void *);
	int err;

	if (!real)
		*(void **)&real = next("pthread_create");
	pthread_mutex_lock(&lock);
	err = real(thread, how, body, arg);
	if (busy)
		swing(128);
	pthread_mutex_unlock(&lock);
	return err;
}

static int works(void)
{
	struct companion other[3];

	for (int i = 0; i < 3; i++) {
		if (!companion_start(&other[i]))
			return SKIPPED;
		busy = true;
	}
	if (!ktap_await(has_keeper, 0, PATIENCE)) {
		ksft_print_msg("there is no keeper");
		return 1;
	}
	return !goes_back();
}

#endif

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1)
		return works();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	be_lean("0", "64");
	in_self("works", "frees under the lock of a wrapper");
	setenv("HAKMEM_KEEPER", "on", 1);
	in_self("works", "the same, with a keeper from the start");
#ifdef WRAPS_MALLOC
	setenv("HAKMEM_KEEPER", "off", 1);
	in_self("works", "the same, with no keeper");
#endif
	return ksft_finished();
}
