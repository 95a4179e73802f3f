/* SPDX-License-Identifier: MIT */
/*
 * successor.c - larson's server: each thread inherits its predecessor's
 * blocks, replaces them at random, and hands them on. Memory must not grow
 * with the generations.
 *
 * HAKMEM_STRESS_SECONDS: how long, 2 if not said.
 */
#include "stress.h"

#define CHAINS	4
#define BLOCKS	2000

struct estate {
	void *block[BLOCKS];
	uint64_t random;
	long generations;
	double until;
};

static struct estate estate[CHAINS];

static void *generation(void *arg)
{
	struct estate *mine = arg;

	for (int i = 0; i < BLOCKS; i++) {
		uint64_t at = stress_random(&mine->random) % BLOCKS;
		size_t size = STRESS_LEAST +
			      (size_t)(stress_random(&mine->random) % 1000);

		stress_free(mine->block[at]);
		mine->block[at] = malloc(size);
		if (!mine->block[at])
			ksft_exit_fail_msg("no memory");
		stress_write(mine->block[at], size, mine->random);
	}
	mine->generations++;
	return NULL;
}

static void *chain(void *arg)
{
	struct estate *mine = arg;

	while (stress_now() < mine->until) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, generation, mine))
			ksft_exit_fail_msg("pthread_create");
		pthread_join(thread, NULL);
	}
	return NULL;
}

static void run(double seconds)
{
	pthread_t thread[CHAINS];

	for (int i = 0; i < CHAINS; i++) {
		estate[i].until = stress_now() + seconds;
		pthread_create(&thread[i], NULL, chain, &estate[i]);
	}
	for (int i = 0; i < CHAINS; i++)
		pthread_join(thread[i], NULL);
}

int main(int argc, char **argv)
{
	long before, after, generations = 0;
	double seconds;

	(void)argc;
	ktap_preload(argv);
	seconds = (double)stress_param("HAKMEM_STRESS_SECONDS", 2);
	ksft_print_header();
	ksft_set_plan(2);
	for (int i = 0; i < CHAINS; i++)
		estate[i].random = (uint64_t)i * 1000003 + 17;
	run(seconds / 4);
	before = stress_rss();
	run(seconds * 3 / 4);
	after = stress_rss();
	for (int i = 0; i < CHAINS; i++) {
		generations += estate[i].generations;
		for (int at = 0; at < BLOCKS; at++)
			stress_free(estate[i].block[at]);
	}
	ksft_test_result(generations > 20, "%ld generations", generations);
	stress_rss_result(after < before + before / 4 + 4096,
			  "resident size stays", before, after);
	return ksft_finished();
}
