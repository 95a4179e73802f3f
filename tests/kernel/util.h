/* SPDX-License-Identifier: MIT */
/*
 * util.h - for the kernel tests: children, and figures from /proc.
 *
 * Nothing here allocates. The body of a test is an int function with a long
 * argument. The body returns 0 to pass and SKIPPED to skip. Any other result is
 * a failure; then the body prints a reason with ksft_print_msg first.
 */
#pragma once

#include "ktap.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define UTIL_UNUSED	__attribute__((unused))
#define KIB		((size_t)1 << 10)
#define MIB		((size_t)1 << 20)
#define SKIPPED		77
#define SENTINEL	4242	/* an errno nobody sets */

/* ---- children ---- */

static UTIL_UNUSED void report(pid_t pid, const char *name)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		ksft_exit_fail_msg("fork or wait: %s", strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
		ksft_test_result_skip("not possible here", "%s", name);
		return;
	}
	if (WIFSIGNALED(status))
		ksft_print_msg("killed by signal %d (%s)", WTERMSIG(status),
			       strsignal(WTERMSIG(status)));
	else if (status)
		ksft_print_msg("exit status %d", WEXITSTATUS(status));
	ksft_test_result(status == 0, "%s", name);
}

/* run BODY(ARG) in a forked child; its exit status is the test's result */
static UTIL_UNUSED void in_child(int (*body)(long), long arg, const char *name)
{
	pid_t pid = fork();

	if (!pid) {
		alarm(300);
		exit(body(arg));
	}
	report(pid, name);
}

/*
 * Run this program again with the argument MODE. PREPARE(ARG) runs before the
 * exec, for conditions that must hold from the first instruction on. EXE comes
 * from self_path(), because PREPARE may unmount /proc.
 */
static UTIL_UNUSED void in_exec(int (*prepare)(long), long arg, const char *exe,
				const char *mode, const char *name)
{
	pid_t pid = fork();

	if (!pid) {
		int ret = prepare ? prepare(arg) : 0;

		if (ret)
			_exit(ret);
		alarm(300);
		execl(exe, exe, mode, (char *)NULL);
		_exit(126);
	}
	report(pid, name);
}

static UTIL_UNUSED const char *self_path(void)
{
	static char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len < 0)
		ksft_exit_fail_msg("/proc/self/exe: %s", strerror(errno));
	return path;
}

/* change to the user nobody, because root ignores some limits; false on failure */
static UTIL_UNUSED bool drop_root(void)
{
	if (geteuid())
		return true;
	return !setgid(65534) && !setuid(65534);
}

/* ---- figures ---- */

/* the number after KEY in /proc/self/FILE ("VmLck:" in "status"), or -1 */
static UTIL_UNUSED long proc_number(const char *file, const char *key)
{
	static char text[16384];
	char path[64];
	ssize_t len;
	char *at;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/%s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		return -1;
	text[len] = 0;
	at = strstr(text, key);
	return at ? strtol(at + strlen(key), NULL, 10) : -1;
}

static UTIL_UNUSED long count_vmas(void)
{
	static char text[65536];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	long lines = 0;
	ssize_t len;

	while ((len = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < len; i++)
			lines += text[i] == '\n';
	close(fd);
	return lines;
}

/* number of entries of a directory, without "." and ".."; by raw getdents64 */
static UTIL_UNUSED long count_entries(const char *dir)
{
	static char buf[4096] __attribute__((aligned(8)));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long entries = -2, len;

	if (fd < 0)
		return -1;
	while ((len = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0)
		for (long at = 0; at < len; entries++) {
			unsigned short step;

			memcpy(&step, buf + at + 16, sizeof(step));
			at += step;
		}
	close(fd);
	return entries;
}
