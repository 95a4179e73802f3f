/* SPDX-License-Identifier: MIT */
/*
 * span_fork.c - a span that a fork copied while the kernel took superslabs back.
 */
#include "reclaim/child.h"
#include "reclaim/decommit.h"
#include "heap/span.h"

#include "unit/heap.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

static struct hak_span *span;

/* Two superslabs that another thread's decommit had in hand. */
static void after_fork(void)
{
	struct hak_run run;
	uint32_t i;

	hak_decommit_trim(span, 0);
	unit_need(hak_span_lend(span, 3, 1, &run));
	for (i = 1; i < 3; i++) {
		hak_superslab_set(&span->superslab[run.first + i],
				  HAK_SUPERSLAB_EMPTY);
		hak_superslab_set(&span->superslab[run.first + i],
				  HAK_SUPERSLAB_INFLIGHT);
	}
	span->lent -= 2;
	span->inflight += 2;
	span->trimmer = 77;
	run.count = 1;
	unit_expect(!hak_span_extend(&run, 1));
	hak_child_recover();
	unit_expect(span->inflight == 0 && span->warm == 2);
	unit_expect(span->trimmer == 0);
	unit_expect(span->superslab[run.first + 2].state ==
		    HAK_SUPERSLAB_EMPTY);
	unit_expect(hak_span_extend(&run, 2));
	unit_expect(run.count == 3 && span->warm == 0);
	unit_return(&run);
	unit_result("after a fork, what was in flight is empty, not zero");
}

#if (defined(__x86_64__) || defined(__aarch64__)) && \
	!defined(__SANITIZE_THREAD__)
enum { LET_PASS = 1 }; /* as fourth argument, which madvise has not */

static volatile pid_t forked = -1;

/* In the middle of a decommit: fork as the front does, then do the call. */
static void fork_in_decommit(int signal, siginfo_t *info, void *context)
{
	mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;
#ifdef __x86_64__
	greg_t *args[3] = { &machine->gregs[REG_RDI], &machine->gregs[REG_RSI],
			    &machine->gregs[REG_RAX] };
#else
	__typeof__(machine->regs[0]) *args[3] = { &machine->regs[0],
						  &machine->regs[1],
						  &machine->regs[0] };
#endif

	(void)signal;
	(void)info;
	if (forked < 0) {
		hak_lock_take_all();
		forked = fork();
		if (forked) {
			hak_lock_drop_all();
		} else {
			hak_child_recover();
			hak_lock_reset_all();
		}
	}
	*args[2] = syscall(SYS_madvise, *args[0], *args[1], MADV_DONTNEED,
			   LET_PASS);
}

static void trap_decommits(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MADV_DONTNEED, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[3])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LET_PASS, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };
	struct sigaction action = { .sa_sigaction = fork_in_decommit,
				    .sa_flags = SA_SIGINFO };

	unit_need(sigaction(SIGSYS, &action, NULL) == 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(77);
}

/* Both sides finish the trim that the handler found half done. */
static int trim_and_fork(void *arg)
{
	struct hak_run run;
	char *address;
	int status = 0;

	(void)arg;
	hak_decommit_trim(span, 0);
	unit_need(hak_span_lend(span, 3, 1, &run));
	address = hak_span_address(span, run.first);
	address[5] = 'p';
	hak_span_return(&run);
	trap_decommits();
	unit_expect(hak_decommit_trim(span, 0) == 3);
	unit_expect(forked >= 0 && span->trimmer == 0);
	unit_expect(span->inflight == 0 && span->warm == 0);
	unit_expect(span->superslab[run.first].state == HAK_SUPERSLAB_DECOMMITTED);
	unit_expect(address[5] == 0);
	unit_need(hak_span_lend(span, 3, 1, &run));
	unit_expect(run.zero);
	unit_return(&run);
	if (forked == 0)
		_exit(atomic_load(&unit_wrong) != 0);
	unit_expect(waitpid(forked, &status, 0) == forked && status == 0);
	return atomic_load(&unit_wrong) != 0;
}

static void forked_in_handler(void)
{
	const char *name = "forked in a signal handler amid a trim";
	struct ktap_run run;

	ktap_run_fork(&run, trim_and_fork, NULL, 20);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == 77)
		ksft_test_result_skip("needs seccomp filters", "%s", name);
	else
		ktap_run_result(&run, name);
}
#else
static void forked_in_handler(void)
{
	ksft_test_result_skip("no call can be interrupted here",
			      "forked in a signal handler amid a trim");
}
#endif

int main(void)
{
	ksft_print_header();
	ksft_set_plan(2);
	unit_open_heap();
	span = &hak_window.span[0];
	after_fork();
	forked_in_handler();
	return ksft_finished();
}
