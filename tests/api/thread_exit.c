/* SPDX-License-Identifier: MIT */
/*
 * thread_exit.c - malloc and free while a thread dies: in key destructors of
 * all rounds, in thread_local destructors, after ours may have run.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../ktap.h"

#define KEYS	1000	/* PTHREAD_KEYS_MAX is 1024 */

extern void *__dso_handle;
extern int __cxa_thread_atexit_impl(void (*)(void *), void *, void *);

static pthread_key_t key[KEYS];
static int keys;
static atomic_int destroyed, failed;

/* A bit of everything; what a destructor in a real program may do. */
static void work(size_t seed)
{
	for (size_t i = 0; i < 6; i++) {
		size_t size = (seed * 131 + i * 977) % 9000 + 1;
		char *block = malloc(size), *other = calloc(1, size);

		if (!block || !other || other[size - 1]) {
			failed++;
			return;
		}
		memset(block, 1, size);
		block = realloc(block, size * 2);
		if (!block || block[size - 1] != 1)
			failed++;
		free(block);
		free(other);
	}
}

/* Frees its value; the first three times puts a new one in its place. */
static void key_dies(void *value)
{
	unsigned int *count = value, times = *count;

	destroyed++;
	work(times);
	free(count);
	if (times % 4 == 3)
		return;
	count = malloc(sizeof(*count));
	*count = times + 1;
	pthread_setspecific(key[times / 4 % (unsigned int)keys], count);
}

static void set_keys(void)
{
	for (int i = 0; i < keys; i++) {
		unsigned int *count = malloc(sizeof(*count));

		*count = (unsigned int)i * 4;
		if (pthread_setspecific(key[i], count))
			failed++;
	}
}

static void *with_keys(void *arg)
{
	set_keys();
	return arg;
}

/* Destructors of thread_local objects, each of which makes the next one. */
static void nested_dies(void *value)
{
	unsigned int left = *(unsigned int *)value;

	destroyed++;
	free(value);
	work(left);
	if (left) {
		unsigned int *next = malloc(sizeof(*next));

		*next = left - 1;
		if (__cxa_thread_atexit_impl(nested_dies, next,
					     &__dso_handle))
			failed++;
	}
}

static void *with_nested(void *arg)
{
	unsigned int *count = malloc(sizeof(*count));

	*count = 999;
	__cxa_thread_atexit_impl(nested_dies, count, &__dso_handle);
	return arg;
}

static void *with_both(void *arg)
{
	with_nested(arg);
	set_keys();
	work(1);
	pthread_exit(arg);
}

static void *only_key(void *arg)
{
	/* no allocation before the destructor runs */
	pthread_setspecific(key[0], arg);
	return NULL;
}

static void run(void *(*fn)(void *), void *arg)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, fn, arg);

	if (err)
		ksft_exit_fail_msg("pthread_create: %s", strerror(err));
	pthread_join(thread, NULL);
}

static void *detached(void *arg)
{
	atomic_int *done = arg;

	set_keys();
	work(3);
	(*done)++;
	return NULL;
}

static void detached_threads(void)
{
	static atomic_int done;

	for (int i = 0; i < 200; i++) {
		pthread_attr_t attr;
		pthread_t thread;

		pthread_attr_init(&attr);
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		if (pthread_create(&thread, &attr, detached, &done))
			ksft_exit_fail_msg("pthread_create");
		pthread_attr_destroy(&attr);
		while (done + 8 < i)
			usleep(1000);
	}
	while (done < 200)
		usleep(1000);
	ksft_test_result(!failed, "200 detached threads");
}

int main(int argc, char **argv)
{
	unsigned int *count;

	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(6);
	while (keys < KEYS &&
	       pthread_key_create(&key[keys], key_dies) == 0)
		keys++;
	ksft_test_result(keys == KEYS, "%d keys can be had", keys);
	run(with_keys, NULL);
	ksft_test_result(destroyed >= KEYS && !failed,
			 "%d key destructors that allocate", destroyed);
	destroyed = 0;
	run(with_nested, NULL);
	ksft_test_result(destroyed == 1000 && !failed,
			 "1000 nested thread_local destructors");
	destroyed = 0;
	for (int i = 0; i < 8; i++)
		run(with_both, NULL);
	ksft_test_result(destroyed >= 8 * (1000 + KEYS) && !failed,
			 "both together, 8 threads");
	destroyed = 0;
	for (int i = 0; i < 300; i++) {
		count = malloc(sizeof(*count));
		*count = 3;
		run(only_key, count);
	}
	ksft_test_result(destroyed == 300 && !failed,
			 "a destructor as a thread's only allocation");
	detached_threads();
	return ksft_finished();
}
