/* SPDX-License-Identifier: MIT */
/*
 * keeper_seccomp.c - filters that refuse what the keeper would like to call:
 * memory goes back all the same, and nobody hears of it.
 *
 * Hazard 46, as containers do it: an error, not a signal.
 */
#include "bpf.h"
#include "keeper.h"

static const struct error {
	int nr;
	const char *name;
} errors[] = { { EPERM, "EPERM" }, { ENOSYS, "ENOSYS" } };

static const struct depth {
	const char *name;
	const char *via;
} depths[] = {
	{ "io_uring", "uring" },
	{ "and process_madvise", "vector" },
	{ "and close_range", "auto" },
};

enum when { BEFORE, AFTER, WITHOUT_KEEPER, WHENS };

static const char *const whens[WHENS] = { "before there are threads",
					  "for all threads, later",
					  "and no keeper" };

#define NR_ERRORS ((int)(sizeof(errors) / sizeof(*errors)))
#define NR_DEPTHS ((int)(sizeof(depths) / sizeof(*depths)))

static bool deny(int error, int depth, bool all_threads)
{
	struct bpf f;

	bpf_begin(&f);
	bpf_errno(&f, SYS_io_uring_setup, error);
	bpf_errno(&f, SYS_io_uring_enter, error);
	bpf_errno(&f, SYS_io_uring_register, error);
	if (depth > 0)
		bpf_errno(&f, SYS_process_madvise, error);
	if (depth > 1)
		bpf_errno(&f, SYS_close_range, error);
	return bpf_install(&f, SECCOMP_RET_ALLOW,
			   all_threads ? SECCOMP_FILTER_FLAG_TSYNC : 0);
}

static int subject(int error, int depth, enum when when)
{
	struct companion other;
	bool ok;

	if (when == BEFORE && !deny(error, depth, false))
		return SKIPPED;
	if (!companion_start(&other))
		return 1;
	if (when == WITHOUT_KEEPER) {
		if (!deny(error, depth, true))
			return SKIPPED;
		ok = goes_back() && has_threads(2);
	} else {
		ok = keeper_works(keeper_started);
		if (when == AFTER && !deny(error, depth, true))
			return SKIPPED;
		ok = ok && goes_back() && goes_back() && !has_threads(2);
	}
	companion_end(&other);
	return !ok;
}

int main(int argc, char **argv)
{
	char mode[16], name[100];
	int error, depth, when;

	ktap_preload(argv);
	if (argc > 1 &&
	    sscanf(argv[1], "%d %d %d", &error, &depth, &when) == 3)
		return subject(errors[error].nr, depth, (enum when)when);
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	be_lean("100", "64");
	for (when = 0; when < WHENS; when++)
		for (int i = 0; i < NR_DEPTHS * NR_ERRORS; i++) {
			error = i % NR_ERRORS;
			depth = i / NR_ERRORS;
			snprintf(mode, sizeof(mode), "%d %d %d", error, depth,
				 when);
			snprintf(name, sizeof(name), "%s for %s, %s",
				 errors[error].name, depths[depth].name,
				 whens[when]);
			setenv("HAKMEM_DECOMMIT_VIA", depths[depth].via, 1);
			setenv("HAKMEM_KEEPER",
			       when == WITHOUT_KEEPER ? "off" : "auto", 1);
			in_self(mode, name);
		}
	return ksft_finished();
}
