/* SPDX-License-Identifier: MIT */
/*
 * frees_only.c - a thread that only frees gets a tcache at the end of a free,
 * but not for its first few frees.
 */
#include <pthread.h>

#include "../ktap.h"
#include "../ktap_stats.h"

#define BLOCKS 200
#define FEW    20

static void *block[BLOCKS];

static uint64_t tcaches(void)
{
	return ktap_stat(HAK_STAT_TCACHES_MADE) +
	       ktap_stat(HAK_STAT_TCACHES_ADOPTED);
}

static void *free_some(void *count)
{
	for (size_t i = 0; i < (size_t)count; i++)
		free(block[i]);
	return NULL;
}

/* The number of tcaches that a thread gets for `count` frees. */
static uint64_t gets(size_t count)
{
	pthread_t thread;
	uint64_t before;

	for (size_t i = 0; i < count; i++)
		block[i] = malloc(100);
	before = tcaches();
	if (pthread_create(&thread, NULL, free_some, (void *)count))
		ksft_exit_fail_msg("pthread_create");
	pthread_join(thread, NULL);
	return tcaches() - before;
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(2);
	if (!ktap_is_hakmem()) {
		ksft_test_result_skip("not hakmem", "no tcache for a few frees");
		ksft_test_result_skip("not hakmem", "a tcache for many frees");
		return ksft_finished();
	}
	ksft_test_result(gets(FEW) == 0, "no tcache for a few frees");
	ksft_test_result(gets(BLOCKS) == 1, "a tcache for many frees");
	return ksft_finished();
}
