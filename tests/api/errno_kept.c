/* SPDX-License-Identifier: MIT */
/*
 * errno_kept.c - free never changes errno (POSIX 2024), nor does a successful
 * malloc; also when the kernel refuses what they ask of it.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "../ktap.h"
#include "../ktap_run.h"

static size_t sizes[] = { 0, 1, 100, 5000, 20000, 300000, 700000, 1 << 20,
			  3 << 20, 10 << 20, 40 << 20, 200 << 20 };

#define SIZES	(sizeof(sizes) / sizeof(*sizes))
#define MARK	4242

static size_t changed;

static void *kept(void *block)
{
	changed += errno != MARK && block;
	errno = MARK;
	return block;
}

static void free_kept(void *block)
{
	errno = MARK;
	free(block);
	changed += errno != MARK;
}

/* Everything that can succeed, with errno looked at after each call. */
static size_t churn(void)
{
	static void *many[3000];

	changed = 0;
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < SIZES; i++) {
			size_t size = sizes[i];
			int count = size > 4 << 20 ? 2 : size > 9000 ? 60 :
							 3000;

			errno = MARK;
			free_kept(kept(calloc(1, size)));
			free_kept(kept(memalign(4096, size)));
			free_kept(kept(realloc(kept(malloc(size)),
					       size + size / 2 + 1)));
			for (int n = 0; n < count; n++)
				many[n] = kept(malloc(size));
			for (int n = 0; n < count; n++)
				free_kept(many[n]);
			free_kept(NULL);
			free_kept(kept(realloc(kept(malloc(size + 1)),
					       ktap_opaque((size_t)1))));
			kept(realloc(kept(malloc(1)), ktap_opaque((size_t)0)));
			changed += errno != MARK;
		}
	return changed;
}

/* From here on the given call fails in this process with EPERM. */
static int refuse(long call)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

static int churn_without(void *arg)
{
	char *block = malloc(6 << 20);
	size_t bad;

	if (refuse(*(long *)arg))
		return 77;
	memset(block, 1, 6 << 20);
	free_kept(block);
	bad = churn();
	if (bad)
		fprintf(stderr, "errno changed %zu times\n", bad);
	return bad != 0;
}

static void without(const char *name, long call)
{
	struct ktap_run run;

	ktap_run_fork(&run, churn_without, &call, 60);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == 77) {
		ksft_test_result_skip("no seccomp here", "while %s fails",
				      name);
		return;
	}
	ksft_test_result(ktap_run_ok(&run) && !run.err[0],
			 "errno is kept while %s fails", name);
	if (!ktap_run_ok(&run))
		ktap_run_print(&run);
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(6);
	churn();
	ksft_test_result(!changed,
			 "free and successful calls keep errno (%zu did not)",
			 changed);
	without("madvise", SYS_madvise);
	without("munmap", SYS_munmap);
	without("mremap", SYS_mremap);
	without("mprotect", SYS_mprotect);
	without("process_madvise", SYS_process_madvise);
	return ksft_finished();
}
