/* SPDX-License-Identifier: MIT */
/*
 * filter_start.c - a filter that is there before the program, and kills for all
 * but memory and what the loader calls: the library starts, and lives on memory
 * calls alone; also where the kernel's word of the filter is hard to find.
 */
#include "mix.h"
#include "strict.h"

#include <grp.h>
#include <malloc.h>
#include <sched.h>
#include <sys/mount.h>

#define GROUPS 1000

/* All sizes, grown, trimmed; no more calls than those of memory. */
static int churn(void)
{
	static struct mix m;
	char *block = NULL;

	for (size_t mib = 1; mib <= 96; mib += 5)
		block = realloc(block, mib * MIB);
	free(ktap_opaque(block));
	for (int i = 0; i < 4000; i++) {
		block = malloc(((size_t)i * 7919) % (16 * MIB) + 1);
		if (block)
			*block = 1;
		free(ktap_opaque(block));
	}
	mix_run(&m, 3000);
	malloc_trim(0);
	return mix_end(&m, false);
}

static int confined(const char *name)
{
	if (!strict_take(true))
		return SKIPPED;
	execl(name, name, "churn", (char *)NULL);
	_exit(1);
}

static char self[4096];

static int plain(long unused)
{
	(void)unused;
	return confined(self);
}

/* Their numbers stand before the filter in /proc/PID/status. */
static int groups(long unused)
{
	static gid_t list[GROUPS];

	(void)unused;
	for (gid_t i = 0; i < GROUPS; i++)
		list[i] = 100000 + i;
	return setgroups(GROUPS, list) ? SKIPPED : confined(self);
}

static int no_proc(long unused)
{
	(void)unused;
	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/proc", "tmpfs", 0, NULL))
		return SKIPPED;
	return confined(self);
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1)
		return churn();
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		ksft_exit_skip("no /proc");
	in_child(plain, 0, "a strict filter before the start");
	in_child(groups, 0, "the same in a thousand groups");
	in_child(no_proc, 0, "the same without /proc");
	return ksft_finished();
}
