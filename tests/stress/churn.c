/* SPDX-License-Identifier: MIT */
/*
 * churn.c - threads that are born, allocate and die by the thousand: what is
 * left of each is at most 0.1 KiB of resident memory.
 *
 * HAKMEM_STRESS_THREADS: how many, 20000 if not said.
 */
#include "stress.h"

#define AT_ONCE	8

static void *left[AT_ONCE];

/* Frees what its predecessor left, leaves one block of its own. */
static void *short_life(void *arg)
{
	size_t me = (size_t)arg % AT_ONCE;
	uint64_t random = (uint64_t)(size_t)arg * 7919 + 1;
	void *block[20];

	stress_free(left[me]);
	for (int i = 0; i < 20; i++) {
		size_t size = STRESS_LEAST +
			      (size_t)(stress_random(&random) % 3000);

		block[i] = malloc(size);
		stress_write(block[i], size, random);
	}
	for (int i = 1; i < 20; i++)
		stress_free(block[i]);
	left[me] = block[0];
	return NULL;
}

static void lives(long from, long to)
{
	pthread_t thread[AT_ONCE];

	for (long i = from; i < to; i += AT_ONCE) {
		for (long at = 0; at < AT_ONCE; at++)
			if (pthread_create(&thread[at], NULL, short_life,
					   (void *)(i + at)))
				ksft_exit_fail_msg("pthread_create");
		for (int at = 0; at < AT_ONCE; at++)
			pthread_join(thread[at], NULL);
	}
}

int main(int argc, char **argv)
{
	long count, before, after;

	(void)argc;
	ktap_preload(argv);
	count = stress_param("HAKMEM_STRESS_THREADS", 20000);
	ksft_print_header();
	ksft_set_plan(1);
	lives(0, count / 10);	/* the rest is measured */
	before = stress_rss();
	lives(count / 10, count);
	after = stress_rss();
	stress_rss_result(after - before <= count * 9 / 10 / 10,
			  "threads leave 0.1 KiB each at most", before, after);
	for (int i = 0; i < AT_ONCE; i++)
		stress_free(left[i]);
	return ksft_finished();
}
