/* SPDX-License-Identifier: MIT */
/*
 * launch.c - run a program and say what it cost; for bench/compare and ab.
 *
 * Run     launch FD [NAME=VALUE ...] -- PROGRAM [ARG ...]
 * A process inherits the peak RSS of the one that started it, also over exec,
 * and python's is far above that of the programs measured: this one is small.
 * On FD: wait status, user s, system s, peak RSS in KiB, minor faults.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* Leaves the words of the program, or NULL. */
static char **take_settings(char **word)
{
	for (; *word && strcmp(*word, "--") != 0; word++)
		if (!strchr(*word, '=') || putenv(*word))
			return NULL;
	return *word && word[1] ? word + 1 : NULL;
}

int main(int argc, char **argv)
{
	int fd = argc > 1 ? atoi(argv[1]) : 0;
	char **program = argc > 2 ? take_settings(argv + 2) : NULL;
	struct rusage cost;
	int status;
	pid_t pid;

	if (!program || fd < 3 || fcntl(fd, F_SETFD, FD_CLOEXEC)) {
		fputs("usage: launch FD [NAME=VALUE ...] -- PROGRAM [ARG "
		      "...]\n",
		      stderr);
		return 2;
	}
	errno = posix_spawnp(&pid, program[0], NULL, NULL, program, environ);
	if (errno) {
		perror(program[0]);
		return 127;
	}
	while (wait4(pid, &status, 0, &cost) != pid)
		if (errno != EINTR)
			return 1;
	dprintf(fd, "%d %.6f %.6f %ld %ld\n", status, seconds(cost.ru_utime),
		seconds(cost.ru_stime), cost.ru_maxrss, cost.ru_minflt);
	return 0;
}
