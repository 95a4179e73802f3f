/* SPDX-License-Identifier: MIT */
/*
 * startup.c - time of a short program under several preloads, interleaved.
 *
 * Run     startup ROUNDS LIMIT PROGRAM plain=- NAME=LIB ...   for bench/startup
 * The verdict is about the last library against the first.  posix_spawn
 * does not copy this process, so what is measured is exec, link, run, exit.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define VARIANTS 16
#define PART 50

extern char **environ;

struct variant {
	char *name;
	char *preload;
	double *us;
};

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static double run(char *program, char *preload)
{
	char *argv[] = { program, NULL };
	char *envp[] = { preload, NULL };
	double start = now_us();
	int status;
	pid_t pid;

	errno = posix_spawn(&pid, program, NULL, NULL, argv, envp);
	if (errno) {
		perror(program);
		exit(2);
	}
	if (waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "%s under %s: status %d\n", program,
			preload ? preload : "nothing", status);
		exit(2);
	}
	return now_us() - start;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *v, int nr)
{
	double *sorted = malloc(nr * sizeof(*v)), m;

	memcpy(sorted, v, nr * sizeof(*v));
	qsort(sorted, nr, sizeof(*v), by_value);
	m = (sorted[(nr - 1) / 2] + sorted[nr / 2]) / 2;
	free(sorted);
	return m;
}

/* prints one row and returns the median of the paired ratios */
static double report(const struct variant *v, const struct variant *plain,
		     int rounds)
{
	double *ratio = malloc(rounds * sizeof(*ratio));
	double low = 1e9, high = 0, all;

	for (int r = 0; r < rounds; r++)
		ratio[r] = v->us[r] / plain->us[r];
	all = median(ratio, rounds);
	for (int r = 0; r + PART <= rounds; r += PART) {
		double part = median(ratio + r, PART);

		low = part < low ? part : low;
		high = part > high ? part : high;
	}
	printf("%-26s %8.0f us   x %.3f   (parts of %d: %.3f .. %.3f)\n",
	       v->name, median(v->us, rounds), all, PART, low, high);
	free(ratio);
	return all;
}

int main(int argc, char **argv)
{
	struct variant v[VARIANTS];
	int nr = argc - 4, rounds = argc > 4 ? atoi(argv[1]) : 0;
	double limit, ratio = 0;

	if (nr < 2 || nr > VARIANTS || rounds < 1)
		return 2;
	limit = atof(argv[2]);
	for (int i = 0; i < nr; i++) {
		char *eq = strchr(argv[4 + i], '=');

		if (!eq)
			return 2;
		*eq = 0;
		v[i].name = argv[4 + i];
		v[i].preload = NULL;
		v[i].us = malloc(rounds * sizeof(double));
		if (strcmp(eq + 1, "-") &&
		    asprintf(&v[i].preload, "LD_PRELOAD=%s", eq + 1) < 0)
			return 2;
		run(argv[3], v[i].preload);
	}
	for (int r = 0; r < rounds; r++)
		for (int i = 0; i < nr; i++) {
			int k = (r + (r & 1 ? nr - i : i)) % nr;

			v[k].us[r] = run(argv[3], v[k].preload);
		}
	for (int i = 0; i < nr; i++)
		ratio = report(&v[i], &v[0], rounds);
	printf("%s: %s x %.3f, limit %.2f\n", ratio <= limit ? "PASS" : "FAIL",
	       v[nr - 1].name, ratio, limit);
	return ratio > limit;
}
