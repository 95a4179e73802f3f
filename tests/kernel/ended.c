/* SPDX-License-Identifier: MIT */
/*
 * ended.c - what is freed of many threads that have ended comes back, however
 * many they were: by the frees themselves in a process with one thread.
 */
#include "keeper.h"

#include <malloc.h>

#define THREADS	  1000
#define BYTES	  ((size_t)256 << 10)	/* of each */
#define SLACK_KIB (16 * 1024)

static pthread_barrier_t bar;
static size_t size;

/* a chain of blocks that stays behind */
static void *leave(void *ret_chain)
{
	void *chain = NULL;

	/* what libc has of each of them is not to lie in between */
	pthread_barrier_wait(&bar);
	for (size_t sum = 0; sum < BYTES; sum += size) {
		void **block = malloc(size);

		memset(block, 1, size);
		*block = chain;
		chain = block;
	}
	*(void **)ret_chain = chain;
	/* all at once, so that none takes over what another had */
	pthread_barrier_wait(&bar);
	return NULL;
}

static void give(void *chain)
{
	while (chain) {
		void *next = *(void **)chain;

		free(chain);
		chain = next;
	}
}

static void *give_slice(void *chains)
{
	for (int i = 0; i < THREADS / 4; i++)
		give(((void **)chains)[i]);
	sleep(3 * PATIENCE);
	return NULL;
}

/* by WHOM: the "one" thread, "four" that then sleep, or one and a "trim" */
static int ended(const char *whom, size_t bytes)
{
	static pthread_t thread[THREADS];
	static void *chain[THREADS];
	pthread_attr_t small;
	long before, full;

	size = bytes;
	before = proc_number("status", "VmRSS:");
	pthread_barrier_init(&bar, NULL, THREADS);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * KIB);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], &small, leave, &chain[i]))
			return SKIPPED;
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	full = proc_number("status", "VmRSS:");
	if (whom[0] == 'f')
		for (int i = 0; i < 4; i++)
			pthread_create(&thread[i], NULL, give_slice,
				       &chain[i * THREADS / 4]);
	else
		for (int i = 0; i < THREADS; i++)
			give(chain[i]);
	if (whom[0] == 't')
		malloc_trim(0);
	/* A keeper that was there may have it to give. */
	if (ktap_await(rss_below, before + SLACK_KIB + THREADS * 24,
		       PATIENCE))
		return 0;
	ksft_print_msg("resident: %ld KiB, %ld when full, %ld before",
		       proc_number("status", "VmRSS:"), full, before);
	return 1;
}

int main(int argc, char **argv)
{
	static const char *const sizes[] = { "100", "5000", "60000", "262144" };
	char mode[32], name[80];

	ktap_preload(argv);
	if (argc > 1)
		return ended(argv[1], strtoul(argv[1] + 4, NULL, 10));
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	be_lean("0", "64");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		snprintf(mode, sizeof(mode), "one %s", sizes[i]);
		snprintf(name, sizeof(name),
			 "blocks of %s bytes, freed by one thread", sizes[i]);
		in_self(mode, name);
	}
	in_self("four60000", "freed by four that sleep then");
	in_self("trim5000", "and malloc_trim");
	return ksft_finished();
}
