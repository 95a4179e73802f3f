/* SPDX-License-Identifier: MIT */
/*
 * untouched.c - large blocks that nobody touches are memory for the kernel to
 * count, not for us: thousands may be had, and a process that has none does not
 * pay for that with its addresses.
 */
#include "keeper.h"

#include <sys/sysinfo.h>

#define BLOCKS	2100
#define GIB	((size_t)1 << 30)
#define MOST_KIB (512 * 1024)	/* that records of 2 TiB may take */

static bool counts(void)
{
	char mode = '2';
	int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY);
	struct rlimit limit;

	if (fd < 0 || read(fd, &mode, 1) != 1)
		mode = '2';
	close(fd);
	return mode == '2' || getrlimit(RLIMIT_AS, &limit) ||
	       limit.rlim_cur != RLIM_INFINITY;
}

static int thousands(void)
{
	static char *block[BLOCKS];
	struct sysinfo info;
	int made;

	if (counts() || sysinfo(&info) || info.totalram * info.mem_unit < GIB)
		return SKIPPED;
	for (made = 0; made < BLOCKS; made++) {
		block[made] = malloc(GIB);
		if (!block[made])
			break;
	}
	for (int i = 0; i < made; i += 100) {
		block[i][0] = block[i][GIB - 1] = (char)i;
		block[i] = realloc(block[i], GIB + 1);
		if (!block[i] || block[i][GIB - 1] != (char)i)
			return 1;
	}
	if (proc_number("status", "VmRSS:") > MOST_KIB)
		ksft_print_msg("%ld KiB", proc_number("status", "VmRSS:"));
	for (int i = 0; i < made; i++)
		free(block[i]);
	if (made < BLOCKS)
		ksft_print_msg("%d blocks of 1 GiB", made);
	return made < BLOCKS || !swing(64);
}

/* the addresses of a small program, and a limit it sets itself */
static int small(void)
{
	struct rlimit limit = { 600 * MIB, 600 * MIB };
	long vm = proc_number("status", "VmSize:");

	free(ktap_opaque(malloc(3 * MIB)));
	if (vm < 0 || setrlimit(RLIMIT_AS, &limit))
		return SKIPPED;
	ksft_print_msg("VmSize: %ld KiB", vm);
	if (vm > 300 * 1024 || !swing(128))
		return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct ktap_run run;

	ktap_preload(argv);
	if (argc > 1)
		return argv[1][0] == 't' ? thousands() : small();
	in_self("thousands", "2,100 blocks of 1 GiB");
	ktap_run_self(&run, "small", NULL, NULL, PATIENCE);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == SKIPPED)
		ksft_test_result_skip("no limit", "RLIMIT_AS");
	else if (!ksft_test_result(!run.status,
				   "RLIMIT_AS of 600 MiB, set by the program"))
		ktap_run_print(&run);
	return ksft_finished();
}
