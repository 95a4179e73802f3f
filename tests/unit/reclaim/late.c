/* SPDX-License-Identifier: MIT */
/*
 * late.c - a ring in place of os/ring.c whose answers come late, in any order,
 * from another thread, some of them no: nobody is lent what is INFLIGHT.
 *
 * What is on its way loses its contents at once, and again when it is answered,
 * so that whoever has it sees that.
 */
#include "reclaim/decommit.h"
#include "reclaim/settle.h"
#include "os/clock.h"
#include "os/ring.h"
#include "os/wake.h"

#include "unit/heap.h"

#include "ktap_stats.h"

#include <errno.h>
#include <pthread.h>

enum { LENDERS = 3, ANSWERS = 1000, RANGES_MAX = 64, PATIENCE = 60 };
enum { POISON = 0xdd };
enum mode { SOUND, DIES, IS_SILENT };

static struct hak_span *span;
static _Atomic enum mode mode;
static _Atomic uint32_t answers, refusals;

/* ---- The ring ------------------------------------------------------------ */

struct work {
	struct hak_ranges *ranges;
	unsigned order[RANGES_MAX];
	uint64_t random;
};

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void rest(unsigned us)
{
	struct timespec time = { 0, us * 1000 };

	nanosleep(&time, NULL);
}

static bool is_inflight(const struct iovec *range)
{
	size_t first = (size_t)((char *)range->iov_base - span->base) >>
		       HAK_SUPERSLAB_SHIFT;
	size_t count = range->iov_len >> HAK_SUPERSLAB_SHIFT;

	for (size_t i = first; i < first + count; i++)
		if (span->superslab[i].state != HAK_SUPERSLAB_INFLIGHT)
			return false;
	return true;
}

static void spoil(const struct iovec *range)
{
	for (size_t at = 0; at < range->iov_len; at += HAK_SUPERSLAB_BYTES)
		memset((char *)range->iov_base + at, POISON, 64);
}

/* One in eight is refused for now: any other refusal ends the use of a ring. */
static void answer(struct work *work, unsigned i)
{
	const struct iovec *range = &work->ranges->range[i];

	unit_expect(is_inflight(range));
	if (draw(&work->random) % 4 == 0)
		rest(50);
	spoil(range);
	if (draw(&work->random) % 8 == 0) {
		work->ranges->err[i] = -EAGAIN;
		refusals++;
	} else {
		unit_expect(hak_map_decommit(range->iov_base,
					     range->iov_len) == 0);
		work->ranges->err[i] = 0;
		answers++;
	}
}

static void *answer_all(void *arg)
{
	struct work *work = arg;
	unsigned count = work->ranges->count;
	unsigned most = count;

	/* Half of them only, on average, where it dies on the way: also of one. */
	if (mode == DIES)
		most = (unsigned)(draw(&work->random) % (count + 1));
	for (unsigned i = 0; i < most; i++) {
		unsigned other = i + (unsigned)(draw(&work->random) %
						(count - i));
		unsigned swap = work->order[i];

		work->order[i] = work->order[other];
		work->order[other] = swap;
		answer(work, work->order[i]);
	}
	return NULL;
}

int hak_ring_give(struct hak_ranges *ranges)
{
	static uint64_t random = 0x9e3779b97f4a7c15;
	struct work work = { .ranges = ranges };
	pthread_t thread;

	work.random = draw(&random);
	unit_need(ranges->count <= RANGES_MAX);
	for (unsigned i = 0; i < ranges->count; i++) {
		unit_expect(ranges->err[i] == HAK_TO_GIVE);
		unit_expect(is_inflight(&ranges->range[i]));
		spoil(&ranges->range[i]);
		work.order[i] = i;
	}
	if (mode == IS_SILENT) {
		for (unsigned i = 0; i < ranges->count; i++)
			ranges->err[i] = -EINPROGRESS;
		return -EPERM;
	}
	unit_need(!pthread_create(&thread, NULL, answer_all, &work));
	pthread_join(thread, NULL);
	return mode == DIES ? -EAGAIN : 0;
}

int hak_ring_listen(char *quiet, const int *fds, unsigned count)
{
	(void)quiet;
	(void)fds;
	(void)count;
	return -ENOSYS;
}

unsigned hak_ring_heard(void)
{
	return 0;
}

void hak_ring_close(void)
{
}

void hak_ring_forget(void)
{
}

/* ---- Who lends, and the keeper ------------------------------------------- */

static _Atomic bool stop, enough;
static _Atomic uint32_t zeroes;

static volatile uint64_t *word_of(const struct hak_run *run, uint32_t i)
{
	return (volatile uint64_t *)hak_span_address(span, run->first + i);
}

static void paint(const struct hak_run *run, uint64_t mark)
{
	for (uint32_t i = 0; i < run->count; i++) {
		unit_expect(span->superslab[run->first + i].state ==
			    HAK_SUPERSLAB_LIVE);
		unit_expect(!run->zero || *word_of(run, i) == 0);
		*word_of(run, i) = mark + i;
	}
	zeroes += run->zero;
}

static void expect_painted(const struct hak_run *run, uint64_t mark)
{
	for (uint32_t i = 0; i < run->count; i++)
		unit_expect(*word_of(run, i) == mark + i);
}

static void *lend_and_return(void *arg)
{
	uint64_t random = (uint64_t)(uintptr_t)arg * 0x9e3779b9 + 1;
	struct hak_run held[4] = { 0 };
	uint64_t mark[4] = { 0 };

	/* At the end one round more, to give back all. */
	for (unsigned i = 0, end = 5; end; i++, end -= enough) {
		struct hak_run *run = &held[i % 4];

		if (run->count) {
			expect_painted(run, mark[i % 4]);
			unit_return(run);
			run->count = 0;
		}
		if (enough)
			continue;
		unit_need(hak_span_lend(span, 1 + (uint32_t)(draw(&random) % 3),
					1, run));
		mark[i % 4] = draw(&random);
		paint(run, mark[i % 4]);
		if (draw(&random) % 8 == 0 && hak_span_extend(run, 1))
			*word_of(run, run->count - 1) =
				mark[i % 4] + run->count - 1;
		if (i % 16 == 0)
			rest(100);
	}
	return NULL;
}

static void *keep(void *unused)
{
	while (!atomic_load(&stop))
		if (hak_decommit_tick(HAK_SELF_FREE, false) == HAK_NEVER)
			rest(20);
	return unused;
}

static bool answers_from(long count)
{
	return answers >= (uint32_t)count;
}

static void run(enum mode now, const char *name)
{
	pthread_t lender[LENDERS], keeper;
	uint32_t before = answers;

	mode = now;
	stop = enough = false;
	unit_need(hak_wake_enter(false));
	unit_need(!pthread_create(&keeper, NULL, keep, NULL));
	for (uintptr_t i = 0; i < LENDERS; i++)
		unit_need(!pthread_create(&lender[i], NULL, lend_and_return,
					  (void *)(i + 1)));
	unit_expect(ktap_await(answers_from, before + ANSWERS, PATIENCE));
	enough = true;
	for (int i = 0; i < LENDERS; i++)
		pthread_join(lender[i], NULL);
	stop = true;
	pthread_join(keeper, NULL);
	hak_wake_back_out();
	hak_settle_span(span);
	unit_expect(span->lent == 0 && span->inflight == 0);
	unit_result(name);
	ksft_print_msg("%u answers, %u refusals, %u runs read as zero", answers,
		       refusals, zeroes);
}

/* What was never answered is lost, not lent. */
static void silent(void)
{
	struct hak_run all;
	uint32_t i, lost = 0;

	hak_decommit_trim(span, 0);
	unit_need(hak_span_lend(span, 12, 1, &all));
	hak_span_return(&all);
	mode = IS_SILENT;
	unit_need(hak_wake_enter(false));
	hak_decommit_tick(HAK_SELF_FREE, false);
	hak_wake_back_out();
	unit_expect(span->inflight > 0);
	for (i = 0; i < span->mapped; i++)
		lost += span->superslab[i].state == HAK_SUPERSLAB_INFLIGHT;
	unit_expect(lost == span->inflight);
	for (i = 0; i < 200; i++) {
		struct hak_run run;
		uint32_t n;

		unit_need(hak_span_lend(span, 1, 1, &run));
		for (n = run.first; n < run.first + run.count; n++)
			unit_expect(*(char *)hak_span_address(span, n) !=
				    (char)POISON);
	}
	unit_expect(span->inflight == lost);
	unit_result("what was not answered is never lent again");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3);
	unit_need(setenv("HAKMEM_DECOMMIT_DELAY", "0", 1) == 0);
	unit_need(setenv("HAKMEM_KEEP_PERCENT", "0", 1) == 0);
	unit_need(setenv("HAKMEM_BATCH", "8", 1) == 0);
	unit_open_heap();
	unit_need(setenv("HAKMEM_KEEP_MB", "2", 1) == 0);
	hak_options_read();
	span = &hak_window.span[0];
	run(SOUND, "answers late, in any order, some refused");
	run(DIES, "half of them not answered, and to give by other ways");
	silent();
	return ksft_finished();
}
