/* SPDX-License-Identifier: MIT */
/*
 * decommit.c - what goes back to the kernel: only what nobody has wanted for
 * the whole delay, or all of it when memory is short.
 */
#include "reclaim/child.h"
#include "reclaim/decommit.h"
#include "reclaim/settle.h"

#include "reclaim/budget.h"
#include "heap/run.h"
#include "heap/warm.h"
#include "os/wake.h"

#include "unit/heap.h"

#include "os/clock.h"
#include "base/options.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { DELAY_MS = 400, HELD = 12 };

static struct hak_span *span;
static struct hak_run held[HELD];

static void configure(const char *name, const char *value)
{
	unit_need(setenv(name, value, 1) == 0);
	hak_options_read();
}

static void lend_all(void)
{
	for (int i = 0; i < HELD; i++)
		unit_need(hak_span_lend(span, 1, 1, &held[i]));
}

static void put_all(void)
{
	for (int i = 0; i < HELD; i++)
		hak_span_return(&held[i]);
}

/* The keeper's ticks for so long. */
static void tick_for(uint32_t ms)
{
	uint32_t start = hak_clock_ms();

	do {
		hak_decommit_tick(HAK_SELF_FILTERED, false);
		hak_clock_sleep(5);
	} while (hak_clock_ms() - start < ms);
}

static void waits(void)
{
	uint32_t start = hak_clock_ms();
	uint32_t early = 0;

	lend_all();
	put_all();
	while (span->warm > 1 && hak_clock_ms() - start < 250 * DELAY_MS) {
		early = hak_clock_ms() - start;
		hak_decommit_tick(HAK_SELF_FILTERED, false);
		hak_clock_sleep(5);
	}
	unit_expect(span->warm == 1);
	unit_expect(early > DELAY_MS * 3 / 4);
	unit_expect(hak_decommit_tick(HAK_SELF_FILTERED, false) == HAK_NEVER);
	unit_result("what is over the budget goes after the delay");
}

/* Used all the time, it is never over for long. Returns the longest pause. */
static uint32_t use_all_the_time(bool *ret_waited)
{
	uint32_t start = hak_clock_ms();
	uint32_t last = start, longest = 0, now;

	*ret_waited = true;
	do {
		lend_all();
		hak_decommit_tick(HAK_SELF_FILTERED, false);
		put_all();
		hak_clock_sleep(5);
		*ret_waited &= hak_decommit_tick(HAK_SELF_FILTERED, false) !=
			      HAK_NEVER;
		now = hak_clock_ms();
		longest = now - last > longest ? now - last : longest;
		last = now;
	} while (now - start < 2 * DELAY_MS);
	return longest;
}

static void wanted(void)
{
	uint64_t before;
	uint32_t longest;
	int tries = 100;
	bool waited;

	/* A busy machine may stop the test for longer than the delay. */
	do {
		before = unit_stat(HAK_STAT_DECOMMITTED);
		longest = use_all_the_time(&waited);
	} while (longest > DELAY_MS / 2 && --tries);
	unit_expect(waited);
	unit_expect(unit_stat(HAK_STAT_DECOMMITTED) == before);
	unit_result("what is wanted again within the delay stays");
	tick_for(3 * DELAY_MS);
	unit_expect(span->warm == 1);
	unit_result("and goes when it is not any more");
}

static void soon(void)
{
	uint64_t before = unit_stat(HAK_STAT_WANTED_SOON);

	lend_all();
	unit_expect(unit_stat(HAK_STAT_WANTED_SOON) == before + HELD - 1);
	put_all();
	unit_result("what comes back within three seconds is counted");
}

static void pressed(void)
{
	configure("HAKMEM_PROFILE", "speed");
	unit_expect(span->warm == HELD);
	unit_expect(hak_decommit_tick(HAK_SELF_FILTERED, false) == HAK_NEVER);
	unit_expect(span->warm == HELD);
	unit_expect(hak_decommit_tick(HAK_SELF_FILTERED, true) == HAK_NEVER);
	unit_expect(span->warm == 0);
	unit_result("where all is kept, it goes when memory is short");
}

static void bounded(void)
{
	configure("HAKMEM_PROFILE", "balanced");
	configure("HAKMEM_DECOMMIT_DELAY", "0");
	configure("HAKMEM_SS_MEM_LEAN_TARGET_MB", "8");
	lend_all();
	put_all();
	hak_decommit_tick(HAK_SELF_FILTERED, false);
	unit_expect(span->warm == 4);
	configure("HAKMEM_SS_MEM_LEAN_TARGET_MB", "0");
	/* Nothing waits for a tick, or the delay, where there is no room. */
	configure("HAKMEM_DECOMMIT_DELAY", "10000");
	hak_budget_learn(); /* first: it would put this machine's in its place */
	hak_budget_limit((uint64_t)48 << 20);
	hak_settle_span(span);
	unit_expect(span->warm == 3);
	hak_budget_limit(UINT64_MAX);
	unit_result("a target and a limit bound what is kept");
}

static void lazily(void)
{
	struct hak_run run;
	char *address;

	configure("HAKMEM_SS_MEM_LEAN_DECOMMIT", "free");
	configure("HAKMEM_PROFILE", "lean");
	hak_decommit_trim(span, 0);
	unit_need(hak_span_lend(span, 2, 1, &run));
	unit_expect(!run.zero || run.first >= HELD);
	address = hak_span_address(span, run.first);
	memset(address, 3, 2 << HAK_SUPERSLAB_SHIFT);
	hak_span_return(&run);
	unit_expect(hak_decommit_trim(span, 0) >= 2);
	unit_expect(span->superslab[run.first].state == HAK_SUPERSLAB_LAZY);
	unit_need(hak_span_lend(span, 2, 1, &run));
	unit_expect(!run.zero);
	hak_span_return(&run);
	unit_result("what went lazily does not pass for zeroes");
}

/* A child that is forked without handlers has nobody to ring for. */
static void bells(void)
{
	int status = 0;
	pid_t pid;

	unit_expect(!hak_wake_keeper() && !hak_wake_answered());
	unit_need(hak_wake_enter(false));
	unit_expect(!hak_wake_enter(false));
	unit_expect(hak_wake_keeper() && hak_wake_answered());
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(hak_wake_keeper() || hak_wake_answered());
	unit_need(pid > 0 && waitpid(pid, &status, 0) == pid);
	unit_expect(status == 0);
	hak_wake_back_out();
	unit_expect(!hak_wake_keeper());
	unit_result("a call is heard in its own process only");
}

static uint32_t longest(void)
{
	uint32_t head;

	hak_lock_take(&span->lock);
	head = hak_run_longest_locked(span, HAK_RUN_WARM);
	hak_lock_drop(&span->lock);
	return head;
}

/* As a bare _Fork() finds it while another thread changes the span's records. */
static void torn(void)
{
	struct hak_run run;
	uint32_t warm, lent, head;

	lend_all();
	put_all();
	unit_need(hak_span_lend(span, 2, 1, &run));
	warm = span->warm;
	lent = span->lent;
	head = longest();
	unit_need(head != HAK_NO_RUN);
	/* A thread that the child has not, amid a change of the runs */
	span->lock.word = 1;
	span->trimmer = 1;
	span->superslab[head].run = 12345;
	span->lent += 7;
	hak_child_recover();
	unit_expect(!hak_lock_was_lost(&span->lock) && !span->trimmer);
	unit_expect(span->warm == warm && span->lent == lent);
	unit_expect(longest() == head);
	unit_expect(span->superslab[head].run == warm);
	hak_span_return(&run);
	lend_all();
	put_all();
	unit_result("records that were amid a change are made anew");
}

/* As a fork finds it while another thread hands superslabs to the kernel. */
static void inherited(void)
{
	uint32_t head, count, warm, i;

	lend_all();
	put_all();
	warm = span->warm;
	hak_lock_take(&span->lock);
	head = hak_run_longest_locked(span, HAK_RUN_WARM);
	unit_need(head != HAK_NO_RUN);
	count = span->superslab[head].run;
	hak_run_cut_locked(span, head, head, count);
	hak_span_set_states(span, head, count, HAK_SUPERSLAB_INFLIGHT);
	hak_warm_count_locked(span, -(int32_t)count);
	span->inflight += count;
	span->trimmer = 1;
	hak_lock_drop(&span->lock);
	hak_child_recover();
	for (i = head; i < head + count; i++)
		unit_expect(span->superslab[i].state == HAK_SUPERSLAB_EMPTY);
	unit_expect(!span->inflight && span->warm == warm && !span->trimmer);
	unit_result("what was on its way is a fork child's, and not zero");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(10);
	setenv("HAKMEM_SS_MEM_LEAN_DECOMMIT", "dontneed", 1);
	unit_open_heap();
	hak_clock_open();
	configure("HAKMEM_PROFILE", "lean");
	configure("HAKMEM_DECOMMIT_DELAY", "400");
	span = &hak_window.span[0];
	waits();
	wanted();
	soon();
	pressed();
	bounded();
	lazily();
	inherited();
	torn();
	bells();
	return ksft_finished();
}
