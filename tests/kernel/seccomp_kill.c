/* SPDX-License-Identifier: MIT */
/*
 * seccomp_kill.c - once started, the library lives with the memory calls and
 * futex: a filter that kills for anything else does not kill us.
 *
 * Hazard 46 (sshd, man, browsers).  exit_group, write, exit and rt_sigreturn
 * are the program's own; a thread of its own needs a few more.
 */
#include "bpf.h"
#include "mix.h"

#include <malloc.h>
#include <pthread.h>

static const long allowed[] = {
	SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_futex,
	SYS_brk, SYS_write, SYS_exit_group, SYS_rt_sigreturn,
};

static bool confine(bool with_threads)
{
	struct bpf f;

	bpf_begin(&f);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		bpf_rule(&f, allowed[i], SECCOMP_RET_ALLOW);
	if (with_threads) {
		bpf_rule(&f, SYS_exit, SECCOMP_RET_ALLOW);
		bpf_rule(&f, SYS_clone3, SECCOMP_RET_ALLOW);
		bpf_rule(&f, SYS_rt_sigaction, SECCOMP_RET_ALLOW);
		bpf_rule(&f, SYS_rseq, SECCOMP_RET_ALLOW);
		bpf_rule(&f, SYS_set_robust_list, SECCOMP_RET_ALLOW);
		bpf_rule(&f, SYS_rt_sigprocmask, SECCOMP_RET_ALLOW);
	}
	return bpf_install(&f, SECCOMP_RET_KILL_PROCESS,
			   with_threads ? SECCOMP_FILTER_FLAG_TSYNC : 0);
}

static void grow_and_churn(void)
{
	static struct mix m;
	char *block = NULL;

	for (size_t mib = 1; mib <= 96; mib += 5)
		block = realloc(block, mib * MIB);
	free(ktap_opaque(block));
	for (int i = 0; i < 4000; i++) {
		block = malloc(((size_t)i * 7919) % (16 * MIB) + 1);
		if (block)
			*block = 1;
		free(ktap_opaque(block));
	}
	block = aligned_alloc(4 * MIB, 4 * MIB);
	free(ktap_opaque(block));
	mix_run(&m, 6000);
	malloc_trim(0);
	if (mix_end(&m, false))
		_exit(1);
}

static int alone(long warm)
{
	static struct mix m;

	if (warm)
		mix_run(&m, 500);
	if (!confine(false))
		return SKIPPED;
	if (warm && mix_end(&m, false))
		_exit(1);
	grow_and_churn();
	_exit(0);
}

static int by_exit(long unused)
{
	(void)unused;
	if (!confine(false))
		return SKIPPED;
	grow_and_churn();
	return 0;	/* through exit(): destructors of the library */
}

static pthread_barrier_t step;
static struct mix theirs;

static void *other(void *early)
{
	mix_run(&theirs, 500);
	if (early) {
		pthread_barrier_wait(&step);	/* filter comes in between */
		pthread_barrier_wait(&step);
	}
	mix_run(&theirs, 3000);
	return NULL;
}

/* frees what the other thread made; EARLY: it is older than the filter */
static int with_thread(long early)
{
	pthread_t thread;

	pthread_barrier_init(&step, NULL, 2);
	free(ktap_opaque(malloc(100)));
	if (early) {
		pthread_create(&thread, NULL, other, &theirs);
		pthread_barrier_wait(&step);
	}
	if (!confine(true))
		return SKIPPED;
	if (early)
		pthread_barrier_wait(&step);
	else
		pthread_create(&thread, NULL, other, NULL);
	grow_and_churn();
	pthread_join(thread, NULL);
	_exit(mix_end(&theirs, false));
}

int main(int argc, char **argv)
{
	(void)argc;
	/* whose calls are more than these: the manual says so */
	setenv("HAKMEM_KEEPER", "off", 1);
	ktap_preload(argv);
	in_child(alone, 0, "memory calls only, from the start");
	in_child(alone, 1, "memory calls only, blocks from before");
	in_child(by_exit, 0, "memory calls only, to the end of exit()");
	in_child(with_thread, 1, "with a thread older than the filter");
	in_child(with_thread, 0, "with a thread younger than the filter");
	return ksft_finished();
}
