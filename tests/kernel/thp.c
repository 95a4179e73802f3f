/* SPDX-License-Identifier: MIT */
/*
 * thp.c - huge pages never, on advice or always, for the system or for one
 * process: everything works, and the library changes no setting.
 *
 * Hazards 54, 69.  Writes the system's setting for a moment, if root.
 */
#include "mix.h"

#include <sys/prctl.h>

#define SETTING	"/sys/kernel/mm/transparent_hugepage/enabled"
#define DENSE	(96 * MIB)

static char found[16];

/* 96 MiB of 1000-byte blocks, then huge pages in KiB; -1 if contents differ */
static long dense(void)
{
	static struct mix m;
	unsigned char *chain = NULL, *block;
	size_t nr = DENSE / 1000;
	long huge;

	for (size_t i = 0; i < nr; i++) {
		block = malloc(1000);
		if (!block)
			return -1;
		memset(block, (int)i & 0x7f, 1000);
		memcpy(block, &chain, sizeof(chain));
		chain = block;
	}
	huge = proc_number("smaps_rollup", "AnonHugePages:");
	while (nr-- > 0) {
		block = chain;
		memcpy(&chain, block, sizeof(chain));
		if (block[500] != (nr & 0x7f) || block[999] != (nr & 0x7f))
			return -1;
		free(block);
	}
	mix_run(&m, 1000);
	return mix_end(&m, false) ? -1 : huge;
}

/* mode: [n]ever huge, huge [w]anted, [a]ny, [s]tatus of the prctl */
static int by_mode(char mode)
{
	long huge;

	if (mode == 's' || mode == 'S')
		return prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) != (mode == 'S');
	huge = dense();
	ksft_print_msg("%ld MiB of %zu in huge pages", huge / 1024,
		       DENSE / MIB);
	if (mode == 'n')
		return huge != 0;
	if (mode == 'w' && ktap_is_hakmem())
		return huge < (long)(DENSE / 2 / KIB);
	return huge < 0;
}

static int disable(long on)
{
	return prctl(PR_SET_THP_DISABLE, on, 0, 0, 0) ? SKIPPED : 0;
}

/* a library that set the prctl for itself would pass it on to the next exec */
static int exec_twice(const char *exe, const char *mode)
{
	free(ktap_opaque(malloc(8 * MIB)));
	execl(exe, exe, mode, (char *)NULL);
	return 126;
}

static bool write_setting(const char *text)
{
	int fd = open(SETTING, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static void restore(void)
{
	if (found[0])
		write_setting(found);
}

static void on_signal(int sig)
{
	restore();
	_exit(128 + sig);
}

static bool find_setting(void)
{
	char text[128], *from, *to;
	int fd = open(SETTING, O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (len <= 0)
		return false;
	text[len] = 0;
	from = strchr(text, '[');
	to = from ? strchr(from, ']') : NULL;
	if (!to || to - from > 12)
		return false;
	memcpy(found, from + 1, (size_t)(to - from - 1));
	return true;
}

static void systemwide(const char *exe, const char *setting, const char *mode)
{
	char name[64];

	snprintf(name, sizeof(name), "THP %s for the system", setting);
	if (!found[0] || !write_setting(setting)) {
		ksft_test_result_skip("cannot set it", "%s", name);
		return;
	}
	in_exec(NULL, 0, exe, mode, name);
	restore();
}

int main(int argc, char **argv)
{
	const char *exe;

	ktap_preload(argv);
	if (argc > 1 && argv[1][0] == 'x')
		return exec_twice(argv[0], argv[1] + 1);
	if (argc > 1)
		return by_mode(argv[1][0]);
	exe = self_path();
	in_exec(disable, 1, exe, "n", "PR_SET_THP_DISABLE: none used");
	in_exec(disable, 0, exe, "xs", "left allowed for the next program");
	in_exec(disable, 1, exe, "xS", "left disabled for the next program");
	if (find_setting()) {
		signal(SIGINT, on_signal);
		signal(SIGTERM, on_signal);
		signal(SIGHUP, on_signal);
		atexit(restore);
	}
	systemwide(exe, "never", "n");
	systemwide(exe, "madvise", "w");
	systemwide(exe, "always", "w");
	return ksft_finished();
}
