/* SPDX-License-Identifier: MIT */
/*
 * mix.c - eight threads that do everything at once: all entry points, all
 * sizes, blocks handed from thread to thread, threads that die at random and
 * leave their blocks to a successor, and a child forked now and then.
 *
 * HAKMEM_STRESS_SECONDS: how long, 4 if not said. From 180 on, the resident
 * size after the first minute may grow by 5 % at most, from the first third of
 * the time to the last.
 */
#include "child.h"

#define THREADS		8
#define OWN		4096
#define SHARED		4096
#define SAMPLES		4096

/* One worker's place: it outlives the threads that work there. */
struct place {
	void *block[OWN];
	uint64_t random;
	long turns, lives;
	atomic_long live;	/* bytes made less bytes freed here */
	pthread_t thread;
};

static struct place place[THREADS];
static _Atomic(void *) shared[SHARED];
static atomic_bool stop;
static atomic_int forks, fork_failures;

static void end(struct place *my, void **at)
{
	if (*at)
		my->live -= (long)stress_size_of(*at);
	stress_free(*at);
	*at = NULL;
}

static void one_turn(struct place *my)
{
	uint64_t dice = stress_random(&my->random);
	void **at = &my->block[dice % OWN];

	switch (dice >> 32 & 15) {
	case 0: case 1: case 2:	/* hand over, and look at what comes */
		*at = atomic_exchange(&shared[dice >> 40 & (SHARED - 1)], *at);
		if (*at)
			stress_check(*at, stress_size_of(*at));
		break;
	case 3: case 4:
		if (!*at)
			break;
		my->live -= (long)stress_size_of(*at);
		*at = stress_resize(*at, &my->random);
		my->live += (long)stress_size_of(*at);
		break;
	case 5: case 6: case 7: case 8:
		end(my, at);
		break;
	default:
		end(my, at);
		*at = stress_make(&my->random);
		my->live += (long)stress_size_of(*at);
	}
	if (++my->turns % 100000 == 0)
		malloc_trim(0);
}

/* Lives for a random number of turns; dies in one of two ways. */
static void *worker(void *arg)
{
	struct place *my = arg;
	uint64_t life = 2000 + stress_random(&my->random) % 60000;

	my->lives++;
	while (life-- && !stop)
		one_turn(my);
	if (life % 3 == 0)
		for (int i = 0; i < OWN; i += 2)
			end(my, &my->block[i]);
	if (life % 2)
		pthread_exit(my);
	return my;
}

static void *keeper(void *arg)
{
	struct place *my = arg;

	while (!stop) {
		if (pthread_create(&my->thread, NULL, worker, my))
			ksft_exit_fail_msg("pthread_create");
		pthread_join(my->thread, NULL);
	}
	return NULL;
}

static void *forker(void *arg)
{
	uint64_t random = 0x1234567;

	while (!stop) {
		void *block = stress_make(&random);
		pid_t pid = fork();

		if (pid == 0)
			stress_child(block, random);
		if (!stress_child_ended(pid))
			fork_failures++;
		stress_free(block);
		forks++;
		usleep(20000);
	}
	return arg;
}

static int by_size(const void *one, const void *two)
{
	return *(const int *)one - *(const int *)two;
}

static int median(int *sample, int count)
{
	static int sorted[SAMPLES];

	memcpy(sorted, sample, (size_t)count * sizeof(*sorted));
	qsort(sorted, (size_t)count, sizeof(*sorted), by_size);
	return sorted[count / 2];
}

/* One sample each second: what is resident, and what of it is not live. */
struct samples {
	int rss[SAMPLES], rest[SAMPLES];
	int count;
};

static void sample(struct samples *to)
{
	long live = 0;

	if (to->count == SAMPLES)
		return;
	for (int i = 0; i < THREADS; i++)
		live += place[i].live;
	to->rss[to->count] = (int)stress_rss();
	to->rest[to->count] = to->rss[to->count] - (int)(live / 1024);
	to->count++;
	if (to->count % 30 == 0)
		ksft_print_msg("%4d s: %d KiB resident, %ld KiB live",
			       to->count, to->rss[to->count - 1], live / 1024);
}

/*
 * How much is live wavers by more than 5 %, so that is taken off on both sides. What
 * remains wavers by a quarter from one half minute to the next.
 */
static void growth(struct samples *from)
{
	int third = (from->count - 60) / 3;
	int last = from->count - third;
	int early, late, allowed;

	if (from->count < 180 || !STRESS_RSS_COUNTS) {
		ksft_test_result_skip("needs HAKMEM_STRESS_SECONDS=180",
				      "growth after the first minute");
		return;
	}
	early = median(from->rest + 60, third);
	late = median(from->rest + last, third);
	allowed = median(from->rss + 60, third) / 20;
	ksft_print_msg("resident %d KiB in the first third, %d in the last",
		       median(from->rss + 60, third),
		       median(from->rss + last, third));
	stress_rss_result(late <= early + allowed,
			  "at most 5 % of growth after the first minute",
			  early, late);
}

int main(int argc, char **argv)
{
	static struct samples samples;
	pthread_t keepers[THREADS], fork_thread;
	long turns = 0, lives = 0, seconds;
	double start;

	(void)argc;
	ktap_preload(argv);
	seconds = stress_param("HAKMEM_STRESS_SECONDS", 4);
	ksft_print_header();
	ksft_set_plan(3);
	start = stress_now();
	for (int i = 0; i < THREADS; i++) {
		place[i].random = 88172645463325252u + (uint64_t)i * 977 +
				  (uint64_t)(start * 1e6);
		pthread_create(&keepers[i], NULL, keeper, &place[i]);
	}
	pthread_create(&fork_thread, NULL, forker, NULL);
	while (stress_now() - start < (double)seconds) {
		usleep(1000000);
		sample(&samples);
	}
	stop = true;
	pthread_join(fork_thread, NULL);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(keepers[i], NULL);
		for (int at = 0; at < OWN; at++)
			stress_free(place[i].block[at]);
		turns += place[i].turns;
		lives += place[i].lives;
	}
	for (int at = 0; at < SHARED; at++)
		stress_free(shared[at]);
	ksft_test_result(turns > 1000, "%ld turns of %ld threads in %ld s",
			 turns, lives, seconds);
	ksft_test_result(!fork_failures, "%d forks beside them", forks);
	growth(&samples);
	return ksft_finished();
}
