/* SPDX-License-Identifier: MIT */
/*
 * ring.c - memory given back by the kernel's own workers, through io_uring.
 *
 * Owns    the rings, every io_uring call.
 * Locks   none: one thread's, see ring.h.
 * Called by  give.c, heap/bell.c, front/keeper.c.
 */
#include "ring.h"

#include "clock.h"

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/mman.h>

enum {
	/* Of Linux 6.7: older headers lack them. */
	FUTEX_WAIT = 51,	   /* IORING_OP_FUTEX_WAIT */
	FUTEX_FLAGS = 0x02 | 0x80, /* FUTEX2_SIZE_U32 | FUTEX2_PRIVATE */
	ENTRIES = 64,
	WAITS = 8,
	TRIES_MAX = 8, /* when the kernel says to try again */
	ANSWER_MS =
		1000, /* that one that must come is waited for, if it does */
};

/* One request's length has 32 bits. */
static const size_t request_max = 1UL << 31;

struct ring {
	struct io_uring uring;
	bool open;
};

static struct ring giver;
static struct ring waiter;

/* What the waiter has been asked for: bits of descriptors, and of the word. */
static unsigned asked;

static void close_ring(struct ring *ring)
{
	if (ring->open)
		io_uring_queue_exit(&ring->uring);
	ring->open = false;
}

void hak_ring_close(void)
{
	close_ring(&giver);
	close_ring(&waiter);
	asked = 0;
}

void hak_ring_forget(void)
{
	giver.open = false;
	waiter.open = false;
	asked = 0;
}

static int open_ring(struct ring *ring, unsigned entries)
{
	/* Of the kernel's workers one is enough, of either kind. */
	unsigned workers[2] = { 1, 1 };
	int err;

	/*
	 * Plain flags. A kernel thread that polls would do in a fork child's
	 * name what the parent asked; with other ways to complete, a wait of
	 * the application's own may end with EINTR.
	 */
	err = io_uring_queue_init(entries, &ring->uring, 0);
	if (err)
		return err;
	ring->open = true;
	err = io_uring_ring_dontfork(&ring->uring);
	if (err) {
		close_ring(ring);
		return err;
	}
	io_uring_register_iowq_max_workers(&ring->uring, workers);
	return 0;
}

/* ---- Giving -------------------------------------------------------------- */

/* Fills the queue with what is to be handed over, from *next on. */
static unsigned fill(struct hak_ranges *ranges, unsigned *next)
{
	struct io_uring_sqe *sqe;
	unsigned filled = 0;

	for (; *next < ranges->count && filled < ENTRIES; ++*next) {
		if (ranges->err[*next] != HAK_TO_GIVE ||
		    ranges->range[*next].iov_len > request_max)
			continue;
		sqe = io_uring_get_sqe(&giver.uring);
		if (!sqe)
			break;
		io_uring_prep_madvise(sqe, ranges->range[*next].iov_base,
				      (off_t)ranges->range[*next].iov_len,
				      ranges->lazily ? MADV_FREE
						     : MADV_DONTNEED);
		io_uring_sqe_set_data(sqe, &ranges->err[*next]);
		ranges->err[*next] = -EINPROGRESS;
		filled++;
	}
	return filled;
}

/* How many of those in the queue the kernel took; *ret_err says why not all. */
static unsigned submit(unsigned filled, int *ret_err)
{
	unsigned tries = TRIES_MAX;
	unsigned flying = 0;
	int sent;

	*ret_err = 0;
	while (flying < filled) {
		sent = io_uring_submit(&giver.uring);
		if (sent > 0) {
			flying += (unsigned)sent;
		} else if (!tries--) {
			*ret_err = sent ? sent : -EAGAIN;
			break;
		}
	}
	return flying;
}

static int reap(unsigned flying)
{
	unsigned tries = ANSWER_MS;
	struct io_uring_cqe *cqe;
	int err;

	while (flying) {
		err = io_uring_wait_cqe(&giver.uring, &cqe);
		if ((err == -EINTR || err == -EAGAIN) && tries--) {
			hak_clock_sleep(1);
			continue;
		}
		if (err)
			return err;
		*(int *)io_uring_cqe_get_data(cqe) = cqe->res;
		io_uring_cqe_seen(&giver.uring, cqe);
		flying--;
	}
	return 0;
}

static bool any_refused(const struct hak_ranges *ranges)
{
	unsigned i;

	for (i = 0; i < ranges->count; i++)
		if (ranges->err[i] < 0)
			return true;
	return false;
}

/* Is it the ranges that are refused, or the request? It is made of nothing. */
static int ask_for_none(void)
{
	struct iovec none = { NULL, 0 };
	int answer = HAK_TO_GIVE;
	struct hak_ranges ranges = { &none, &answer, 1, false };
	unsigned next = 0;
	int err, lost;

	lost = reap(submit(fill(&ranges, &next), &err));
	if (!err && !lost)
		return answer;
	/* The request must never be sent: its answer has no place then. */
	close_ring(&giver);
	return lost ? lost : err;
}

int hak_ring_give(struct hak_ranges *ranges)
{
	unsigned next = 0;
	unsigned from, filled, flying;
	int lost = 0;
	int err = giver.open ? 0 : open_ring(&giver, ENTRIES);

	if (err)
		return err;
	do {
		from = next;
		filled = fill(ranges, &next);
		flying = submit(filled, &err);
		lost = reap(flying);
	} while (next < ranges->count && !err && !lost);
	if (!err && !lost)
		return any_refused(ranges) ? ask_for_none() : 0;
	/* What is still in the queue must never be sent. */
	close_ring(&giver);
	for (; !lost && from < next; from++)
		if (ranges->err[from] == -EINPROGRESS)
			ranges->err[from] = HAK_TO_GIVE;
	return lost ? lost : err;
}

/* ---- Waiting ------------------------------------------------------------- */

/* One request with a number, unless it is under way already. */
static struct io_uring_sqe *ask(unsigned number)
{
	struct io_uring_sqe *sqe;

	if (asked >> number & 1)
		return NULL;
	sqe = io_uring_get_sqe(&waiter.uring);
	if (sqe)
		asked |= 1U << number;
	return sqe;
}

static void ask_all(_Atomic uint32_t *word, uint32_t value, const int *fds,
		    unsigned count)
{
	struct io_uring_sqe *sqe = ask(count);
	unsigned i;

	if (sqe) {
		io_uring_prep_rw(FUTEX_WAIT, sqe, FUTEX_FLAGS, (void *)word, 0,
				 value);
		sqe->addr3 = UINT32_MAX;
		io_uring_sqe_set_data64(sqe, count);
	}
	for (i = 0; i < count; i++) {
		sqe = ask(i);
		if (!sqe)
			continue;
		io_uring_prep_poll_add(sqe, fds[i], POLLPRI);
		io_uring_sqe_set_data64(sqe, i);
	}
}

int hak_ring_wait(_Atomic uint32_t *word, uint32_t value, const int *fds,
		  unsigned count, bool *ret_news)
{
	struct io_uring_cqe *cqe;
	int err = waiter.open ? 0 : open_ring(&waiter, WAITS);

	if (err)
		return err;
	ask_all(word, value, fds, count);
	err = io_uring_submit_and_wait(&waiter.uring, 1);
	if (err < 0 && err != -EINTR && err != -EAGAIN) {
		close_ring(&waiter);
		asked = 0;
		return err;
	}
	err = 0;
	while (!io_uring_peek_cqe(&waiter.uring, &cqe)) {
		asked &= ~(1U << io_uring_cqe_get_data64(cqe));
		/* The kernel tells some news only once: now. */
		*ret_news |= io_uring_cqe_get_data64(cqe) < count &&
			     cqe->res > 0;
		/* That it has another value already is an answer too. */
		if (cqe->res < 0 && cqe->res != -EAGAIN && cqe->res != -EINTR)
			err = cqe->res;
		io_uring_cqe_seen(&waiter.uring, cqe);
	}
	if (err) {
		close_ring(&waiter);
		asked = 0;
	}
	return err;
}
