/* SPDX-License-Identifier: MIT */
/*
 * sparse_threads.c - units of sparse superslabs beside threads: no thread and no fork
 * child gets units that the kernel is taking, and no thread loses what it holds.
 */
#include "sparse.h"

#include "reclaim/child.h"
#include "reclaim/settle.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

enum {
	THREADS = 4,
	ROUNDS = 4000,
};

/* ---- While the kernel takes it ------------------------------------------- */

#if (defined(__x86_64__) || defined(__aarch64__)) && \
	!defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
static sem_t caught, go_on;

/* The first decommit waits for leave. It and others of units are refused. */
static void wait_in_decommit(int signal, siginfo_t *info, void *context)
{
	static bool first = true;
	mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;

	(void)signal;
	(void)info;
	if (first) {
		first = false;
		sem_post(&caught);
		while (sem_wait(&go_on))
			;
	}
#ifdef __x86_64__
	machine->gregs[REG_RAX] = -EPERM;
#else
	machine->regs[0] = (unsigned long)-EPERM;
#endif
}

/* A filter for this thread alone. */
static void *give_slowly(void *unused)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, HAK_SUPERSLAB_BYTES, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };
	struct sigaction action = { .sa_sigaction = wait_in_decommit,
				    .sa_flags = SA_SIGINFO };

	unit_need(sigaction(SIGSYS, &action, NULL) == 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(77);
	hak_decommit_tick(HAK_SELF_FILTERED, true);
	return unused;
}

/* Another thread was in a decommit: this process has its units again. */
static void in_child(void)
{
	struct hak_superslab *superslab = superslab_of(unit[0]);
	bool zero;
	char *row;

	hak_lock_reset_all();
	unit_expect(superslab->units_free == 0);
	hak_child_recover();
	unit_expect(superslab->units_free == HAK_UNITS - HAK_UNITS / ROW);
	row = take(ROW - 1, &zero);
	unit_expect(row == unit[1] && !zero);
	unit_expect(is_whole(row, 1, 1UL << 32 | 1));
	unit_expect(!give(row, ROW - 1));
	end_sparse();
	_exit(atomic_load(&unit_wrong) != 0);
}

static int in_hand(void *arg)
{
	struct hak_superslab *superslab;
	pthread_t thread;
	int status = 0;
	bool zero;
	char *row;
	pid_t pid;
	int i;

	(void)arg;
	superslab = superslab_of(make_sparse());
	sem_init(&caught, 0, 0);
	sem_init(&go_on, 0, 0);
	unit_need(!pthread_create(&thread, NULL, give_slowly, NULL));
	while (sem_wait(&caught))
		;
	unit_expect(superslab->units_free == 0);
	row = take(1, &zero);
	unit_expect(superslab_of(row) != superslab);
	give(row, 1);

	hak_lock_take_all();
	pid = fork();
	if (pid == 0)
		in_child();
	hak_lock_drop_all();
	unit_expect(pid > 0 && waitpid(pid, &status, 0) == pid && !status);

	/* All else comes back meanwhile: it stays where it is until then. */
	for (i = 0; i < HAK_UNITS; i += ROW)
		unit_expect(!give(unit[i], 1));
	unit_expect(superslab->state == HAK_SUPERSLAB_LIVE);
	sem_post(&go_on);
	pthread_join(thread, NULL);
	unit_expect(superslab->state == HAK_SUPERSLAB_DECOMMITTED);
	unit_expect(span->lent == 0);
	return atomic_load(&unit_wrong) != 0;
}

static void hand(void)
{
	const char *name = "units in hand are nobody's, a fork child's again, "
			   "and bring their superslab home";
	struct ktap_run run;

	ktap_run_fork(&run, in_hand, NULL, 30);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == 77)
		ksft_test_result_skip("needs seccomp filters", "%s", name);
	else
		ktap_run_result(&run, name);
}
#else
static void hand(void)
{
	ksft_test_result_skip("no call can be interrupted here",
			      "units in hand are nobody's");
}
#endif

/* ---- Beside threads that work -------------------------------------------- */

struct held {
	char *address;
	unsigned int units; /* 0: none */
	uint64_t with;
};

static _Atomic bool stop;
static _Atomic unsigned int zeroes;

static void drop(struct held *held)
{
	if (!held->units)
		return;
	unit_expect(is_whole(held->address, held->units, held->with));
	if (give(held->address, held->units))
		hak_settle_span(node->span);
	held->units = 0;
}

static void *work(void *arg)
{
	uint64_t random = *(const uint64_t *)arg;
	struct held held[48] = { 0 };
	struct held *at;
	unsigned int i;
	bool zero;

	for (i = 0; i < ROUNDS; i++) {
		random = random * 6364136223846793005 + 1442695040888963407;
		at = &held[(random >> 33) % 48];
		drop(at);
		/* Half of the time they hold a few only. */
		if (i / 256 % 2 && (random >> 40) % 16)
			continue;
		at->units = 1 + (random >> 45) % ((random >> 60) ? 12 : 40);
		at->with = random;
		at->address = take(at->units, &zero);
		unit_expect(!zero || is_zero(at->address, at->units));
		atomic_fetch_add(&zeroes, zero);
		stamp(at->address, at->units, at->with);
	}
	for (i = 0; i < 48; i++)
		drop(&held[i]);
	return NULL;
}

static void *press(void *unused)
{
	while (!stop) {
		hak_decommit_tick(HAK_SELF_FREE, true);
		hak_clock_sleep(1);
	}
	return unused;
}

static void beside(void)
{
	static uint64_t seed[THREADS] = { 1, 22, 333, 4444 };
	uint64_t before = unit_stat(HAK_STAT_UNITS_GIVEN);
	pthread_t thread[THREADS], presser;
	int i;

	unit_need(!pthread_create(&presser, NULL, press, NULL));
	for (i = 0; i < THREADS; i++)
		unit_need(!pthread_create(&thread[i], NULL, work, &seed[i]));
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	stop = true;
	pthread_join(presser, NULL);
	ksft_print_msg(
		"%lu units given, %u rows that read as zero",
		(unsigned long)(unit_stat(HAK_STAT_UNITS_GIVEN) - before),
		zeroes);
	unit_expect(unit_stat(HAK_STAT_UNITS_GIVEN) > before);
	unit_expect(span->lent == 0);
	unit_result("threads find whole what they hold, and zero what is said "
		    "to be");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(2);
	sparse_open();
	hand();
	beside();
	return ksft_finished();
}
