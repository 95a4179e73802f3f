/* SPDX-License-Identifier: MIT */
/*
 * cancel.c - threads cancelled while they allocate: no allocation function is
 * a cancellation point, so none can die with a lock of ours held.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../ktap.h"

static atomic_long turns;

/* Deferred cancellation, with no cancellation point but our own calls. */
static void *no_point(void *arg)
{
	atomic_int *reached = arg;

	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
	*reached = 1;
	while (*reached != 2)	/* the request is pending from here on */
		;
	for (size_t size = 1; size < 40 << 20; size += size / 3 + 1) {
		char *block = malloc(size);

		block[0] = 1;
		block = realloc(block, size * 2);
		free(calloc(1, size));
		free(memalign(4096, size));
		free(block);
	}
	malloc_trim(0);
	mallinfo2();
	free(NULL);
	*reached = 3;
	pthread_testcancel();
	*reached = 4;
	return NULL;
}

static void pending(void)
{
	int bad = 0;

	for (int i = 0; i < 8; i++) {
		atomic_int reached = 0;
		pthread_t thread;
		void *ret;

		pthread_create(&thread, NULL, no_point, &reached);
		while (reached != 1)
			;
		pthread_cancel(thread);
		reached = 2;
		pthread_join(thread, &ret);
		bad += reached != 3 || ret != PTHREAD_CANCELED;
	}
	ksft_test_result(!bad, "no allocation is a cancellation point");
}

static void *allocates(void *arg)
{
	unsigned int seed = (unsigned int)(size_t)arg;
	void *block[32] = { NULL };

	for (;;) {
		int at = rand_r(&seed) % 32;

		free(block[at]);
		block[at] = malloc((size_t)rand_r(&seed) % 100000);
		turns++;
		/* leaks what it holds when it dies here, and that is all */
		pthread_testcancel();
	}
	return NULL;
}

static void storm(void)
{
	pthread_t thread[8];
	char *block;

	for (size_t i = 0; i < 8; i++)
		pthread_create(&thread[i], NULL, allocates, (void *)i);
	for (int round = 0; round < 80; round++) {
		int at = round % 8;

		usleep(500);
		pthread_cancel(thread[at]);
		pthread_join(thread[at], NULL);
		if (pthread_create(&thread[at], NULL, allocates,
				   (void *)(size_t)round))
			ksft_exit_fail_msg("pthread_create");
		block = malloc(50000);
		memset(block, 1, 50000);
		free(block);
	}
	for (int i = 0; i < 8; i++) {
		pthread_cancel(thread[i]);
		pthread_join(thread[i], NULL);
	}
	ksft_test_result(turns > 1000, "80 threads cancelled in a storm");
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(2);
	alarm(600);
	pending();
	storm();
	return ksft_finished();
}
