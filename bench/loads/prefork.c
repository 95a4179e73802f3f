/* SPDX-License-Identifier: MIT */
/*
 * prefork.c - a parent with 60 MiB of small objects forks four workers.
 *
 * Models  a server that loads its program once, with a third of the blocks of
 *         the start freed, and forks; each worker then replaces blocks of a ring
 *         of its own, as requests do, and only reads what the parent made.
 * Honest  every block is written and read back. private is the memory that a
 *         worker has for itself, Private_Dirty, when all have done their work
 *         and none has ended; time is the CPU time of a worker, its faults
 *         included.
 */
#include "memory.h"
#include "mix.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 4, RING = 8192, DOUBLINGS = 5, READS = 16 };

static const double parent_bytes = 90 << 20; /* a third is freed */
static const double mean_bytes = 84;	     /* of load_powerlaw(DOUBLINGS) */

/* Mapped and shared: what the workers tell. */
struct told {
	pthread_barrier_t all_done;
	double private_mib[WORKERS];
	double cpu_ns[WORKERS];
};

static void **parents; /* NULL where a block was freed */
static long nr_parents;

static void load_program(double scale)
{
	uint64_t random = load_seed(WORKERS);

	nr_parents = parent_bytes / mean_bytes * (scale < 1 ? scale : 1);
	parents = load_table(nr_parents * sizeof(*parents));
	for (long i = 0; i < nr_parents; i++)
		parents[i] = load_get(
			load_powerlaw(load_random(&random), DOUBLINGS), i);
	for (long i = 0; i < nr_parents; i += 3) {
		load_put(parents[i], i);
		parents[i] = NULL;
	}
}

static void read_parent(uint64_t *random)
{
	long i = load_below(load_random(random), nr_parents);

	if (parents[i])
		load_check(parents[i], i);
}

static void serve(struct told *told, int index, long steps)
{
	uint64_t random = load_seed(index);
	double start = load_cpu_ns();
	void **ring = mix_start(RING, &random);

	for (long i = 0; i < steps; i++) {
		mix_step(ring, RING, &random);
		if (i % READS == 0)
			read_parent(&random);
	}
	told->cpu_ns[index] = load_cpu_ns() - start;
	pthread_barrier_wait(&told->all_done);
	told->private_mib[index] = memory_rollup("Private_Dirty");
	pthread_barrier_wait(&told->all_done);
	mix_end(ring, RING);
	_exit(0);
}

static struct told *share(void)
{
	struct told *told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t attr;

	if (told == MAP_FAILED)
		load_fail("no memory for its table");
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&told->all_done, &attr, WORKERS);
	return told;
}

static void fork_all(struct told *told, long steps)
{
	int status;

	for (int i = 0; i < WORKERS; i++) {
		pid_t pid = fork();

		if (pid < 0)
			load_fail("no worker");
		if (!pid)
			serve(told, i, steps);
	}
	for (int i = 0; i < WORKERS; i++)
		if (wait(&status) < 0 || status)
			load_fail("a worker failed");
}

int main(int argc, char **argv)
{
	struct load_args args = load_parse(argc, argv, NULL, 1, 1);
	long steps = load_ops(&args, 1e6);
	struct told *told = share();
	double private_mib = 0, ns = 0;

	load_program(args.scale);
	fork_all(told, steps);
	for (int i = 0; i < WORKERS; i++) {
		private_mib += told->private_mib[i];
		ns += told->cpu_ns[i] / WORKERS;
	}
	load_figure("time", ns / (3 * RING + steps), "ns/op", "lower");
	load_figure("private", private_mib, "MiB", "lower");
	for (long i = 0; i < nr_parents; i++)
		if (parents[i])
			load_put(parents[i], i);
	return 0;
}
