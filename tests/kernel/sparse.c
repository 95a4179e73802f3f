/* SPDX-License-Identifier: MIT */
/*
 * sparse.c - superslabs that stay because of a few blocks: the free units go by time,
 * by malloc_trim, and without a keeper; a memory cgroup sees that they have gone.
 */
#include "keeper.h"

#include <malloc.h>
#include <sys/stat.h>

#define BYTES	((size_t)1000)
#define BLOCKS	(128 * MIB / BYTES)
#define APART	512	/* of so many blocks in a row one stays */
#define LEFT_KIB (24 * 1024)

static char *block[BLOCKS];
static long start_kib;

static void fill(void)
{
	start_kib = proc_number("status", "VmRSS:");
	for (size_t i = 0; i < BLOCKS; i++) {
		block[i] = malloc(BYTES);
		if (block[i])
			memset(block[i], (int)i, BYTES);
	}
}

static void thin(void)
{
	for (size_t i = 0; i < BLOCKS; i++)
		if (i % APART)
			free(block[i]);
}

static bool is_whole(void)
{
	for (size_t i = 0; i < BLOCKS; i += APART)
		for (size_t k = 0; k < BYTES; k++)
			if (block[i][k] != (char)i)
				return false;
	return true;
}

/* Blocks that are made anew lie where others went. */
static int refill(void)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		if (i % APART == 0)
			continue;
		block[i] = calloc(1, BYTES);
		for (size_t k = 0; k < BYTES; k++)
			if (!block[i] || block[i][k])
				return 1;
		memset(block[i], 7, BYTES);
	}
	return !is_whole();
}

static int verdict(bool gone)
{
	if (!gone)
		ksft_print_msg("resident: %ld KiB, %ld at first",
			       proc_number("status", "VmRSS:"), start_kib);
	return !gone || !is_whole() || refill();
}

static int by_time(void)
{
	struct companion other;
	bool gone;

	if (!companion_start(&other))
		return 1;
	fill();
	thin();
	gone = ktap_await(rss_below, start_kib + LEFT_KIB, 20);
	if (!ktap_stat(HAK_STAT_UNITS_GIVEN))
		return 1;
	companion_end(&other);
	return verdict(gone);
}

static int single(void)
{
	fill();
	thin();
	return verdict(rss_below(start_kib + LEFT_KIB));
}

/* A program that is nearly idle, and finds each block in its bins. */
static bool calls_malloc(long kib)
{
	free(ktap_opaque(malloc(64)));
	return rss_below(kib);
}

static bool calls_calloc(long kib)
{
	free(ktap_opaque(calloc(1, 64)));
	return rss_below(kib);
}

static int calling(bool (*call)(long kib), bool had_keeper)
{
	struct companion other;

	if (had_keeper && !companion_start(&other))
		return 1;
	fill();
	thin();
	if (had_keeper)
		companion_end(&other);
	if (rss_below(start_kib + LEFT_KIB)) {
		ksft_print_msg("went before the delay");
		return 1;
	}
	return verdict(ktap_await(call, start_kib + LEFT_KIB, 20));
}

static int by_trim(void)
{
	long before;

	fill();
	thin();
	before = proc_number("status", "VmRSS:");
	if (before < start_kib + 100 * 1024)
		ksft_print_msg("went before: %ld KiB", before);
	if (!malloc_trim(0))
		return 1;
	return verdict(rss_below(start_kib + LEFT_KIB));
}

/* ---- In a memory cgroup -------------------------------------------------- */

static char group[128];

static bool put(const char *name, const char *text)
{
	char path[192];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", group, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

/* The charge of the cgroup in KiB, or -1. */
static long charged(void)
{
	const char *names[] = { "memory.usage_in_bytes", "memory.current" };
	char path[192], text[32] = "";
	long bytes = -1;
	int fd;

	for (int i = 0; i < 2 && bytes < 0; i++) {
		snprintf(path, sizeof(path), "%s/%s", group, names[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0)
			bytes = atol(text);
		close(fd);
	}
	return bytes < 0 ? -1 : bytes / 1024;
}

static bool enter(void)
{
	const char *roots[] = { "/sys/fs/cgroup/memory", "/sys/fs/cgroup" };

	for (int i = 0; i < 2; i++) {
		snprintf(group, sizeof(group), "%s/hakmem-%d", roots[i],
			 (int)getpid());
		if (mkdir(group, 0755))
			continue;
		if (charged() >= 0 && put("cgroup.procs", "0"))
			return true;
		rmdir(group);
	}
	return false;
}

static int in_cgroup(void)
{
	long before, after;

	if (!enter())
		return SKIPPED;
	before = charged();
	fill();
	thin();
	malloc_trim(0);
	after = charged();
	if (after > before + LEFT_KIB)
		ksft_print_msg("charged: %ld KiB, %ld at first", after, before);
	return after > before + LEFT_KIB;
}

/* A cgroup cannot go while its last process is alive. */
static void leave_cgroup(void)
{
	if (!system("rmdir /sys/fs/cgroup/memory/hakmem-* "
		    "/sys/fs/cgroup/hakmem-* 2>/dev/null"))
		return;
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1) {
		if (!strcmp(argv[1], "time"))
			return by_time();
		if (!strcmp(argv[1], "single"))
			return single();
		if (!strcmp(argv[1], "malloc"))
			return calling(calls_malloc, false);
		if (!strcmp(argv[1], "calloc"))
			return calling(calls_calloc, false);
		if (!strcmp(argv[1], "later"))
			return calling(calls_malloc, true);
		if (!strcmp(argv[1], "cgroup"))
			return in_cgroup();
		return by_trim();
	}
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	ksft_set_plan(8);
	in_self("trim", "malloc_trim gives the free units of sparse superslabs");
	in_self("cgroup", "a memory cgroup sees that the units have gone");
	leave_cgroup();
	setenv("HAKMEM_KEEP_MB", "4", 1);
	setenv("HAKMEM_KEEP_PERCENT", "0", 1);
	setenv("HAKMEM_DECOMMIT_DELAY", "1000", 1);
	in_self("time", "the keeper gives what was over the budget for the delay");
	in_self("malloc", "without a keeper a later call of malloc gives");
	in_self("calloc", "the same of calloc");
	in_self("later", "the same after the keeper has ended");
	unsetenv("HAKMEM_KEEP_MB");
	unsetenv("HAKMEM_KEEP_PERCENT");
	unsetenv("HAKMEM_DECOMMIT_DELAY");
	setenv("HAKMEM_PROFILE", "lean", 1);
	in_self("time", "in the profile lean the keeper gives soon");
	in_self("single", "without a keeper the freeing thread gives");
	return ksft_finished();
}
