/* SPDX-License-Identifier: MIT */
/*
 * pipeline.c - one thread makes blocks, others free them, through a ring:
 * every free is a stranger's, none is the owner's, and memory stays bounded
 * by what is alive.
 *
 * HAKMEM_STRESS_SECONDS: how long, 2 if not said.
 */
#include <sched.h>

#include "stress.h"

#define RING	4096	/* blocks in flight, about 4 MiB */

static _Atomic(void *) ring[RING];
static atomic_bool stop;
static atomic_long ended;

static void *consumer(void *arg)
{
	unsigned int at = (unsigned int)(size_t)arg * (RING / 3);

	for (;;) {
		void *block = atomic_exchange(&ring[at++ % RING], NULL);

		if (block) {
			stress_free(block);
			ended++;
		} else if (stop) {
			return NULL;
		} else if (at % 64 == 0) {
			sched_yield();
		}
	}
}

static void *producer(void *arg)
{
	uint64_t random = (uint64_t)(size_t)arg * 7777 + 3;
	unsigned int at = 0;

	while (!stop) {
		size_t size = STRESS_LEAST +
			      (size_t)(stress_random(&random) % 2000);
		void *block = malloc(size), *none = NULL;

		if (!block)
			ksft_exit_fail_msg("no memory");
		stress_write(block, size, random);
		while (!atomic_compare_exchange_strong(&ring[at++ % RING],
						       &none, block)) {
			none = NULL;
			if (at % RING == 0)
				sched_yield();
			if (stop) {
				stress_free(block);
				return NULL;
			}
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t make[2], end[3];
	long before, after, seconds;

	(void)argc;
	ktap_preload(argv);
	seconds = stress_param("HAKMEM_STRESS_SECONDS", 2);
	ksft_print_header();
	ksft_set_plan(2);
	for (size_t i = 0; i < 2; i++)
		pthread_create(&make[i], NULL, producer, (void *)i);
	for (size_t i = 0; i < 3; i++)
		pthread_create(&end[i], NULL, consumer, (void *)i);
	usleep((unsigned int)seconds * 250000);
	before = stress_rss();
	usleep((unsigned int)seconds * 750000);
	after = stress_rss();
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(make[i], NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(end[i], NULL);
	for (int i = 0; i < RING; i++)
		stress_free(ring[i]);
	ksft_test_result(ended > 1000, "%ld blocks freed by strangers", ended);
	stress_rss_result(after < before + 16384,
			  "resident size stays", before, after);
	return ksft_finished();
}
