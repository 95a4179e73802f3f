/* SPDX-License-Identifier: MIT */
/*
 * ktap_run.h - runs a function or this program again in a child. The child may
 * abort, hang or need a fresh start. The helpers keep output and exit status.
 *
 * Output goes to memfds, so a child can never block on a full pipe.
 */
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "ktap.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A test names a number of seconds in which a quick machine has long ended. The
 * limit is there for a child that hangs, so a slow or busy machine gets five
 * times as long.
 */
#define KTAP_LIMIT(seconds) (5 * (seconds))

struct ktap_run {
	int status;		/* as from waitpid */
	char out[4096];		/* first 4095 bytes, with a NUL; same for err */
	char err[4096];
};

static KTAP_UNUSED void ktap_run_read(int fd, char *text, size_t room)
{
	ssize_t len = pread(fd, text, room - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	close(fd);
}

/*
 * Start the child: returns 0 in the child, the child's pid in the parent.
 * SIGALRM ends a child that hangs, even after an exec.
 */
static KTAP_UNUSED pid_t ktap_run_start(int fd[2], unsigned int seconds)
{
	pid_t pid;

	fd[0] = memfd_create("out", MFD_CLOEXEC);
	fd[1] = memfd_create("err", MFD_CLOEXEC);
	if (fd[0] < 0 || fd[1] < 0)
		ksft_exit_fail_msg("memfd_create: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		ksft_exit_fail_msg("fork: %s", strerror(errno));
	if (pid == 0) {
		dup2(fd[0], STDOUT_FILENO);
		dup2(fd[1], STDERR_FILENO);
		close(fd[0]);
		close(fd[1]);
		alarm(KTAP_LIMIT(seconds));
	}
	return pid;
}

static KTAP_UNUSED void ktap_run_end(struct ktap_run *run, pid_t pid,
				     const int fd[2])
{
	while (waitpid(pid, &run->status, 0) < 0)
		if (errno != EINTR)
			ksft_exit_fail_msg("waitpid: %s", strerror(errno));
	ktap_run_read(fd[0], run->out, sizeof(run->out));
	ktap_run_read(fd[1], run->err, sizeof(run->err));
}

/* Runs exit(fn(arg)) in a forked child. */
static KTAP_UNUSED void ktap_run_fork(struct ktap_run *run, int (*fn)(void *),
				      void *arg, unsigned int seconds)
{
	int fd[2];
	pid_t pid = ktap_run_start(fd, seconds);

	if (pid == 0)
		exit(fn(arg));
	ktap_run_end(run, pid, fd);
}

/*
 * Run this program again as `argv0 word`, with the environment changed by
 * name=value (either may be NULL).
 */
static KTAP_UNUSED void ktap_run_self(struct ktap_run *run, const char *word,
				      const char *name, const char *value,
				      unsigned int seconds)
{
	int fd[2];
	pid_t pid = ktap_run_start(fd, seconds);

	if (pid == 0) {
		if (name && value)
			setenv(name, value, 1);
		else if (name)
			unsetenv(name);
		execl("/proc/self/exe", word, word, (char *)NULL);
		_exit(127);
	}
	ktap_run_end(run, pid, fd);
}

static KTAP_UNUSED bool ktap_run_ok(const struct ktap_run *run)
{
	return WIFEXITED(run->status) && WEXITSTATUS(run->status) == 0;
}

static KTAP_UNUSED void ktap_run_print(const struct ktap_run *run)
{
	if (WIFSIGNALED(run->status))
		ksft_print_msg("child died of signal %d%s",
			       WTERMSIG(run->status),
			       WTERMSIG(run->status) == SIGALRM ?
			       " (it hung)" : "");
	else
		ksft_print_msg("child exited with %d",
			       WEXITSTATUS(run->status));
	if (run->out[0])
		ksft_print_msg("stdout: %s", run->out);
	if (run->err[0])
		ksft_print_msg("stderr: %s", run->err);
}

/* Report a result: pass if the child exited with 0 and wrote nothing on stderr. */
static KTAP_UNUSED bool ktap_run_result(const struct ktap_run *run,
					const char *name)
{
	bool ok = ktap_run_ok(run) && !run->err[0];

	ksft_test_result(ok, "%s", name);
	if (!ok)
		ktap_run_print(run);
	return ok;
}

#ifdef __cplusplus
}
#endif
