/* SPDX-License-Identifier: MIT */
/*
 * ring.c - io_uring: gives memory back by kernel workers, listens for pressure.
 *
 * Owns    the rings, every io_uring call.
 * Locks   none, because only the keeper uses the rings: see ring.h.
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
	ENTRIES = 64,	  /* room in the giver's queue */
	LISTENS = 8,	  /* room in the listener's queue: two requests for a descriptor */
	TOLD = LISTENS,	  /* user data of a read; a poll has the descriptor's number */
	TRIES_MAX = 8,	  /* attempts to submit that may fail */
	ANSWER_MS = 1000, /* pauses of 1 ms in which reap() waits for answers */
};

/* Most bytes in one request, because a request's length field has 32 bits. */
static const size_t request_max = 1UL << 31;

struct ring {
	struct io_uring uring;
	bool open;
};

static struct ring giver;    /* for hak_ring_give() */
static struct ring listener; /* for hak_ring_listen() */
static struct ring parking;  /* for hak_ring_park() */
static int zero = -1;	     /* /dev/zero, which the listener's requests read */

/* Bit i: the kernel polls the descriptor fds[i] of hak_ring_listen(). */
static unsigned asked;
static int failed; /* error of a failed request of the listener, or 0 */
/* Events that hak_ring_close() found, as bits; the next hak_ring_heard() returns them. */
static unsigned unheard;

/* May the keeper call io_uring? A seccomp filter might kill the process for the call. */
static bool may_call(void)
{
	return hak_self_look() == HAK_SELF_FREE;
}

/*
 * Under a seccomp filter the keeper must not close the ring. Then the kernel closes the
 * ring at the end of the keeper's descriptor table.
 */
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
	/*
	 * The kernel has two kinds of workers for a ring. One worker of each kind is
	 * enough.
	 */
	unsigned workers[2] = { 1, 1 };
	int err;

	/*
	 * Set no flags. With a polling kernel thread (IORING_SETUP_SQPOLL), a fork
	 * child could make the kernel execute requests for the parent. With other
	 * completion modes the keeper's own waits may end with EINTR.
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

/*
 * Put a request into the queue for each range marked HAK_TO_GIVE, from range *next on,
 * until the queue is full. Returns the number of requests.
 */
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
 * Submit the `filled` requests of the queue. Returns the number that the kernel
 * accepted. *ret_err is 0, or tells why the kernel did not accept all.
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
 * Wait for an answer of the kernel. Under a seccomp filter the keeper must not make the
 * system call that waits. Then the function returns -EAGAIN if there is no answer yet,
 * and the caller sleeps and tries again. The kernel's workers answer in any case.
 */
static int await(struct io_uring_cqe **ret_cqe)
{
	if (!io_uring_cq_ready(&giver.uring) && !may_call())
		return -EAGAIN;
	return io_uring_wait_cqe(&giver.uring, ret_cqe);
}

/*
 * Wait for the answers to `flying` requests, and store each answer in the err field of
 * its range.
 */
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

/*
 * Did the kernel refuse single ranges, or all requests of this type? Submit a request
 * with an empty range to find out. Returns 0 if the kernel accepts this request.
 */
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
	 * Close the ring, so that the request is never submitted later. The answer
	 * would go to the variable `answer`, which no longer exists then.
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
	 * Close the ring, so that the requests left in the queue are never submitted.
	 */
	close_ring(&giver);
	for (; !lost && from < next; from++)
		if (ranges->err[from] == -EINPROGRESS)
			ranges->err[from] = HAK_TO_GIVE;
	return lost ? lost : err;
}

/* ---- Listening ----------------------------------------------------------- */

/*
 * Make `sqe` a request to read one byte of /dev/zero into *quiet, so that the kernel
 * sets *quiet to 0.
 */
static void prepare_to_tell(struct io_uring_sqe *sqe, char *quiet)
{
	io_uring_prep_read(sqe, zero, quiet, 1, 0);
	io_uring_sqe_set_data64(sqe, TOLD);
}

/*
 * Does the kernel execute a read of /dev/zero at once, in the submitting thread?
 * Otherwise the kernel hands the read to a worker. A worker would not wake the keeper
 * from its sleep by futex(2), and counts as a thread of the process.
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

/*
 * Put two linked requests into the queue. The first waits for POLLPRI on `fd`, the
 * descriptor number `number` of hak_ring_listen(). When it is done, the kernel executes
 * the second, which sets *quiet to 0.
 */
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

/*
 * Take the answers of the kernel that have arrived for the listener. Returns bit i if
 * fds[i] of hak_ring_listen() reported an event.
 */
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
