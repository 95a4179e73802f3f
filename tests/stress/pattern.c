/* SPDX-License-Identifier: MIT */
/*
 * pattern.c - memory goes back by every way there is while eight threads work:
 * each block carries a pattern, what calloc gives is zero, and fork children
 * find whole what they inherit.
 *
 * HAKMEM_STRESS_SECONDS: how long in all, 12 if not said.
 */
#include "../ktap_run.h"
#include "../ktap_stats.h"
#include "stress.h"

#define THREADS		8
#define OWN		32
#define SHARED		64
#define STORM		3	/* children at once */
#define FELL		77

struct place {
	void *block[OWN];
	uint64_t random;
	long turns;
};

static struct place place[THREADS];
static _Atomic(void *) shared[SHARED];
static atomic_bool stop;
static atomic_long mismatches;

static void mismatch(const char *what, const void *block, size_t size)
{
	if (mismatches++ == 0)
		ksft_print_msg("%s: %p of %zu bytes", what, block, size);
}

/* A superslab or two now and then, else what many fit into one. */
static size_t draw_size(uint64_t *random)
{
	uint64_t dice = stress_random(random), top;

	if (dice % 32 == 0)
		top = (6 << 20) - STRESS_LEAST;
	else if (dice % 8 == 0)
		top = 700000;
	else if (dice % 2 == 0)
		top = 40000;
	else
		top = 300;
	return STRESS_LEAST + (size_t)(dice >> 20) % (top + 1);
}

static void *make(uint64_t *random)
{
	size_t size = draw_size(random);
	uint64_t dice = stress_random(random);
	void *block = dice % 4 ? malloc(size) : calloc(1, size);

	if (!block)
		ksft_exit_fail_msg("no memory for %zu bytes", size);
	if (dice % 4 == 0 && !stress_zero(block, size))
		mismatch("calloc is not zero", block, size);
	stress_write(block, size, dice);
	return block;
}

static void check(const void *block)
{
	struct stress_head head;

	memcpy(&head, block, sizeof(head));
	if (head.size < STRESS_LEAST || head.size > 6 << 20)
		mismatch("no head", block, 0);
	else if (!stress_whole_to(block, head.size))
		mismatch("a live block was changed", block, head.size);
}

static void end(void **at)
{
	if (*at)
		check(*at);
	free(*at);
	*at = NULL;
}

static void resize(void **at, uint64_t *random)
{
	size_t old = stress_size_of(*at), size = draw_size(random);

	check(*at);
	*at = realloc(*at, size);
	if (!*at)
		ksft_exit_fail_msg("no memory for %zu bytes", size);
	if (stress_size_of(*at) != old ||
	    !stress_whole_to(*at, old < size ? old : size))
		mismatch("realloc lost bytes", *at, size);
	stress_write(*at, size, stress_random(random));
}

static void turn(struct place *my)
{
	uint64_t dice = stress_random(&my->random);
	void **at = &my->block[dice % OWN];

	switch (dice >> 32 & 7) {
	case 0: case 1:		/* hand over, and look at what comes */
		*at = atomic_exchange(&shared[dice >> 40 & (SHARED - 1)], *at);
		if (*at)
			check(*at);
		break;
	case 2:
		if (*at)
			resize(at, &my->random);
		break;
	default:
		end(at);
		*at = make(&my->random);
	}
	my->turns++;
}

/* In waves, so that superslabs become empty at all. */
static void wave(struct place *my, long turns)
{
	while (turns--)
		turn(my);
	for (int i = 0; i < OWN; i++)
		end(&my->block[i]);
	for (int i = 0; i < SHARED / 4; i++) {
		uint64_t at = stress_random(&my->random) % SHARED;
		void *block = atomic_exchange(&shared[at], NULL);

		end(&block);
	}
}

static void *worker(void *arg)
{
	struct place *my = arg;

	while (!stop)
		wave(my, 10 + (long)(stress_random(&my->random) % 200));
	return NULL;
}

static void *child_thread(void *arg)
{
	wave(arg, 40);
	return NULL;
}

/* All that the forking thread had is here, and work goes on. */
static __attribute__((noreturn)) void child(struct place *my)
{
	static struct place other = { .random = 4711 };
	pthread_t thread;

	alarm(600);
	mismatches = 0;
	for (int i = 0; i < OWN; i++)
		if (my->block[i])
			check(my->block[i]);
	/* What another thread had a hand on is nobody's here. */
	for (int i = 0; i < SHARED; i++)
		atomic_store(&shared[i], NULL);
	if (pthread_create(&thread, NULL, child_thread, &other))
		_exit(3);
	wave(my, 40);
	pthread_join(thread, NULL);
	_exit(mismatches != 0);
}

static long storm(struct place *my)
{
	pid_t pid[STORM];
	long bad = 0;

	for (int i = 0; i < STORM; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			child(my);
		turn(my);
	}
	for (int i = 0; i < STORM; i++) {
		int status = 0;

		if (pid[i] < 0 || waitpid(pid[i], &status, 0) != pid[i])
			ksft_exit_fail_msg("fork or waitpid");
		if (status)
			ksft_print_msg("a child ended with %#x", status);
		bad += status != 0;
	}
	return bad;
}

static int subject(const char *name)
{
	static struct place mine = { .random = 31337 };
	double until = stress_now() + (double)stress_param("SECONDS_EACH", 1);
	long turns = 0, forks = 0, bad = 0;
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++) {
		place[i].random = 88172645463325252u + (uint64_t)i * 977 +
				  (uint64_t)(until * 1e6);
		pthread_create(&thread[i], NULL, worker, &place[i]);
	}
	while (stress_now() < until) {
		for (int i = 0; i < OWN; i++)
			turn(&mine);
		bad += storm(&mine);
		forks += STORM;
		usleep(20000);
	}
	stop = true;
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		turns += place[i].turns;
	}
	wave(&mine, 0);
	ksft_print_msg("%s: %ld turns, %ld forks, %lu batches, %lu superslabs "
		       "gone, %lu of them wanted soon; mismatches: %ld",
		       name, turns, forks,
		       (unsigned long)ktap_stat(HAK_STAT_BATCHES),
		       (unsigned long)ktap_stat(HAK_STAT_DECOMMITTED),
		       (unsigned long)ktap_stat(HAK_STAT_WANTED_SOON),
		       (long)mismatches);
	if (mismatches || bad)
		return 1;
	if (!ktap_is_hakmem())
		return 0;
	if (!ktap_stat(HAK_STAT_KEEPERS) || !ktap_stat(HAK_STAT_DECOMMITTED))
		return 2;
	return ktap_stat(HAK_STAT_METHODS_ABANDONED) ? FELL : 0;
}

static const struct row {
	const char *via, *batch, *decommit;
} rows[] = {
	{ "uring", "1", "dontneed" },	{ "uring", "64", "dontneed" },
	{ "vector", "1", "dontneed" },	{ "vector", "64", "dontneed" },
	{ "madvise", "1", "dontneed" },	{ "madvise", "64", "dontneed" },
	{ "uring", "64", "free" },	{ "vector", "1", "free" },
	{ "madvise", "64", "free" },
};
#define NR_ROWS (sizeof(rows) / sizeof(*rows))

static void run_row(const struct row *row, long seconds)
{
	struct ktap_run run;
	char name[80], each[16];

	snprintf(name, sizeof(name), "%s, batch %s, %s", row->via, row->batch,
		 row->decommit);
	snprintf(each, sizeof(each), "%ld", seconds);
	setenv("HAKMEM_PROFILE", "lean", 1);
	setenv("HAKMEM_DECOMMIT_DELAY", "0", 1);
	setenv("HAKMEM_DECOMMIT_VIA", row->via, 1);
	setenv("HAKMEM_BATCH", row->batch, 1);
	setenv("HAKMEM_SS_MEM_LEAN_DECOMMIT", row->decommit, 1);
	ktap_run_self(&run, name, "SECONDS_EACH", each,
		      (unsigned int)seconds + 240);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == FELL &&
	    !run.err[0])
		ksft_test_result_skip("refused by the kernel, or not built in",
				      "%s", name);
	else if (!ktap_run_result(&run, name))
		return;
	ktap_write(run.out, (int)strlen(run.out));
}

int main(int argc, char **argv)
{
	long seconds = stress_param("HAKMEM_STRESS_SECONDS", 12);

	ktap_preload(argv);
	if (argc > 1)
		return subject(argv[1]);
	ksft_print_header();
	ksft_set_plan(NR_ROWS);
	for (size_t i = 0; i < NR_ROWS; i++)
		run_row(&rows[i], (seconds + 1) / (long)NR_ROWS);
	return ksft_finished();
}
