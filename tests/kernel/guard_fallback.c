/* SPDX-License-Identifier: MIT */
/*
 * guard_fallback.c - HAKMEM_GUARD where a filter forbids userfaultfd: by guard
 * regions, or by page protection where those are forbidden as well. Both end
 * in SIGSEGV, and one that is the program's own stays its own.
 */
#include "bpf.h"
#include "guard.h"

#include <setjmp.h>

#define GUARD_INSTALL	102	/* MADV_GUARD_INSTALL, Linux 6.13 */
#define NEW_DESCRIPTOR	0xaa00	/* USERFAULTFD_IOC_NEW of /dev/userfaultfd */

static void deny_userfaultfd(struct bpf *f)
{
	bpf_begin(f);
	bpf_errno(f, SYS_userfaultfd, EPERM);
	bpf_errno_if(f, SYS_ioctl, 1, NEW_DESCRIPTOR, EPERM);
}

static bool without_userfaultfd(void)
{
	struct bpf f;

	deny_userfaultfd(&f);
	return bpf_install(&f, SECCOMP_RET_ALLOW, 0);
}

static bool without_regions(void)
{
	struct bpf f;

	deny_userfaultfd(&f);
	bpf_errno_if(&f, SYS_madvise, 2, GUARD_INSTALL, EINVAL);
	bpf_errno_if(&f, SYS_process_madvise, 3, GUARD_INSTALL, EINVAL);
	return bpf_install(&f, SECCOMP_RET_ALLOW, 0);
}

static bool has_regions(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page != MAP_FAILED && !madvise(page, 4096, GUARD_INSTALL);
}

/* ---- signals of the program's own ---- */

static sigjmp_buf back;
static volatile sig_atomic_t handled;
static void *volatile handled_at;

static void handle(int signal, siginfo_t *info, void *unused)
{
	(void)signal;
	(void)unused;
	handled++;
	handled_at = info->si_addr;
	siglongjmp(back, 1);
}

static void own_handler(void)
{
	struct sigaction action = { .sa_sigaction = handle,
				    .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &action, NULL);
}

static bool is_own_handler(void)
{
	struct sigaction action;

	return !sigaction(SIGSEGV, NULL, &action) &&
	       action.sa_sigaction == handle;
}

static bool comes_to_us(volatile char *at)
{
	handled = 0;
	if (!sigsetjmp(back, 1))
		*at = 1;
	return handled == 1 && handled_at == at;
}

/* 64 MiB freed, whether they are guarded or not */
static bool work(void)
{
	return swing(64) && swing(64);
}

/* from before the first superslab went back */
static int handler_before(void)
{
	own_handler();
	if (!work())
		return 1;
	ktap_pause(200);
	return !is_own_handler() || !comes_to_us(ktap_opaque((char *)NULL)) ||
	       !touched_is(0);
}

/* takes the place of ours, and has all signals from then on */
static int handler_behind(void)
{
	static struct cold cold;
	char *at;

	if (!cold_make(&cold, 64 * KIB) || !(at = cold_pick(&cold, NULL)))
		return 1;
	own_handler();
	return !comes_to_us(at) || !comes_to_us(ktap_opaque((char *)NULL)) ||
	       !work() || !is_own_handler() || !touched_is(0);
}

/* neither ours nor handled: as if nobody were there */
static int wild(void)
{
	static struct cold cold;

	if (!cold_make(&cold, 64 * KIB))
		return 1;
	*ktap_opaque((volatile char *)NULL) = 1;
	return 1;
}

static int wild_in_unguarded(void)
{
	static struct cold cold;
	char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (!cold_make(&cold, 64 * KIB))
		return 1;
	*(volatile char *)page = 1;
	return 1;
}

static const struct check {
	const char *word;
	int (*run)(void);
	int signal;
	const char *name;
} checks[] = {
	{ "before", handler_before, 0, "a handler of the program's is kept" },
	{ "behind", handler_behind, 0, "one that it installs later, too" },
	{ "null", wild, SIGSEGV, "a write to NULL kills as ever" },
	{ "none", wild_in_unguarded, SIGSEGV,
	  "a write to a page without permission kills as ever" },
};
#define NR_CHECKS (sizeof(checks) / sizeof(*checks))

static void try_checks(const char *by, const char *how, bool (*prepare)(void))
{
	struct ktap_run run;

	for (size_t i = 0; i < NR_CHECKS; i++) {
		const struct check *it = &checks[i];
		bool ok;

		guard_run(&run, it->word, how, prepare);
		ok = it->signal ? WIFSIGNALED(run.status) &&
					  WTERMSIG(run.status) == it->signal :
				  ktap_run_ok(&run);
		if (!ksft_test_result(ok && !run.err[0], "%s, %s: %s", by, how,
				      it->name))
			ktap_run_print(&run);
	}
}

/* ---- the same sins ---- */

static void try_all(const char *by, enum hak_mode wanted, bool (*prepare)(void))
{
	struct ktap_run run;
	char word[16], name[128];

	guard_run(&run, "mode", "report", prepare);
	if (guard_skipped(&run)) {
		ksft_test_result_skip("no seccomp filters here", "%s", by);
		return;
	}
	if (!ksft_test_result(WIFEXITED(run.status) &&
				      WEXITSTATUS(run.status) == (int)wanted,
			      "%s: it is on", by)) {
		ktap_run_print(&run);
		return;
	}
	for (int i = 0; i < 2 * guard_nr_cases; i++) {
		const struct guard_case *it = &guard_cases[i / 2];
		const char *how = i % 2 ? "report" : "trap";

		snprintf(word, sizeof(word), "%d", i / 2);
		snprintf(name, sizeof(name), "%s, %s: %s", by, how, it->name);
		guard_run(&run, word, how, prepare);
		guard_result(&run, !(i % 2),
			     it->silent || strstr(it->name, "(2)"), it->size,
			     name);
	}
	try_checks(by, "trap", prepare);
	try_checks(by, "report", prepare);
}

int main(int argc, char **argv)
{
	struct rlimit no_core = { 0, 0 };

	ktap_preload(argv);
	for (size_t i = 0; argc > 1 && i < NR_CHECKS; i++)
		if (!strcmp(argv[1], checks[i].word))
			return checks[i].run();
	if (argc > 1 && !strcmp(argv[1], "mode"))
		return (int)guard_mode();
	if (argc > 1)
		return guard_commit(atoi(argv[1]));
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	setrlimit(RLIMIT_CORE, &no_core);
	guard_kind = "touch";
	if (has_regions())
		try_all("regions", HAK_MODE_MARKERS, without_userfaultfd);
	else
		ksft_test_result_skip("needs Linux 6.13", "regions");
	try_all("protection", HAK_MODE_PROTECTED, without_regions);
	return ksft_finished();
}
