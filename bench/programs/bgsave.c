/* SPDX-License-Identifier: MIT */
/*
 * bgsave.c - a store is saved by a forked child while it is written to: what
 * copy-on-write costs it.
 *
 * Run     bgsave [-m MIB] [-r WRITES] [-s SECONDS]          for bench/bgsave
 * Honest  the child reads all there is, again and again; the table of blocks,
 *         which is copied too, has small pages under every allocator. A write
 *         is timed from its begin: what waits behind a slow one is not told.
 */
#include "bench/loads/histogram.h"
#include "bench/loads/load.h"

#include "arch/arch.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	LEAST = 32, /* bytes of a block, to LEAST + RANGE - 1 */
	RANGE = 480,
	MEAN = LEAST + RANGE / 2,
	STRIDE = 1024, /* blocks that the child reads between two looks */
};

static size_t mib = 512;
static double rate = 2000, seconds = 2;
static void **blocks;
static uint32_t nr;
static uint64_t seed;
static double ticks_per_ns;

/* What parent and child tell each other. */
static struct shared {
	_Atomic int over;
	double dirty; /* MiB of the child's own */
} * shared;

/* ---- What /proc says ----------------------------------------------------- */

/* MiB, of smaps_rollup; allocates nothing */
static double rollup(const char *field)
{
	static char text[4096];
	int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *at;

	if (got < 0)
		load_fail("cannot read /proc/self/smaps_rollup");
	close(fd);
	text[got] = '\0';
	at = strstr(text, field);
	return at ? strtod(at + strlen(field), NULL) / 1024 : 0;
}

static double faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_minflt;
}

/* ---- The store ----------------------------------------------------------- */

static void put(uint32_t i, uint64_t r)
{
	size_t bytes = LEAST + load_below(r >> 32, RANGE);

	blocks[i] = load_get(bytes, i);
	memset((char *)blocks[i] + 8, (int)r, bytes - 8);
}

/* as a SET does: the new value first, then the old one goes */
static void write_one(void)
{
	uint64_t r = load_random(&seed);
	uint32_t i = load_below(r, nr);
	void *old = blocks[i];

	put(i, r);
	load_put(old, i);
}

static void fill(void)
{
	nr = (mib << 20) / MEAN;
	blocks = load_table(nr * sizeof(*blocks));
	for (uint32_t i = 0; i < nr; i++)
		put(i, load_random(&seed));
	/* no longer as it was laid out */
	for (uint32_t i = 0; i < nr; i++)
		write_one();
}

static void measure_clock(void)
{
	double begin = load_wall_ns();
	uint64_t ticks = arch_ticks();

	while (load_wall_ns() - begin < 20e6)
		;
	ticks_per_ns = (arch_ticks() - ticks) / (load_wall_ns() - begin);
}

/* ---- A phase ------------------------------------------------------------- */

static void report(const char *phase, const char *what, double value,
		   const char *unit)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_%s", phase, what);
	load_figure(name, value, unit, "lower");
}

static void wait_until(double ns)
{
	struct timespec rest = { 0, (long)(ns - load_wall_ns()) };

	if (rest.tv_nsec > 0)
		nanosleep(&rest, NULL);
}

/* Writes so many, at most so often, and tells of them. */
static void serve(const char *phase)
{
	static uint64_t count[HISTOGRAM_BUCKETS];
	double us = 1e3 * ticks_per_ns, faulted = faults();
	double due = load_wall_ns();
	uint64_t ticks, max = 0, sum = 0;
	long writes = (long)(rate * seconds) + 1;

	memset(count, 0, sizeof(count));
	for (long i = 0; i < writes; i++) {
		wait_until(due += 1e9 / rate);
		ticks = arch_ticks();
		write_one();
		ticks = arch_ticks() - ticks;
		sum += ticks;
		count[histogram_bucket(ticks)]++;
		max = ticks > max ? ticks : max;
	}
	report(phase, "write", sum / us / writes, "us");
	report(phase, "p50", histogram_quantile(count, writes, .5) / us, "us");
	report(phase, "p99", histogram_quantile(count, writes, .99) / us, "us");
	report(phase, "max", max / us, "us");
	report(phase, "faults", (faults() - faulted) / writes, "faults");
}

/* ---- The child ----------------------------------------------------------- */

static _Noreturn void save(void)
{
	const volatile char *last;

	for (uint32_t i = 0; i % STRIDE || !shared->over; i = (i + 1) % nr) {
		load_check(blocks[i], i);
		last = (char *)blocks[i] + LEAST - 1;
		(void)*last;
	}
	shared->dirty = rollup("\nPrivate_Dirty:");
	_exit(0);
}

static void saved(void)
{
	double begin = load_wall_ns(), forked;
	pid_t pid = fork();
	int status;

	if (!pid)
		save();
	forked = load_wall_ns() - begin;
	if (pid < 0)
		load_fail("fork");
	serve("during");
	shared->over = 1;
	if (waitpid(pid, &status, 0) != pid || status)
		load_fail("the child did not end well");
	load_figure("fork", forked / 1e3, "us", "lower");
	load_figure("cow", shared->dirty, "MiB", "lower");
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "m:r:s:")) != -1) {
		if (opt == 'm')
			mib = strtoul(optarg, NULL, 10);
		else if (opt == 'r')
			rate = strtod(optarg, NULL);
		else if (opt == 's')
			seconds = strtod(optarg, NULL);
		else
			mib = 0;
	}
	if (optind != argc || mib < 1 || mib > 1 << 16 || !(rate > 0) ||
	    !(seconds > 0)) {
		fprintf(stderr,
			"usage: bgsave [-m MIB] [-r WRITES] [-s SECONDS]\n");
		return 2;
	}
	shared = mmap(NULL, LOAD_PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		load_fail("mmap");
	seed = load_seed(0);
	measure_clock();
	fill();
	serve("before");
	load_figure("huge_before", rollup("\nAnonHugePages:"), "MiB", "higher");
	saved();
	serve("after");
	load_figure("huge_after", rollup("\nAnonHugePages:"), "MiB", "higher");
	return 0;
}
