/* SPDX-License-Identifier: MIT */
/*
 * refused.c - a length that cannot be had costs next to nothing: no cache is
 * emptied for it, nothing goes back to the kernel, and no address is lost.
 *
 * Lengths may be an attacker's.
 */
#include "keeper.h"

#include <malloc.h>
#include <sys/sysinfo.h>
#include <time.h>

#define BLOCKS	1000
#define BYTES	60000
#define TRIES	200
#define MOST_US 200	/* each, on a busy machine */

static char *block[BLOCKS];

static long now_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static bool come_and_go(void)
{
	for (int i = 0; i < BLOCKS; i++) {
		block[i] = malloc(BYTES);
		if (!block[i])
			return false;
		memset(block[i], 1, BYTES);
	}
	for (int i = 0; i < BLOCKS; i++)
		free(block[i]);
	return true;
}

/* COUNT sizes in turn, none of which can be had */
static int refused(const size_t *sizes, size_t count)
{
	uint64_t in, gone;
	long start, us;
	long vm;

	/* a bin with something in it, and superslabs that are kept */
	if (!come_and_go())
		return 1;
	vm = proc_number("status", "VmSize:");
	in = ktap_stat(HAK_STAT_SMALL_IN);
	gone = ktap_stat(HAK_STAT_DECOMMITTED);
	start = now_us();
	for (int i = 0; i < TRIES; i++) {
		void *got = malloc(ktap_opaque(sizes)[i % count]);

		if (got) {
			ksft_print_msg("%zu bytes given", sizes[i % count]);
			return 1;
		}
	}
	us = (now_us() - start) / TRIES;
	if (ktap_stat(HAK_STAT_SMALL_IN) == in &&
	    ktap_stat(HAK_STAT_DECOMMITTED) == gone && us <= MOST_US &&
	    proc_number("status", "VmSize:") == vm && come_and_go())
		return 0;
	ksft_print_msg("%ld us each, %ld superslabs given back, %ld bytes home",
		       us, (long)(ktap_stat(HAK_STAT_DECOMMITTED) - gone),
		       (long)(ktap_stat(HAK_STAT_SMALL_IN) - in));
	ksft_print_msg("VmSize: %ld KiB, %ld before",
		       proc_number("status", "VmSize:"), vm);
	return 1;
}

/* does the kernel map whatever is asked for? */
static bool overcommits(void)
{
	char mode = '0';
	int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY);

	if (fd < 0 || read(fd, &mode, 1) != 1)
		mode = '0';
	close(fd);
	return mode == '1';
}

static int absurd(void)
{
	static const size_t sizes[] = { PTRDIFF_MAX, SIZE_MAX - 4096,
					(size_t)1 << 62, (size_t)1 << 48,
					100UL << 40 };

	return refused(sizes, sizeof(sizes) / sizeof(*sizes));
}

/* the kernel says no to that, and so does the C library */
static int more_than_memory(void)
{
	size_t sizes[3];
	struct sysinfo info;

	if (overcommits() || sysinfo(&info))
		return SKIPPED;
	sizes[0] = (info.totalram + info.totalswap) * info.mem_unit + MIB;
	sizes[1] = 2 * sizes[0];
	sizes[2] = 6 * sizes[0];
	return refused(sizes, 3);
}

static int more_than_limit(void)
{
	const size_t sizes[] = { 600 * MIB, 700 * MIB, 900 * MIB, 800 * MIB };
	struct rlimit limit;

	limit.rlim_cur = limit.rlim_max =
		(size_t)proc_number("status", "VmSize:") * KIB + 512 * MIB;
	if (setrlimit(RLIMIT_AS, &limit))
		return SKIPPED;
	return refused(sizes, 4);
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1)
		return argv[1][0] == 'a'   ? absurd() :
		       argv[1][0] == 'm'   ? more_than_memory() :
					     more_than_limit();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	in_self("absurd", "no address space is large enough");
	in_self("memory", "more than there is memory");
	in_self("limit", "more than RLIMIT_AS leaves");
	return ksft_finished();
}
