/* SPDX-License-Identifier: MIT */
/*
 * guard_remote.c - another process that reads what is guarded, as a debugger or
 * who collects a crash does, reads zeroes and is counted; the program lives on,
 * and its own touches are told as ever.
 */
#include "guard.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define REFUSED 78

static char *victim;

static bool is_zero(const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i])
			return false;
	return true;
}

static bool by_vm_readv(pid_t pid, char *at, char *bytes, size_t count)
{
	struct iovec here = { bytes, count }, there = { at, count };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)count;
}

static bool by_mem(pid_t pid, char *at, char *bytes, size_t count)
{
	char path[32];
	bool got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = pread(fd, bytes, count, (off_t)(uintptr_t)at) == (ssize_t)count;
	close(fd);
	return got;
}

static bool by_ptrace(pid_t pid, char *at, char *bytes, size_t count)
{
	long word;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) ||
	    ptrace(PTRACE_INTERRUPT, pid, 0, 0) ||
	    waitpid(pid, NULL, __WALL) != pid)
		return false;
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, at, 0);
	memset(bytes, 0, count);
	memcpy(bytes, &word, sizeof(word));
	ptrace(PTRACE_DETACH, pid, 0, 0);
	return !errno;
}

static const struct way {
	const char *mode, *name;
	bool (*read)(pid_t pid, char *at, char *bytes, size_t count);
} ways[] = {
	{ "vm", "process_vm_readv", by_vm_readv },
	{ "mem", "/proc/PID/mem", by_mem },
	{ "ptrace", "ptrace", by_ptrace },
};
#define NR_WAYS ((int)(sizeof(ways) / sizeof(*ways)))

/* Some ways do not wait for an answer: EIO, and nobody is asked. */
static bool counted_or_refused(bool refused)
{
	return refused || ktap_stat(HAK_STAT_TOUCHED_BY_OTHERS) == 1;
}

/* what the guard keeps is read by a child, which has none of it */
static int read_by_child(const struct way *way)
{
	static struct cold cold;
	char bytes[64] = "not zero";
	int status;
	pid_t pid;

	if (!cold_make(&cold, 64 * KIB) || !(victim = cold_pick(&cold, NULL)))
		return 1;
	/* Otherwise the kernel is not seen, and the reader has EFAULT. */
	if (guard_mode() != HAK_MODE_ON)
		return SKIPPED;
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	pid = fork();
	if (!pid) {
		alarm(PATIENCE);
		if (!way->read(getppid(), victim, bytes, sizeof(bytes)))
			_exit(errno == EPERM ? SKIPPED :
			      errno == EIO   ? REFUSED : 1);
		_exit(!is_zero(bytes, sizeof(bytes)));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	if (!WIFEXITED(status) || (WEXITSTATUS(status) &&
				   WEXITSTATUS(status) != REFUSED))
		return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	return !counted_or_refused(WEXITSTATUS(status) == REFUSED) ||
	       !touched_is(0) || !swing(64);
}

int main(int argc, char **argv)
{
	static const char *const modes[] = { "trap", "report" };
	char name[80];

	ktap_preload(argv);
	for (int i = 0; argc > 1 && i < NR_WAYS; i++)
		if (!strcmp(argv[1], ways[i].mode))
			return read_by_child(&ways[i]);
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	for (int mode = 0; mode < 2; mode++)
		for (int i = 0; i < NR_WAYS; i++) {
			guard_set(modes[mode]);
			snprintf(name, sizeof(name), "%s: read by %s",
				 modes[mode], ways[i].name);
			in_self(ways[i].mode, name);
		}
	return ksft_finished();
}
