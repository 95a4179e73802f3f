/* SPDX-License-Identifier: MIT */
/*
 * ring.c - memory given back by the kernel's own workers, through io_uring.
 *
 * Owns    the rings, every io_uring call.
 * Locks   none: one thread's, see ring.h.
 * Calls   self.h.   Called by  give.c, heap/bell.c, front/keeper.c.
 */
#include "os/ring.h"

#include "os/clock.h"
#include "os/file.h"
#include "os/self.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <sys/mman.h>

enum {
	ENTRIES = 64,
	LISTENS = 8,	/* requests: two for each descriptor */
	TOLD = LISTENS, /* in place of a descriptor's number */
	TRIES_MAX = 8,	/* when the kernel says to try again */
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
static struct ring listener;
static struct ring parking;
static int zero = -1; /* a file of zeroes, for the listener */

/* What the listener has been asked for: bits of descriptors. */
static unsigned asked;
static int failed;	 /* what one of its requests ended with, if not well */
static unsigned unheard; /* news from before it was closed */

static bool may_call(void)
{
	return hak_self_look() == HAK_SELF_FREE;
}

/* Under a filter that is left to the end of the table of descriptors. */
static void close_ring(struct ring *ring)
{
	if (ring->open && may_call())
		io_uring_queue_exit(&ring->uring);
	ring->open = false;
}

void hak_ring_forget(void)
{
	parking.open = false;
	giver.open = false;
	listener.open = false;
	zero = -1;
	asked = 0;
	failed = 0;
	unheard = 0;
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

void hak_ring_park(const int *fds, unsigned count)
{
	if (count && !open_ring(&parking, 1) &&
	    io_uring_register_files(&parking.uring, fds, count))
		close_ring(&parking);
}

void hak_ring_unpark(void)
{
	close_ring(&parking);
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
		if (!may_call()) {
			*ret_err = -EPERM;
			break;
		}
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

/* The workers answer, whoever waits for it. */
static int await(struct io_uring_cqe **ret_cqe)
{
	if (!io_uring_cq_ready(&giver.uring) && !may_call())
		return -EAGAIN;
	return io_uring_wait_cqe(&giver.uring, ret_cqe);
}

static int reap(unsigned flying)
{
	unsigned tries = ANSWER_MS;
	struct io_uring_cqe *cqe;
	int err;

	while (flying) {
		err = await(&cqe);
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

/* ---- Listening ----------------------------------------------------------- */

/* Has the kernel read a zero to where `quiet` is. */
static void prepare_to_tell(struct io_uring_sqe *sqe, char *quiet)
{
	io_uring_prep_read(sqe, zero, quiet, 1, 0);
	io_uring_sqe_set_data64(sqe, TOLD);
}

/*
 * Is such a read done where it is asked for? A kernel that hands it to a worker
 * wakes nobody, and has a thread more in the process.
 */
static bool tells(void)
{
	static char quiet;
	struct io_uring_sqe *sqe = io_uring_get_sqe(&listener.uring);

	quiet = 1;
	prepare_to_tell(sqe, &quiet);
	if (io_uring_submit(&listener.uring) != 1 ||
	    io_uring_cq_ready(&listener.uring) != 1)
		return false;
	io_uring_cq_advance(&listener.uring, 1);
	return !quiet;
}

static int open_listener(void)
{
	int err = open_ring(&listener, LISTENS);

	if (err)
		return err;
	if (zero < 0)
		zero = hak_file_open("/dev/zero", O_RDONLY);
	if (zero >= 0 && tells())
		return 0;
	close_ring(&listener);
	return -ENOSYS;
}

/* The one poll of a number, and behind it what tells of it. */
static void ask(unsigned number, int fd, char *quiet)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&listener.uring);

	io_uring_prep_poll_add(sqe, fd, POLLPRI);
	io_uring_sqe_set_data64(sqe, number);
	io_uring_sqe_set_flags(sqe, IOSQE_IO_LINK);
	prepare_to_tell(io_uring_get_sqe(&listener.uring), quiet);
	asked |= 1U << number;
}

int hak_ring_listen(char *quiet, const int *fds, unsigned count)
{
	int err = listener.open ? 0 : open_listener();
	unsigned before = asked;
	unsigned i;

	for (i = 0; !err && i < count; i++)
		if (!(asked >> i & 1))
			ask(i, fds[i], quiet);
	if (!err && asked != before)
		err = io_uring_submit(&listener.uring);
	if (err >= 0 && !failed)
		return 0;
	close_ring(&listener);
	asked = 0;
	return err < 0 ? err : failed;
}

/* What the kernel has told by now. */
static unsigned take_news(void)
{
	struct io_uring_cqe *cqe;
	unsigned news = 0;
	unsigned count = 0;
	unsigned head;

	if (!listener.open)
		return 0;
	io_uring_for_each_cqe(&listener.uring, head, cqe)
	{
		count++;
		if (cqe->res < 0)
			failed = cqe->res;
		if (cqe->user_data == TOLD)
			continue;
		asked &= ~(1U << cqe->user_data);
		if (cqe->res > 0)
			news |= 1U << cqe->user_data;
	}
	io_uring_cq_advance(&listener.uring, count);
	return news;
}

unsigned hak_ring_heard(void)
{
	unsigned news = take_news() | unheard;

	unheard = 0;
	return news;
}

void hak_ring_close(void)
{
	unheard |= take_news();
	close_ring(&giver);
	close_ring(&listener);
	if (zero >= 0 && may_call())
		hak_file_close(zero);
	zero = -1;
	asked = 0;
	failed = 0;
}
