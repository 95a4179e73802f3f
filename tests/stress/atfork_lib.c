/* SPDX-License-Identifier: MIT */
/*
 * atfork_lib.c - preloaded beside the library: its fork handlers, registered as
 * early as a constructor can, allocate and free in all three phases.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static _Atomic(char *) kept[3];
static atomic_long runs;

/* Each phase keeps a block between forks. Two forks may run a phase at once. */
static void turn(int phase)
{
	for (size_t size = 1; size < 1 << 20; size = size * 9 + 3) {
		char *block = realloc(malloc(size), size * 2);

		if (!block)
			_exit(90 + phase);
		block[size - 1] = 1;
		free(atomic_exchange(&kept[phase], block));
	}
	free(calloc(3, 1000));
	runs++;
}

static void prepare(void) { turn(0); }
static void in_parent(void) { turn(1); }
static void in_child(void) { turn(2); }

long atfork_runs(void)
{
	return runs;
}

__attribute__((constructor(101))) static void born(void)
{
	pthread_atfork(prepare, in_parent, in_child);
}
