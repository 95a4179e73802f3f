/* SPDX-License-Identifier: MIT */
/*
 * load.c - what the load programs share; load.h says how it is used.
 *
 * Owns    the threads of load_run() and the barrier at which they begin.
 * Clock   CPU time is blind to what else the machine does, so it is the clock
 *         of one thread; the waiting of several for each other is only in wall.
 */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

const char *const load_seconds[] = { "SECONDS,...", NULL };

static struct load_thread load_threads[LOAD_MAX_THREADS];
static pthread_barrier_t all_ready;

_Noreturn void load_fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
	_exit(1);
}

static _Noreturn void usage(const char *const *variants, int fixed)
{
	fprintf(stderr, "usage: %s [-s SCALE]%s", program_invocation_short_name,
		fixed ? "" : " [-t THREADS]");
	for (int i = 0; variants && variants[i]; i++)
		fprintf(stderr, "%s%s", i ? "|" : " [", variants[i]);
	fprintf(stderr, variants ? "]\n" : "\n");
	exit(2);
}

/* the number in TEXT if it is one in (0, MAX], else 0 */
static double number(const char *text, double max)
{
	char *end;
	double n = strtod(text, &end);

	return end != text && !*end && n > 0 && n <= max ? n : 0;
}

struct load_args load_parse(int argc, char **argv, const char *const *variants,
			    int threads, int max_threads)
{
	struct load_args args = { 1, threads, 0, NULL };
	int fixed = threads == max_threads, opt;

	while ((opt = getopt(argc, argv, "s:t:")) != -1) {
		if (opt == 's')
			args.scale = number(optarg, 1e6);
		else if (opt == 't' && !fixed)
			args.threads = number(optarg, max_threads);
		else
			usage(variants, fixed);
	}
	if (args.scale <= 0 || args.threads < 1 || argc - optind > 1)
		usage(variants, fixed);
	if (optind == argc)
		return args;
	if (!variants)
		usage(variants, fixed);
	if (variants == load_seconds) {
		args.text = argv[optind];
		return args;
	}
	while (strcmp(argv[optind], variants[args.variant]))
		if (!variants[++args.variant])
			usage(variants, fixed);
	return args;
}

long load_ops(const struct load_args *args, double ops)
{
	ops *= args->scale;
	return ops < 1 ? 1 : ops;
}

void load_figure(const char *name, double value, const char *unit,
		 const char *better)
{
	printf("%s\t%.3f\t%s\t%s\n", name, value, unit, better);
}

static double now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

double load_wall_ns(void)
{
	return now_ns(CLOCK_MONOTONIC);
}

double load_cpu_ns(void)
{
	return now_ns(CLOCK_PROCESS_CPUTIME_ID);
}

double load_resident(void)
{
	static int fd = -1;
	char text[256];
	ssize_t got;
	long pages;

	if (fd < 0)
		fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	got = pread(fd, text, sizeof(text) - 1, 0);
	text[got > 0 ? got : 0] = '\0';
	if (sscanf(text, "%*d %ld", &pages) != 1)
		load_fail("cannot read /proc/self/statm");
	return (double)pages * sysconf(_SC_PAGESIZE) / (1 << 20);
}

void *load_table(size_t bytes)
{
	void *table = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (table == MAP_FAILED)
		load_fail("no memory for its table");
	return table;
}

pthread_t load_spawn(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, arg))
		load_fail("no thread");
	return thread;
}

void load_begin(struct load_thread *self)
{
	if (self->args->threads > 1)
		pthread_barrier_wait(&all_ready);
	self->wall_ns = load_wall_ns();
	self->cpu_ns = load_cpu_ns();
}

void load_end(struct load_thread *self, long ops)
{
	self->cpu_ns = (load_cpu_ns() - self->cpu_ns) / ops;
	self->wall_ns = (load_wall_ns() - self->wall_ns) / ops;
}

static void *run_body(void *arg)
{
	struct load_thread *self = arg;

	self->body(self);
	return NULL;
}

double load_measure(const struct load_args *args,
		    void (*body)(struct load_thread *self))
{
	pthread_t handles[LOAD_MAX_THREADS];
	int nr = args->threads;
	double wall_ns = 0;

	pthread_barrier_init(&all_ready, NULL, nr);
	for (int i = 0; i < nr; i++) {
		load_threads[i].args = args;
		load_threads[i].index = i;
		load_threads[i].random = load_seed(i);
		load_threads[i].body = body;
	}
	if (nr == 1)
		body(&load_threads[0]);
	for (int i = 0; nr > 1 && i < nr; i++)
		handles[i] = load_spawn(run_body, &load_threads[i]);
	for (int i = 0; nr > 1 && i < nr; i++)
		pthread_join(handles[i], NULL);
	for (int i = 0; i < nr; i++)
		wall_ns += load_threads[i].wall_ns / nr;
	return wall_ns;
}

void load_run(const struct load_args *args,
	      void (*body)(struct load_thread *self))
{
	double wall_ns = load_measure(args, body);

	load_figure("time",
		    args->threads == 1 ? load_threads[0].cpu_ns : wall_ns,
		    "ns/op", "lower");
	load_figure("wall", wall_ns, "ns/op", "lower");
}
