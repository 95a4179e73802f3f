/* SPDX-License-Identifier: MIT */
/*
 * ring.c - memory given back by the kernel's own workers, through io_uring.
 *
 * Owns    the ring, every io_uring call.
 * Locks   none: one thread's, see ring.h.
 * Called by  heap/decommit.c.
 */
#include "ring.h"

#include <errno.h>
#include <liburing.h>
#include <stdbool.h>
#include <sys/mman.h>

enum {
	ENTRIES = 64,
	TRIES_MAX = 8, /* when the kernel says to try again */
};

static struct io_uring ring;
static bool is_open;

void hak_ring_close(void)
{
	if (is_open)
		io_uring_queue_exit(&ring);
	is_open = false;
}

static int open_ring(void)
{
	/* Of the kernel's workers one is enough, of either kind. */
	unsigned workers[2] = { 1, 1 };
	int err;

	/*
	 * Plain flags. A kernel thread that polls would do in a fork child's
	 * name what the parent asked; with other ways to complete, a wait of
	 * the application's own may end with EINTR.
	 */
	err = io_uring_queue_init(ENTRIES, &ring, 0);
	if (err)
		return err;
	is_open = true;
	err = io_uring_ring_dontfork(&ring);
	if (err) {
		hak_ring_close();
		return err;
	}
	io_uring_register_iowq_max_workers(&ring, workers);
	return 0;
}

void hak_ring_forget(void)
{
	is_open = false;
}

/* Fills the queue with what is to be handed over, from *next on. */
static unsigned fill(struct hak_ranges *ranges, unsigned *next)
{
	struct io_uring_sqe *sqe;
	unsigned filled = 0;

	for (; *next < ranges->count && filled < ENTRIES; ++*next) {
		if (ranges->err[*next] != HAK_TO_GIVE)
			continue;
		sqe = io_uring_get_sqe(&ring);
		if (!sqe)
			break;
		/* liburing 2.3 takes no more than 32 bits of a length. */
		io_uring_prep_madvise(sqe, ranges->range[*next].iov_base,
				      (off_t)ranges->range[*next].iov_len,
				      ranges->lazily ? MADV_FREE :
						       MADV_DONTNEED);
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
		sent = io_uring_submit(&ring);
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
	struct io_uring_cqe *cqe;
	int err;

	while (flying) {
		err = io_uring_wait_cqe(&ring, &cqe);
		if (err == -EINTR || err == -EAGAIN)
			continue;
		if (err)
			return err;
		*(int *)io_uring_cqe_get_data(cqe) = cqe->res;
		io_uring_cqe_seen(&ring, cqe);
		flying--;
	}
	return 0;
}

int hak_ring_give(struct hak_ranges *ranges)
{
	unsigned next = 0;
	unsigned from, filled, flying;
	int lost = 0;
	int err = is_open ? 0 : open_ring();

	if (err)
		return err;
	do {
		from = next;
		filled = fill(ranges, &next);
		flying = submit(filled, &err);
		lost = reap(flying);
	} while (next < ranges->count && !err && !lost);
	if (!err && !lost)
		return 0;
	/* What is still in the queue must never be sent. */
	hak_ring_close();
	for (; !lost && from < next; from++)
		if (ranges->err[from] == -EINPROGRESS)
			ranges->err[from] = HAK_TO_GIVE;
	return lost ? lost : err;
}
