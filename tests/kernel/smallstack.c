/* SPDX-License-Identifier: MIT */
/*
 * smallstack.c - every path of malloc fits the smallest stacks there are:
 * a thread of PTHREAD_STACK_MIN, and a signal handler on its own stack.
 *
 * Hazards 7, 8.
 */
#include "mix.h"

#include <limits.h>
#include <malloc.h>
#include <pthread.h>

#define NR_BLOCKS 64

static void *block[NR_BLOCKS];	/* not on the stack: that is the point */

/* one of every class up to 64 MiB, by every call; false if one was refused */
static bool all_paths(void)
{
	bool good = true;
	int nr = 0;

	for (size_t bytes = 1; bytes < 64 * MIB; bytes = bytes * 5 / 3 + 1) {
		block[nr] = malloc(bytes);
		good &= block[nr] != NULL;
		nr++;
	}
	for (int i = 0; i < nr; i++) {
		size_t bytes = malloc_usable_size(block[i]);
		void *more = realloc(block[i], bytes * 2);

		good &= more != NULL;
		block[i] = more ? more : block[i];
	}
	for (int i = 0; i < nr; i++)
		free(block[i]);
	for (size_t align = 32; align <= 8 * MIB; align *= 8) {
		void *aligned = aligned_alloc(align, align);
		void *zeroed = calloc(align, 3);

		good &= aligned && zeroed;
		free(ktap_opaque(aligned));
		free(ktap_opaque(zeroed));
	}
	for (int i = 0; i < 20000; i++)	/* refills, flushes, whole slabs */
		free(ktap_opaque(malloc((size_t)i % 3000)));
	return good;
}

static pthread_key_t key;

static void late(void *value)
{
	free(value);
	free(ktap_opaque(malloc(100)));
}

static void *on_small_stack(void *from_main)
{
	static bool good;

	free(from_main);
	pthread_setspecific(key, malloc(40));
	good = all_paths();
	return &good;
}

static int least_stack(long unused)
{
	size_t bytes = (size_t)sysconf(_SC_THREAD_STACK_MIN);
	pthread_attr_t attr;
	pthread_t thread;
	void *good;
	int error;

	(void)unused;
	pthread_key_create(&key, late);
	pthread_attr_init(&attr);
	if (pthread_attr_setstacksize(&attr, bytes))
		return 1;
	for (int i = 0; i < 20; i++) {
		error = pthread_create(&thread, &attr, on_small_stack,
				       malloc(200));
		if (error || pthread_join(thread, &good)) {
			ksft_print_msg("thread: %s", strerror(error));
			return 1;
		}
		if (!*(bool *)good)
			return 1;
	}
	return 0;
}

static volatile bool handled;

static void handler(int sig)
{
	(void)sig;
	handled = all_paths();
}

/* the handler is entered outside malloc, so what it does is allowed */
static int alternate_stack(long bytes)
{
	struct sigaction act = { .sa_handler = handler,
				 .sa_flags = SA_ONSTACK };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	stack_t stack = { .ss_size = (size_t)bytes };
	char *area;

	area = mmap(NULL, (size_t)bytes + page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED || mprotect(area, page, PROT_NONE))
		return SKIPPED;
	stack.ss_sp = area + page;
	if (sigaltstack(&stack, NULL) || sigaction(SIGUSR1, &act, NULL))
		return SKIPPED;
	raise(SIGUSR1);
	return !handled;
}

int main(int argc, char **argv)
{
	long signal_frame = sysconf(_SC_MINSIGSTKSZ);

	(void)argc;
	ktap_preload(argv);
	in_child(least_stack, 0, "a thread of PTHREAD_STACK_MIN");
	in_child(alternate_stack, signal_frame + 4096,
		 "a handler with 4 KiB of its own");
	return ksft_finished();
}
