/* SPDX-License-Identifier: MIT */
/*
 * startup.c - /bin/true is run again and again, with this environment.
 *
 * Models  what a library that is preloaded adds to each of a script's commands.
 * Honest  the time is the median of exec to exit as the parent waits for it,
 *         with the kernel's and the loader's share, which is most of it; cpu is
 *         the mean of what the children used. posix_spawn copies no memory.
 */
#include "load.h"

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double run(void)
{
	static char path[] = "/bin/true", *argv[] = { path, NULL };
	double start = load_wall_ns();
	int status;
	pid_t pid;

	if (posix_spawn(&pid, path, NULL, NULL, argv, environ))
		load_fail("cannot run /bin/true");
	if (waitpid(pid, &status, 0) != pid || status)
		load_fail("/bin/true failed");
	return load_wall_ns() - start;
}

static double children_cpu_ns(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e9 +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e3;
}

int main(int argc, char **argv)
{
	struct load_args args = load_parse(argc, argv, NULL, 1, 1);
	long nr = load_ops(&args, 250);
	double *ns = load_table(nr * sizeof(*ns)), cpu_ns;

	run();
	cpu_ns = children_cpu_ns();
	for (long i = 0; i < nr; i++)
		ns[i] = run();
	cpu_ns = children_cpu_ns() - cpu_ns;
	qsort(ns, nr, sizeof(*ns), by_value);
	load_figure("time", (ns[(nr - 1) / 2] + ns[nr / 2]) / 2, "ns/op",
		    "lower");
	load_figure("cpu", cpu_ns / nr, "ns/op", "lower");
	return 0;
}
