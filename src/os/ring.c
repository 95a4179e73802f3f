/* SPDX-License-Identifier: MIT */
/*
 * ring.c - io_uring: gives memory back by kernel workers, listens for pressure.
 *
 * Owns    the rings, every io_uring call.
 * Locks   none: for a single thread, see ring.h.
 * Calls   self.h.
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
	TOLD = LISTENS, /* user data of a read, instead of a descriptor's number */
	TRIES_MAX = 8,	/* after -EAGAIN */
	ANSWER_MS =
		1000, /* longest wait for an answer */
};

/* The length field of a request has 32 bits. */
static const size_t request_max = 1UL << 31;

struct ring {
	struct io_uring uring;
	bool open;
};

static struct ring giver;
static struct ring listener;
static struct ring parking;
static int zero = -1; /* /dev/zero, for the listener */

/* Polls in flight: bits of descriptors. */
static unsigned asked;
static int failed;	 /* error of a failed request, or 0 */
static unsigned unheard; /* descriptors with unread news of a closed ring */

static bool may_call(void)
{
	return hak_self_look() == HAK_SELF_FREE;
}

/* Under a filter the ring stays open until the keeper's descriptor table ends. */
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
	/* A single worker of each kind is enough. */
	unsigned workers[2] = { 1, 1 };
	int err;

	/*
	 * Use plain flags only. With a polling kernel thread, a fork child
	 * could make the kernel execute requests for the parent. With other
	 * completion modes a wait of the application itself may end with EINTR.
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

/* Fill the queue with ranges to give, from range *next upwards. */
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

/*
 * Returns the number of requests accepted by the kernel. *ret_err tells why the
 * kernel did not accept all.
 */
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

/*
 * Under a filter the keeper must not make the system call that waits, so sleep
 * and look. The workers answer anyway.
 */
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

/* Did the kernel refuse the ranges or the request type? Try an empty range. */
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
	/*
	 * Close the ring, so that the request is never sent later: the answer
	 * would be written to a variable that no longer exists.
	 */
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
	/*
	 * Close the ring, so that the requests still in the queue are never
	 * sent.
	 */
	close_ring(&giver);
	for (; !lost && from < next; from++)
		if (ranges->err[from] == -EINPROGRESS)
			ranges->err[from] = HAK_TO_GIVE;
	return lost ? lost : err;
}

/* ---- Listening ----------------------------------------------------------- */

/* Prepare a read of a zero byte to `quiet`. */
static void prepare_to_tell(struct io_uring_sqe *sqe, char *quiet)
{
	io_uring_prep_read(sqe, zero, quiet, 1, 0);
	io_uring_sqe_set_data64(sqe, TOLD);
}

/*
 * Does the kernel execute the read within the submitting call? Otherwise the
 * kernel hands the read to a worker. A worker does not wake the keeper, and is
 * one more thread of the process.
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

/* Queue a poll of descriptor `number`, linked with a read to clear `quiet`. */
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

/* Collect the answers received so far. */
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
