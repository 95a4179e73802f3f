/* SPDX-License-Identifier: MIT */
/*
 * small_stack.c - threads of PTHREAD_STACK_MIN bytes of stack that allocate,
 * and threads whose one and only operation is of each kind.
 */
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../ktap.h"

static atomic_int failures;

/* Every size class and regime, on a stack with no room for anything else. */
static void *all_classes(void *arg)
{
	for (size_t size = 1; size < 40 << 20; size += size / 4 + 1) {
		char *block = malloc(size), *zeroed;

		if (!block) {
			failures++;
			break;
		}
		block[0] = block[size - 1] = 1;
		block = realloc(block, size * 3 / 2);
		zeroed = calloc(1, size);
		if (!block || block[0] != 1 || !zeroed || zeroed[size - 1])
			failures++;
		free(zeroed);
		free(block);
		block = memalign(4096, size);
		if (!block)
			failures++;
		free(block);
	}
	return arg;
}

static void *only_free(void *arg)
{
	free(arg);
	return NULL;
}

static void *only_malloc(void *arg)
{
	return malloc((size_t)arg);
}

static void *only_calloc(void *arg)
{
	return calloc(1, (size_t)arg);
}

static void *only_realloc(void *arg)
{
	return realloc(arg, 3000);
}

static void *only_memalign(void *arg)
{
	return memalign(256, (size_t)arg);
}

static void *only_size(void *arg)
{
	return (void *)malloc_usable_size(arg);
}

static void *run(void *(*fn)(void *), void *arg, size_t stack)
{
	pthread_attr_t attr;
	pthread_t thread;
	void *ret = NULL;
	int err;

	pthread_attr_init(&attr);
	if (pthread_attr_setstacksize(&attr, stack))
		ksft_exit_fail_msg("pthread_attr_setstacksize(%zu)", stack);
	err = pthread_create(&thread, &attr, fn, arg);
	if (err)
		ksft_exit_fail_msg("pthread_create: %s", strerror(err));
	pthread_join(thread, &ret);
	pthread_attr_destroy(&attr);
	return ret;
}

static void first_operations(size_t stack)
{
	static size_t sizes[] = { 1, 100, 5000, 100000, 1 << 20, 5 << 20 };
	int bad = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char *block;
		void *size = (void *)sizes[i];

		run(only_free, malloc(sizes[i]), stack);
		run(only_free, NULL, stack);
		bad += (size_t)run(only_size, block = malloc(sizes[i]), stack)
		       < sizes[i];
		free(block);
		block = run(only_malloc, size, stack);
		bad += !block;
		memset(block, 1, sizes[i]);
		block = run(only_realloc, block, stack);
		bad += !block || block[0] != 1;
		free(block);
		block = run(only_calloc, size, stack);
		bad += !block || block[sizes[i] - 1];
		run(only_free, block, stack);
		block = run(only_memalign, size, stack);
		bad += !block || (size_t)block % 256;
		run(only_free, block, stack);
	}
	ksft_test_result(!bad, "first operation of a thread, stack %zu", stack);
}

/* 1000 threads which do nothing but free one block each. */
static void many_freers(void)
{
	for (int i = 0; i < 1000; i++)
		run(only_free, malloc((size_t)i * 37), PTHREAD_STACK_MIN);
	ksft_test_result_pass("1000 threads that only free");
}

int main(int argc, char **argv)
{
	size_t least = (size_t)PTHREAD_STACK_MIN;

	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(5);
	run(all_classes, NULL, least);
	ksft_test_result(!failures, "all classes on a stack of %zu", least);
	failures = 0;
	for (int i = 0; i < 10; i++)
		run(all_classes, NULL, least);
	ksft_test_result(!failures, "the same in 10 threads");
	first_operations(least);
	first_operations(1 << 20);
	many_freers();
	return ksft_finished();
}
