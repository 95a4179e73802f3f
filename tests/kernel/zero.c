/* SPDX-License-Identifier: MIT */
/*
 * zero.c - calloc is zero whatever became of giving the memory back: madvise
 * refused, unmapping refused, pages locked, all of it forked away.
 *
 * Hazards 58, 59.
 */
#include "bpf.h"
#include "mix.h"

#include <malloc.h>

static const size_t sizes[] = {
	24, 100, 1000, 4096, 20000, 64 * KIB, 300 * KIB, MIB, 3 * MIB, 40 * MIB,
};
#define NR_SIZES (sizeof(sizes) / sizeof(*sizes))
#define NR_MAX 2048

enum how { MADVISE_EINVAL = 1, MADVISE_EAGAIN, ALL_EINVAL, LOCKED, FORKED };

static void *block[NR_MAX];

static size_t how_many(size_t bytes)
{
	size_t nr = 48 * MIB / bytes;

	return nr > NR_MAX ? NR_MAX : nr;
}

/* dirties NR blocks and frees them, in order or from the end */
static int dirty(size_t bytes, size_t nr, bool lock)
{
	for (size_t i = 0; i < nr; i++) {
		block[i] = malloc(bytes);
		if (!block[i]) {
			ksft_print_msg("block %zu of %zu bytes: refused", i,
				       bytes);
			return 1;
		}
		memset(block[i], 0xa5, bytes);
		if (lock && mlock(block[i], bytes))
			return SKIPPED;
	}
	for (size_t i = 0; i < nr; i++)
		free(block[bytes & 8 ? i : nr - 1 - i]);
	return 0;
}

static int all_callocs_zero(size_t bytes, size_t nr)
{
	int bad = 0;

	for (size_t i = 0; i < nr; i++) {
		block[i] = calloc(bytes / 4, 4);
		if (!block[i] || !all_zero(block[i], bytes & ~(size_t)3)) {
			ksft_print_msg("block %zu of %zu bytes: %s", i, bytes,
				       block[i] ? "not zero" : "refused");
			bad = 1;
			break;
		}
	}
	for (size_t i = 0; i < nr && !bad; i++)
		free(block[i]);
	return bad;
}

static bool refuse(long how)
{
	int error = how == MADVISE_EAGAIN ? EAGAIN : EINVAL;
	struct bpf f;

	bpf_begin(&f);
	bpf_errno(&f, SYS_madvise, error);
	bpf_errno(&f, SYS_process_madvise, error);
	if (how == ALL_EINVAL) {
		bpf_errno(&f, SYS_munmap, error);
		bpf_errno(&f, SYS_mremap, error);
	}
	return bpf_install(&f, SECCOMP_RET_ALLOW, 0);
}

static int body(long how)
{
	struct rlimit enough = { 4096 * MIB, 4096 * MIB };

	setrlimit(RLIMIT_AS, &enough);	/* a leak must not hurt the machine */
	if (how <= ALL_EINVAL && !refuse(how))
		return SKIPPED;
	for (size_t round = 0; round < 2; round++)
		for (size_t i = 0; i < NR_SIZES; i++) {
			size_t bytes = sizes[i], nr = how_many(bytes);
			int ret;

			if (how == LOCKED && nr > 200)
				nr = 200;
			ret = dirty(bytes, nr, how == LOCKED);
			if (round)
				malloc_trim(0);
			if (!ret)
				ret = all_callocs_zero(bytes, nr);
			if (ret)
				return ret;
		}
	return 0;
}

/* dirty memory warm in the parent, callocs in the child */
static int forked(long how)
{
	(void)how;
	for (size_t i = 0; i < NR_SIZES; i++) {
		size_t nr = how_many(sizes[i]);
		int status, ret = dirty(sizes[i], nr, false);
		pid_t pid;

		if (ret)
			return ret;
		pid = fork();
		if (!pid)
			_exit(all_callocs_zero(sizes[i], nr));
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status ||
		    all_callocs_zero(sizes[i], nr))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	in_child(body, 0, "calloc is zero");
	in_child(body, MADVISE_EINVAL, "calloc is zero, madvise: EINVAL");
	in_child(body, MADVISE_EAGAIN, "calloc is zero, madvise: EAGAIN");
	in_child(body, ALL_EINVAL,
		 "calloc is zero, madvise, munmap, mremap: EINVAL");
	in_child(body, LOCKED, "calloc is zero, blocks were mlocked");
	in_child(forked, FORKED, "calloc is zero in a fork and after it");
	return ksft_finished();
}
