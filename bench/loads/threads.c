/* SPDX-License-Identifier: MIT */
/*
 * threads.c - 10,000 threads, each short, eight at a time.
 *
 * Models  a thread for each request or task: 100 blocks of 16..1024 bytes, of
 *         which ten are its result, that whoever joins it frees.
 * Honest  every block is written and read back; the time is of a thread's whole
 *         life, with the kernel's share, as whoever starts it waits for it.
 */
#include "load.h"

enum { AT_A_TIME = 8, BLOCKS = 100, RESULTS = 10 };

struct task {
	_Alignas(2 * LOAD_LINE) uint64_t random;
	void *results[RESULTS];
};

static struct task tasks[AT_A_TIME];

static void *run(void *arg)
{
	struct task *task = arg;
	void *blocks[BLOCKS];

	for (int i = 0; i < BLOCKS; i++)
		blocks[i] = load_get(16 + load_below(load_random(&task->random),
						     1009),
				     (uintptr_t)task + i);
	for (int i = 0; i < RESULTS; i++)
		task->results[i] = blocks[i];
	for (int i = RESULTS; i < BLOCKS; i++)
		load_put(blocks[i], (uintptr_t)task + i);
	return NULL;
}

static void wave(void)
{
	pthread_t threads[AT_A_TIME];

	for (int i = 0; i < AT_A_TIME; i++)
		threads[i] = load_spawn(run, &tasks[i]);
	for (int i = 0; i < AT_A_TIME; i++) {
		pthread_join(threads[i], NULL);
		for (int j = 0; j < RESULTS; j++)
			load_put(tasks[i].results[j], (uintptr_t)&tasks[i] + j);
	}
}

int main(int argc, char **argv)
{
	struct load_args args = load_parse(argc, argv, NULL, 1, 1);
	long waves = load_ops(&args, 10000 / AT_A_TIME);
	double start;

	for (int i = 0; i < AT_A_TIME; i++)
		tasks[i].random = load_seed(i);
	wave();
	start = load_wall_ns();
	for (long i = 0; i < waves; i++)
		wave();
	load_figure("time",
		    (load_wall_ns() - start) / ((double)waves * AT_A_TIME),
		    "ns/op", "lower");
	return 0;
}
