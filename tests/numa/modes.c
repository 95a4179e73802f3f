/* SPDX-License-Identifier: MIT */
/*
 * modes.c - how guard, heat and locality fare on this kernel, as root and as
 * nobody: by the stats page, never by a word of theirs, and the program runs.
 *
 * Topologies: one
 */
#include <sys/utsname.h>

#include "ktap_run.h"
#include "ktap_stats.h"

enum { NOBODY = 65534 };

static const char *const words[] = {
#define HAK_MODE(id, works, words) [HAK_MODE_##id] = words,
#include "base/modes.def"
#undef HAK_MODE
};

static const struct hakmem_stats *page;

static int want[3]; /* guard, heat, locality */

static bool as_wanted(long unused)
{
	(void)unused;
	return page->guard == want[0] && page->heat == want[1] &&
	       page->locality == want[2];
}

/* What it says of itself, at the latest after a while; and after some work. */
static int tell(const char *line)
{
	page = dlsym(RTLD_DEFAULT, "hakmem_stats_page");
	if (!page ||
	    sscanf(line, "%d %d %d", &want[0], &want[1], &want[2]) != 3)
		return 1;
	ktap_await(as_wanted, 0, 60);
	for (int i = 0; i < 200; i++) {
		char *block = ktap_opaque(malloc(300000));

		memset(block, 1, 300000);
		free(block);
	}
	ktap_pause(300);
	printf("%d %d %d\n", page->guard, page->heat, page->locality);
	return 0;
}

static int kernel(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	uname(&name);
	sscanf(name.release, "%d.%d", &major, &minor);
	return major * 1000 + minor;
}

static void fares(const char *variable, const char *value, uid_t uid, int guard,
		  int heat, int locality)
{
	struct ktap_run run;
	int fd[2], got[3] = { -1, -1, -1 };
	char wanted[32];
	pid_t pid = ktap_run_start(fd, 100);

	if (!pid) {
		snprintf(wanted, sizeof(wanted), "%d %d %d", guard, heat,
			 locality);
		setenv(variable, value, 1);
		if (uid && setuid(uid))
			_exit(2);
		execl("/proc/self/exe", "modes", wanted, (char *)NULL);
		_exit(3);
	}
	ktap_run_end(&run, pid, fd);
	sscanf(run.out, "%d %d %d", &got[0], &got[1], &got[2]);
	ksft_test_result(run.status == 0 && !run.err[0] && got[0] == guard &&
				 got[1] == heat && got[2] == locality,
			 "%s=%s as %s: %d %d %d", variable, value,
			 uid ? "nobody" : "root", guard, heat, locality);
	if (got[0] != guard || got[1] != heat || got[2] != locality)
		ksft_print_msg("got %d %d %d, status %x, %s", got[0], got[1],
			       got[2], run.status, run.err);
	for (int i = 0; i < 3; i++)
		if (got[i] > HAK_MODE_ON && got[i] < HAK_MODES)
			ksft_print_msg("%s", words[got[i]]);
}

int main(int argc, char **argv)
{
	int heat = kernel() < 6007 ? HAK_MODE_OLD : HAK_MODE_ON;

	ktap_preload(argv);
	if (argc > 1)
		return tell(argv[1]);
	/* nobody is to come by this program */
	fares("HAKMEM_GUARD", "report", 0, HAK_MODE_ON, 0, 0);
	fares("HAKMEM_OBSERVE", "heat", 0, 0, heat, 0);
	fares("HAKMEM_OBSERVE", "locality", 0, 0, HAK_MODE_ON, HAK_MODE_ON);
	fares("HAKMEM_GUARD", "report", NOBODY, HAK_MODE_USER_ONLY, 0, 0);
	fares("HAKMEM_OBSERVE", "heat", NOBODY, 0, heat, 0);
	fares("HAKMEM_OBSERVE", "locality", NOBODY, 0, heat,
	      HAK_MODE_UNPRIVILEGED);
	ksft_finished();
}
