/* SPDX-License-Identifier: MIT */
/*
 * bare.c - no /proc, no /sys, no /etc: the library starts, stays silent and
 * works where it can ask nobody anything.
 *
 * Hazards 48, 70, 71.
 */
#include "mix.h"

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>

static void *thread_mix(void *arg)
{
	mix_run(arg, 1000);
	return NULL;
}

static int work(void)
{
	static struct mix mine, theirs = { .rng = 5 };
	pthread_t thread;

	mix_run(&mine, 1000);
	if (pthread_create(&thread, NULL, thread_mix, &theirs))
		return 1;
	mix_run(&mine, 1000);
	pthread_join(thread, NULL);
	malloc_trim(0);
	return mix_end(&mine, false) | mix_end(&theirs, false);
}

static int hide(long both)
{
	static const char *const places[] = { "/proc", "/sys", "/etc" };
	int nr = both ? 3 : 1;

	if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return SKIPPED;
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return SKIPPED;
	for (int i = 0; i < nr; i++)
		if (mount("none", places[i], "tmpfs", 0, "mode=0700"))
			return SKIPPED;
	return 0;
}

/* stderr of it all goes into a file of its own, which must stay empty */
static int hide_and_listen(long both)
{
	int fd = memfd_create("stderr", 0);

	if (fd != 3 && (fd < 0 || dup2(fd, 3) != 3))
		return SKIPPED;
	if (dup2(3, STDERR_FILENO) < 0)
		return SKIPPED;
	return hide(both);
}

static int work_silently(void)
{
	if (work())
		return 1;
	if (lseek(STDERR_FILENO, 0, SEEK_END) <= 0)
		return 0;
	ksft_print_msg("something was written on stderr");
	return 1;
}

int main(int argc, char **argv)
{
	const char *exe;

	ktap_preload(argv);
	if (argc > 1)
		return work_silently();
	exe = self_path();
	in_exec(hide_and_listen, 0, exe, "work", "without /proc");
	in_exec(hide_and_listen, 1, exe, "work", "without /proc, /sys, /etc");
	return ksft_finished();
}
