/* SPDX-License-Identifier: MIT */
/*
 * work.c - the program the shell tests of this directory run: no test itself.
 *
 *     work mix OPS      a checked mix, in the main thread and one other
 *     work phases MIB   MIB live at a time, in one block size after another
 *     work elsewhere MIB [threads]
 *                       MIB live and freed, and 7/6 of that mapped by the
 *                       program itself, in one block size after another
 *     work crash MIB    MIB live and 3 x MIB freed, prints VmRSS, aborts
 *     work give MIB     MIB freed by each of three threads, in several sizes;
 *                       called "giving" from when there is a keeper, if there
 *                       is to be one, and "given" once memory has gone back
 *     work idle THREADS THREADS have allocated, and sleep, until a keeper has
 *                       looked at them for two seconds
 */
#include "keeper.h"
#include "mix.h"

#include <sys/prctl.h>

static long ops;

static void *thread_mix(void *mix)
{
	mix_run(mix, ops);
	return NULL;
}

static int two_mixes(void)
{
	static struct mix mine, theirs = { .rng = 5 };
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_mix, &theirs))
		return 1;
	mix_run(&mine, ops);
	pthread_join(thread, NULL);
	return mix_end(&mine, false) | mix_end(&theirs, false);
}

/* touches all of it; the chain of blocks, or NULL */
static void *take(size_t total, size_t bytes)
{
	void *chain = NULL;

	for (size_t sum = 0; sum < total; sum += bytes) {
		void **block = malloc(bytes);

		if (!block)
			return NULL;
		memset(block, 1, bytes);
		*block = chain;
		chain = block;
	}
	return chain;
}

static void give(void *chain)
{
	while (chain) {
		void *next = *(void **)chain;

		free(chain);
		chain = next;
	}
}

static int phases(size_t total)
{
	static const size_t sizes[] = {
		100, 3 * MIB, 1000, 20000, 40 * MIB, 300 * KIB, 64,
	};

	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			void *chain = take(total, sizes[i]);

			if (!chain) {
				ksft_print_msg("refused at %zu", sizes[i]);
				return 1;
			}
			give(chain);
		}
	return 0;
}

/* nothing tells the library of what is mapped, and nothing waits for it */
static int elsewhere(size_t total, bool threads)
{
	static const size_t sizes[] = { 1000000, 100, 5000, 3 * MIB, 20000 };
	struct companion other;

	if (threads && !companion_start(&other))
		return 1;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t bytes = total * 7 / 6;
		char *mapped;

		give(take(total, sizes[i]));
		mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (mapped == MAP_FAILED)
			return 1;
		memset(mapped, 1, bytes);
		munmap(mapped, bytes);
	}
	if (threads)
		companion_end(&other);
	return 0;
}

static int crash(size_t total)
{
	void *freed = take(3 * total, 5000), *kept = take(total, 1000);

	give(freed);
	if (!ktap_opaque(kept))
		return 1;
	printf("%ld\n", proc_number("smaps_rollup", "Rss:"));
	fflush(stdout);
	abort();
}

#define GIVERS 3

static pthread_barrier_t step, full;

/*
 * Stays until all is over: a thread that ends gives its stack back.  None gives
 * before all have taken: one after the other they would need no more than what
 * may stay, and nothing would have to go back.
 */
static void *giver(void *total)
{
	static const size_t sizes[] = { 100, 3 * MIB, 20000, 300 * KIB };

	free(ktap_opaque(malloc(100)));
	pthread_barrier_wait(&step);
	pthread_barrier_wait(&step);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		void *chain = take(*(size_t *)total, sizes[i]);

		pthread_barrier_wait(&full);
		give(chain);
	}
	pthread_barrier_wait(&step);
	pthread_barrier_wait(&step);
	return NULL;
}

static int giving(size_t total)
{
	const char *keeper = getenv("HAKMEM_KEEPER");
	bool alone = keeper && !strcmp(keeper, "off");
	pthread_t thread[GIVERS];
	long before;
	bool ok;

	pthread_barrier_init(&step, NULL, GIVERS + 1);
	pthread_barrier_init(&full, NULL, GIVERS);
	for (int i = 0; i < GIVERS; i++)
		if (pthread_create(&thread[i], NULL, giver, &total))
			return 1;
	pthread_barrier_wait(&step);
	if (!(alone ? goes_back() : keeper_works(has_keeper)))
		return 1;
	before = proc_number("status", "VmRSS:");
	prctl(PR_SET_NAME, "giving");
	pthread_barrier_wait(&step);
	pthread_barrier_wait(&step);
	ok = ktap_await(rss_below, before + 24 * 1024, PATIENCE);
	prctl(PR_SET_NAME, "given");
	pthread_barrier_wait(&step);
	for (int i = 0; i < GIVERS; i++)
		pthread_join(thread[i], NULL);
	return !ok;
}

static int idle(int threads)
{
	static struct companion others[1000];

	for (int i = 0; i < threads && i < 1000; i++)
		if (!companion_start(&others[i]))
			return 1;
	if (!ktap_await(keeper_started, 0, PATIENCE))
		return 1;
	ktap_pause(2000);
	_exit(0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	long nr = argc > 2 ? atol(argv[2]) : 0;

	ops = nr;
	if (!strcmp(what, "mix"))
		return two_mixes();
	if (!strcmp(what, "phases"))
		return phases((size_t)nr * MIB);
	if (!strcmp(what, "elsewhere"))
		return elsewhere((size_t)nr * MIB, argc > 3);
	if (!strcmp(what, "crash"))
		return crash((size_t)nr * MIB);
	if (!strcmp(what, "idle"))
		return idle((int)nr);
	if (!strcmp(what, "give"))
		return giving((size_t)nr * MIB);
	return 2;
}
