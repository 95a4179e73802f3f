/* SPDX-License-Identifier: MIT */
/*
 * guard.c - HAKMEM_GUARD by userfaultfd: each use after free of guard_cases.c is
 * told of exactly, in both modes, with privilege and without.
 */
#include "guard.h"

#include <malloc.h>

static bool as_nobody(void)
{
	return drop_root() && access(self_path(), X_OK) == 0 &&
	       access(getenv("HAKMEM_LIB"), R_OK) == 0;
}

static bool given_from(long count)
{
	return ktap_stat(HAK_STAT_GUARDED) + ktap_stat(HAK_STAT_UNGUARDED) >=
	       (uint64_t)count;
}

/* from the first free on, also while the keeper is not there yet */
static int at_start(void)
{
	char *block[8];

	for (int i = 0; i < 8; i++) {
		block[i] = malloc(3 * MIB);
		memset(block[i], 1, 3 * MIB);
	}
	for (int i = 0; i < 8; i++)
		free(ktap_opaque(block[i]));
	malloc_trim(0);
	if (ktap_await(given_from, 16, PATIENCE) &&
	    !ktap_stat(HAK_STAT_UNGUARDED))
		return 0;
	ksft_print_msg("guarded %lu, unguarded %lu",
		       ktap_stat(HAK_STAT_GUARDED),
		       ktap_stat(HAK_STAT_UNGUARDED));
	return 1;
}

/* exits with how the guard fares */
static int mode_of(bool (*prepare)(void))
{
	struct ktap_run run;

	guard_run(&run, "mode", "report", prepare);
	return WIFEXITED(run.status) ? WEXITSTATUS(run.status) : HAK_MODES;
}

static void try_all(const char *who, bool (*prepare)(void))
{
	int mode = mode_of(prepare);
	struct ktap_run run;
	char word[16], name[128];

	for (int i = 0; i < 2 * guard_nr_cases; i++) {
		const struct guard_case *it = &guard_cases[i / 2];
		const char *how = i % 2 ? "report" : "trap";
		bool by_kernel = strstr(it->name, "(2)") != NULL;

		if (prepare && !by_kernel && i / 2 % 8)
			continue;
		snprintf(word, sizeof(word), "%d", i / 2);
		snprintf(name, sizeof(name), "%s%s: %s", who, how, it->name);
		guard_run(&run, word, how, prepare);
		guard_result(&run, !(i % 2),
			     it->silent || (by_kernel && mode != HAK_MODE_ON),
			     it->size, name);
	}
}

int main(int argc, char **argv)
{
	struct rlimit no_core = { 0, 0 };
	struct ktap_run run;
	int mode;

	ktap_preload(argv);
	if (argc > 1 && !strcmp(argv[1], "mode"))
		return (int)guard_mode();
	if (argc > 1 && !strcmp(argv[1], "start"))
		return at_start();
	if (argc > 1)
		return guard_commit(atoi(argv[1]));
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	setrlimit(RLIMIT_CORE, &no_core);
	mode = mode_of(NULL);
	if (mode == HAK_MODE_MARKERS || mode == HAK_MODE_PROTECTED ||
	    mode == HAK_MODE_ABSENT || mode == HAK_MODE_FORBIDDEN)
		ksft_exit_skip("no userfaultfd here");
	if (!ksft_test_result(mode == HAK_MODE_USER_ONLY ||
				      (mode == HAK_MODE_ON && !geteuid()),
			      "it is on (mode %d)", mode))
		return ksft_finished();
	guard_run(&run, "start", "report", NULL);
	ktap_run_result(&run, "what is freed at the very start is guarded");
	try_all("", NULL);
	if (geteuid() || mode_of(as_nobody) == SKIPPED)
		ksft_test_result_skip("needs root", "without privilege");
	else if (ksft_test_result(mode_of(as_nobody) == HAK_MODE_USER_ONLY,
				  "without privilege it is on for the program "
				  "(mode %d)", mode_of(as_nobody)))
		try_all("unprivileged, ", as_nobody);
	return ksft_finished();
}
