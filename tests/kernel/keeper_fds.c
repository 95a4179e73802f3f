/* SPDX-License-Identifier: MIT */
/*
 * keeper_fds.c - the keeper's descriptors are nobody's business: none is in the
 * program's table, whatever the program closes leaves the keeper at work, and
 * what the program has of the kind is its own.
 *
 * Hazards 0.1, 31.
 */
#include "keeper.h"

#include <linux/io_uring.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static struct companion other;

/* a keeper by the wanted way, that works */
static bool begin(void)
{
	return companion_start(&other) && keeper_works(has_keeper);
}

static bool end(void)
{
	bool ok = goes_back() && has_keeper(0);

	companion_end(&other);
	return ok;
}

static int none_of_ours(void)
{
	long before = count_entries("/proc/self/fd"), after;

	if (before < 0 || !begin())
		return 1;
	after = count_entries("/proc/self/fd");
	if (before != 4 || after != 4)	/* 0 1 2 and the directory itself */
		ksft_print_msg("%ld descriptors, then %ld", before, after);
	return !end() || before != 4 || after != 4 ||
	       count_entries("/proc/self/fd") != 4;
}

static int lowest_free(void)
{
	int fd[3];

	if (!begin())
		return 1;
	for (int i = 0; i < 3; i++)
		fd[i] = open("/dev/null", O_RDONLY);
	close(fd[1]);
	if (!goes_back())
		return 1;
	fd[1] = open("/dev/null", O_RDONLY);
	if (fd[0] != 3 || fd[1] != 4 || fd[2] != 5)
		ksft_print_msg("open() gave %d, %d, %d", fd[0], fd[1], fd[2]);
	return !end() || fd[0] != 3 || fd[1] != 4 || fd[2] != 5;
}

static int ranges_closed(void)
{
	if (!begin())
		return 1;
	for (int i = 0; i < 20; i++) {
		if (close_range(3, ~0U, 0) || !swing(4))
			return 1;
		closefrom(3);
	}
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	return !end();
}

/* its own table, copied from one that others share */
static int table_unshared(void)
{
	if (!begin())
		return 1;
	if (close_range(3, ~0U, CLOSE_RANGE_UNSHARE))
		return SKIPPED;
	return !end();
}

/* the usual steps; the report comes by a pipe, since stdout is gone */
static int daemon_like(void)
{
	int ends[2], status;
	char verdict = 0;
	pid_t pid;

	if (!begin() || pipe(ends) || (pid = fork()) < 0)
		return 1;
	if (!pid) {
		setsid();
		if (fork())
			_exit(0);
		dup2(ends[1], 3);
		close_range(4, ~0U, 0);
		close_range(0, 2, 0);
		if (open("/dev/null", O_RDWR) || dup(0) != 1 || dup(0) != 2)
			_exit(1);
		verdict = begin() && end() ? 'y' : 'n';
		_exit(write(3, &verdict, 1) != 1);
	}
	close(ends[1]);
	if (waitpid(pid, &status, 0) != pid || status)
		return 1;
	if (read(ends[0], &verdict, 1) != 1 || verdict != 'y') {
		ksft_print_msg("the daemon said %c", verdict ? verdict : '-');
		return 1;
	}
	close(ends[0]);
	return !end();
}

static bool count_comes_by(int epoll, int event, uint64_t count)
{
	struct epoll_event got;
	uint64_t value = 0;

	return write(event, &count, sizeof(count)) == sizeof(count) &&
	       epoll_wait(epoll, &got, 1, 10000) == 1 &&
	       got.data.fd == event &&
	       read(event, &value, sizeof(value)) == sizeof(value) &&
	       value == count && epoll_wait(epoll, &got, 1, 0) == 0;
}

static int own_events(void)
{
	struct epoll_event wanted = { .events = EPOLLIN };
	int event = eventfd(0, 0), epoll = epoll_create1(0);

	wanted.data.fd = event;
	if (event < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted))
		return SKIPPED;
	if (!begin())
		return 1;
	for (uint64_t i = 1; i < 200; i++)
		if (!count_comes_by(epoll, event, i) || !swing(4))
			return 1;
	return !end();
}

static unsigned int own_completion;

/* a ring without liburing: one no-op at a time */
static bool noop(int ring, const struct io_uring_params *p, char *cq, char *sq,
		 struct io_uring_sqe *sqe)
{
	unsigned int *tail = (unsigned int *)(sq + p->sq_off.tail);
	unsigned int *head = (unsigned int *)(cq + p->cq_off.head);
	unsigned int at = *tail & (p->sq_entries - 1);
	struct io_uring_cqe *cqe =
		(struct io_uring_cqe *)(cq + p->cq_off.cqes) +
		(*head & (p->cq_entries - 1));
	uint64_t key = 7000 + own_completion++;

	sqe[at] = (struct io_uring_sqe){ .opcode = IORING_OP_NOP,
					 .user_data = key };
	((unsigned int *)(sq + p->sq_off.array))[at] = at;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) != 1)
		return false;
	if (__atomic_load_n((unsigned int *)(cq + p->cq_off.tail),
			    __ATOMIC_ACQUIRE) != *head + 1 ||
	    cqe->user_data != key || cqe->res)
		return false;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return true;
}

static int own_ring(void)
{
	struct io_uring_params p = { 0 };
	int ring = (int)syscall(SYS_io_uring_setup, 8, &p);
	int prot = PROT_READ | PROT_WRITE;
	size_t cq_bytes = p.cq_off.cqes +
			  p.cq_entries * sizeof(struct io_uring_cqe);
	char *sq, *cq, *sqe;

	if (ring < 0)
		return SKIPPED;
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(int), prot,
		  MAP_SHARED, ring, IORING_OFF_SQ_RING);
	cq = mmap(NULL, cq_bytes, prot, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), prot,
		   MAP_SHARED, ring, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
		return SKIPPED;
	if (!begin())
		return 1;
	for (int i = 0; i < 200; i++)
		if (!noop(ring, &p, cq, sq, (struct io_uring_sqe *)sqe) ||
		    !swing(4))
			return 1;
	return !end();
}

static const struct check {
	const char *mode;
	int (*run)(void);
	const char *name;
} checks[] = {
	{ "fds", none_of_ours, "none of ours in /proc/self/fd" },
	{ "open", lowest_free, "open() gives the lowest free number" },
	{ "ranges", ranges_closed, "close_range, closefrom, close of all" },
	{ "unshare", table_unshared, "close_range with CLOSE_RANGE_UNSHARE" },
	{ "daemon", daemon_like, "a daemon: fork, setsid, fork, close all" },
	{ "events", own_events, "an eventfd and an epoll of the program's" },
	{ "ring", own_ring, "an io_uring of the program's" },
};
#define NR_CHECKS (sizeof(checks) / sizeof(*checks))

int main(int argc, char **argv)
{
	ktap_preload(argv);
	for (size_t i = 0; argc > 1 && i < NR_CHECKS; i++)
		if (!strcmp(argv[1], checks[i].mode))
			return close_range(3, ~0U, 0) ? SKIPPED :
							checks[i].run();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	be_lean("0", "64");
	for (size_t i = 0; i < NR_CHECKS; i++)
		in_self(checks[i].mode, checks[i].name);
	return ksft_finished();
}
