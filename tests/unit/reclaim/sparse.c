/* SPDX-License-Identifier: MIT */
/*
 * sparse.c - superslabs that are free for the most part, when memory is short:
 * what is free of them goes, what is lent stays whole, nobody has what the
 * kernel is taking, and dense ones become huge pages again.
 */
#include "reclaim/decommit.h"
#include "watch/glance.h"

#include "unit/heap.h"

#include "os/clock.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

enum {
	ROW = 16, /* of one unit each is lent */
	WORDS = HAK_UNIT_BYTES / 8,
	THREADS = 4,
	ROUNDS = 4000,
};

static struct hak_node *node;
static struct hak_span *span;
static char *unit[HAK_UNITS];

static struct hak_superslab *superslab_of(const char *address)
{
	return &span->superslab[(size_t)(address - span->base) >>
				HAK_SUPERSLAB_SHIFT];
}

static char *take(unsigned int units, bool *ret_zero)
{
	struct hak_units got;
	bool taken;

	hak_lock_take(&node->lock);
	taken = hak_node_take_locked(node, units, 1, &got);
	hak_lock_drop(&node->lock);
	unit_need(taken);
	*ret_zero = got.zero;
	return got.address;
}

/* Is the superslab empty now, and its span's? */
static bool give(char *address, unsigned int units)
{
	uint64_t before = unit_stat(HAK_STAT_SUPERSLABS_RETURNED);

	hak_lock_take(&node->lock);
	hak_node_give_locked(node, address, units);
	hak_lock_drop(&node->lock);
	return unit_stat(HAK_STAT_SUPERSLABS_RETURNED) != before;
}

static void stamp(char *address, unsigned int units, uint64_t with)
{
	uint64_t *word = (uint64_t *)address;
	size_t i;

	for (i = 0; i < (size_t)units * WORDS; i += 64)
		word[i] = with + i;
}

static bool is_whole(const char *address, unsigned int units, uint64_t with)
{
	const uint64_t *word = (const uint64_t *)address;
	size_t i;

	for (i = 0; i < (size_t)units * WORDS; i += 64)
		if (word[i] != with + i)
			return false;
	return true;
}

static bool is_zero(const char *address, unsigned int units)
{
	const uint64_t *word = (const uint64_t *)address;
	size_t i;

	for (i = 0; i < (size_t)units * WORDS; i++)
		if (word[i])
			return false;
	return true;
}

static unsigned int resident(char *address, size_t bytes)
{
	unsigned char page[HAK_SUPERSLAB_BYTES / 4096];
	unsigned int count = 0;
	size_t i;

	unit_need(mincore(address, bytes, page) == 0);
	for (i = 0; i < bytes / 4096; i++)
		count += page[i] & 1;
	return count;
}

/* A whole superslab, unit by unit; what is left of it is one in ROW. */
static char *make_sparse(void)
{
	bool zero;
	int i;

	for (i = 0; i < HAK_UNITS; i++) {
		unit[i] = take(1, &zero);
		unit_need(unit[i] == unit[0] + (size_t)i * HAK_UNIT_BYTES);
		stamp(unit[i], 1, (uint64_t)i << 32 | 1);
	}
	for (i = 0; i < HAK_UNITS; i++)
		if (i % ROW)
			unit_need(!give(unit[i], 1));
	return unit[0];
}

static void check_lent(void)
{
	int i;

	for (i = 0; i < HAK_UNITS; i += ROW)
		unit_expect(is_whole(unit[i], 1, (uint64_t)i << 32 | 1));
}

static void end_sparse(void)
{
	int i;

	check_lent();
	for (i = 0; i < HAK_UNITS; i += ROW)
		unit_expect(!give(unit[i], 1) == (i + ROW < HAK_UNITS));
	hak_decommit_trim(span, 0);
	unit_expect(span->lent == 0 && span->warm == 0);
}

static void goes(void)
{
	char *base = make_sparse();
	uint64_t before = unit_stat(HAK_STAT_UNITS_GIVEN);
	bool zero;
	char *row;
	int i;

	hak_decommit_tick(true, false);
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 512);
	unit_expect(hak_decommit_tick(true, true) == HAK_NEVER);
	unit_expect(unit_stat(HAK_STAT_UNITS_GIVEN) == before + 120);
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 8 * 4);
	for (i = 0; i < HAK_UNITS; i += ROW)
		unit_expect(resident(unit[i], HAK_UNIT_BYTES) == 4);
	check_lent();
	unit_result("what is free goes when memory is short, and nothing else");

	hak_decommit_tick(true, true);
	unit_expect(unit_stat(HAK_STAT_UNITS_GIVEN) == before + 120);
	unit_result("what is gone is not given again");

	row = take(ROW - 1, &zero);
	unit_expect(superslab_of(row) == superslab_of(base) && zero);
	unit_expect(is_zero(row, ROW - 1));
	stamp(row, ROW - 1, 5);
	unit_expect(!give(row, ROW - 1));
	row = take(ROW - 1, &zero);
	unit_expect(!zero);
	unit_expect(!give(row, ROW - 1));
	unit_result("lent again it reads as zero, once");
	end_sparse();
}

/* First of all: memory has not been short before. */
static void spared(void)
{
	char *base = make_sparse();
	uint32_t index = (uint32_t)(superslab_of(base) - span->superslab);

	unit_need(hak_glances_open());
	hak_glance_reach(span);
	hak_glance_note(span, index, 5, 1);
	hak_decommit_tick(true, true);
	unit_expect(unit_stat(HAK_STAT_UNITS_GIVEN) == 0);
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 512);
	hak_decommit_tick(true, true);
	unit_expect(unit_stat(HAK_STAT_UNITS_GIVEN) == 120);
	hak_glance_forget(span, index);
	unit_result("what is warm goes only if memory is short again");
	end_sparse();
}

static void half(void)
{
	uint64_t before = unit_stat(HAK_STAT_UNITS_GIVEN);
	bool zero;
	char *row, *rest;

	row = take(16, &zero);
	rest = take(16, &zero);
	for (int i = 0; i < 6; i++)
		unit[i] = take(i < 2 ? 16 : 12, &zero);
	stamp(row, 16, 1);
	unit_expect(!give(row, 16));
	unit_expect(superslab_of(row)->units_free == 32);
	hak_decommit_tick(true, true);
	unit_expect(unit_stat(HAK_STAT_UNITS_GIVEN) == before);
	unit_result("what is lent for more than the half stays as it is");
	give(rest, 16);
	for (int i = 0; i < 6; i++)
		give(unit[i], i < 2 ? 16 : 12);
	hak_decommit_trim(span, 0);
}

static void refused(void)
{
	const char *name = "what the kernel refuses is free as it was";
	char *base = make_sparse();
	char *locked = base + HAK_UNIT_BYTES;
	uint64_t failed = unit_stat(HAK_STAT_DECOMMIT_FAILED);
	bool zero;
	char *row;

	if (syscall(SYS_mlock, locked, 4096)) {
		ksft_test_result_skip("no memory may be locked", "%s", name);
		end_sparse();
		return;
	}
	hak_decommit_tick(true, true);
	unit_expect(unit_stat(HAK_STAT_DECOMMIT_FAILED) == failed + 1);
	unit_expect(is_whole(locked, 1, 1UL << 32 | 1));
	/* All but that unit has gone, of its own row as well. */
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 8 * 4 + 4);
	check_lent();
	row = take(ROW - 1, &zero);
	unit_expect(row == locked && !zero);
	unit_expect(!give(row, ROW - 1));
	unit_expect(syscall(SYS_munlock, locked, 4096) == 0);
	hak_decommit_tick(true, true);
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 8 * 4);
	unit_result(name);
	end_sparse();
}

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
	hak_decommit_tick(true, true);
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
	hak_decommit_after_fork();
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
	unit_expect(superslab->state == HAK_SUPERSLAB_COLD);
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

/* ---- With huge pages ----------------------------------------------------- */

/* Of the mapping that an address is in. */
static size_t huge_bytes(const char *address)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	unsigned long from, to;
	bool here = false;
	size_t kib = 0;
	char line[256];

	unit_need(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = from <= (unsigned long)address &&
			       (unsigned long)address < to;
		if (here && sscanf(line, "AnonHugePages: %zu", &kib) == 1)
			break;
	}
	fclose(file);
	return kib << 10;
}

/* Those of the whole system: khugepaged may have come by in between. */
static unsigned long collapsed(void)
{
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/khugepaged/"
			   "pages_collapsed", "r");
	unsigned long count = 0;

	if (!file)
		return 0;
	unit_need(fscanf(file, "%lu", &count) == 1);
	fclose(file);
	return count;
}

/* What reads as zero lies in a huge page too, if only one unit was touched. */
static int split_and_mend(void *arg)
{
	static char *again[HAK_UNITS];
	struct hak_run run;
	unsigned long before;
	uint32_t start;
	unsigned int n, i;
	char *base, *last;
	bool zero;

	(void)arg;
	setenv("HAKMEM_HUGE", "thp", 1);
	setenv("HAKMEM_PROFILE", "speed", 1);
	hak_options_read();
	/* What there is has small pages. */
	unit_need(hak_span_lend(span, span->claimed, 1, &run));
	base = take(1, &zero);
	stamp(base, 1, 3);
	if (huge_bytes(base) < HAK_SUPERSLAB_BYTES)
		return 77;
	before = collapsed();
	hak_decommit_tick(false, true);
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 4 ||
		    collapsed() != before);
	unit_expect(is_whole(base, 1, 3));
	unit_expect(give(base, 1));
	hak_decommit_trim(span, 0);
	base = make_sparse();
	unit_expect(huge_bytes(base) >= HAK_SUPERSLAB_BYTES);
	before = collapsed();
	unit_expect(hak_decommit_tick(false, true) != HAK_NEVER);
	unit_expect(unit_stat(HAK_STAT_SPLIT) == 2);
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 8 * 4 ||
		    collapsed() != before);
	check_lent();
	/* All but one are lent again. */
	for (n = 0; n < HAK_UNITS - HAK_UNITS / ROW - 1; n++) {
		again[n] = take(1, &zero);
		unit_expect(zero &&
			    superslab_of(again[n]) == superslab_of(base));
		stamp(again[n], 1, n);
	}
	unit_expect(hak_decommit_tick(false, false) != HAK_NEVER);
	unit_expect(unit_stat(HAK_STAT_MENDED) == 0);
	start = hak_clock_ms();
	while (!unit_stat(HAK_STAT_MENDED) && hak_clock_ms() - start < 20000) {
		hak_decommit_tick(false, false);
		hak_clock_sleep(50);
	}
	unit_expect(unit_stat(HAK_STAT_MENDED) == 1);
	unit_expect(huge_bytes(base) >= HAK_SUPERSLAB_BYTES);
	check_lent();
	for (i = 0; i < n; i++)
		unit_expect(is_whole(again[i], 1, i));
	last = take(1, &zero);
	unit_expect(zero && is_zero(last, 1));
	return atomic_load(&unit_wrong) != 0;
}

static void mends(void)
{
	const char *name =
		"a huge page goes in part, and is put together again";
	struct ktap_run run;

	ktap_run_fork(&run, split_and_mend, NULL, 60);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == 77)
		ksft_test_result_skip("no huge pages to be had", "%s", name);
	else
		ktap_run_result(&run, name);
}

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
		hak_decommit_settle(node->span);
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
		hak_decommit_tick(false, true);
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
	ksft_set_plan(9);
	setenv("HAKMEM_SS_MEM_LEAN_DECOMMIT", "dontneed", 1);
	unit_open_heap();
	hak_clock_open();
	node = hak_nodes[0];
	span = &hak_window.span[0];
	spared();
	goes();
	half();
	refused();
	hand();
	mends();
	beside();
	return ksft_finished();
}
