/* SPDX-License-Identifier: MIT */
/*
 * give.c - memory goes back by each way there is, and what one way is refused
 * does not pass for gone.
 */
#include "os/give.h"

#include "unit/unit.h"

#include "os/ring.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { RANGES = 150, BYTES = 16 << 10, LOCKED = 77 };

static char *place;
static struct iovec range[RANGES];
static int err[RANGES];

/* Every other 16 KiB, so that none are neighbours; full of something. */
static struct hak_ranges fill(bool lazily)
{
	for (int i = 0; i < RANGES; i++) {
		range[i].iov_base = place + (size_t)i * 2 * BYTES;
		range[i].iov_len = BYTES;
		err[i] = HAK_TO_GIVE;
		memset(range[i].iov_base, i + 1, 2 * BYTES);
	}
	return (struct hak_ranges){ range, err, RANGES, lazily };
}

/* Is range i zeroes, or what fill() wrote? And is what is behind it whole? */
static bool is(int i, bool zero)
{
	const char *at = range[i].iov_base;

	return at[0] == (zero ? 0 : (char)(i + 1)) &&
	       at[BYTES - 1] == (zero ? 0 : (char)(i + 1)) &&
	       at[BYTES] == (char)(i + 1) && at[2 * BYTES - 1] == (char)(i + 1);
}

static void gives(enum hak_method method, const char *name)
{
	struct hak_ranges ranges = fill(false);

	hak_give(&ranges, method);
	for (int i = 0; i < RANGES; i++)
		unit_expect(err[i] == 0 && is(i, true));
	unit_result(name);
}

static void refused(enum hak_method method, const char *name)
{
	struct hak_ranges ranges = fill(false);

	if (syscall(SYS_mlock, range[LOCKED].iov_base, BYTES)) {
		ksft_test_result_skip("no memory may be locked", "%s", name);
		return;
	}
	unit_expect(hak_give(&ranges, method) == 0);
	for (int i = 0; i < RANGES; i++)
		unit_expect((err[i] < 0) == (i == LOCKED) &&
			    is(i, i != LOCKED));
	unit_need(syscall(SYS_munlock, range[LOCKED].iov_base, BYTES) == 0);
	unit_result(name);
}

/* All that there is in a batch is refused: that says nothing of the way. */
static void all_refused(enum hak_method method, const char *name)
{
	size_t bytes = 2UL * RANGES * BYTES;
	struct hak_ranges ranges = fill(false);

	if (syscall(SYS_mlock, place, bytes)) {
		ksft_test_result_skip("so much may not be locked", "%s", name);
		return;
	}
	unit_expect(hak_give(&ranges, method) == 0);
	for (int i = 0; i < RANGES; i++)
		unit_expect(err[i] == -EINVAL && is(i, false));
	unit_need(syscall(SYS_munlock, place, bytes) == 0);
	ranges = fill(false);
	unit_expect(hak_give(&ranges, method) == 0);
	for (int i = 0; i < RANGES; i++)
		unit_expect(err[i] == 0 && is(i, true));
	unit_result(name);
}

/*
 * More than a call takes at once: 2 GiB less a page by process_madvise, 4 GiB
 * less a byte by io_uring. SIGALRM ends a way that never ends.
 */
static void long_range(enum hak_method method, const char *name)
{
	size_t bytes = 9UL << 29;
	size_t step = 1UL << 28;
	struct hak_ranges ranges = fill(false);
	char *space = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t at;

	if (space == MAP_FAILED) {
		ksft_test_result_skip("so much address space is not to be had",
				      "%s", name);
		return;
	}
	madvise(space, bytes, MADV_NOHUGEPAGE);
	for (at = 0; at < bytes; at += step)
		space[at] = space[at + step - 1] = 'l';
	range[1] = (struct iovec){ space, bytes };
	alarm(100);
	unit_expect(hak_give(&ranges, method) == 0);
	alarm(0);
	for (int i = 0; i < RANGES; i++)
		unit_expect(err[i] == 0 && (i == 1 || is(i, true)));
	for (at = 0; at < bytes; at += step)
		unit_expect(!space[at] && !space[at + step - 1]);
	munmap(space, bytes);
	unit_result(name);
}

/* A hole, and a locked page behind it: each range by itself. */
static void torn(enum hak_method method, const char *name)
{
	struct hak_ranges ranges = fill(false);
	char *hole = range[LOCKED].iov_base;

	unit_need(munmap(hole, 2 * (size_t)BYTES) == 0);
	unit_expect(hak_give(&ranges, method) == 0);
	for (int i = 0; i < RANGES; i++)
		unit_expect(i == LOCKED ? err[i] < 0 : !err[i] && is(i, true));
	unit_need(mmap(hole, 2 * (size_t)BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == hole);
	unit_result(name);
}

/* The ring is the parent's: a child makes its own. */
static void forked(void)
{
	struct hak_ranges ranges;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		hak_ring_forget();
		ranges = fill(false);
		hak_give(&ranges, HAK_METHOD_RING);
		for (int i = 0; i < RANGES; i++)
			if (err[i] || !is(i, true))
				_exit(1);
		_exit(0);
	}
	ranges = fill(false);
	unit_need(pid > 0 && waitpid(pid, &status, 0) == pid);
	unit_expect(status == 0);
	for (int i = 0; i < RANGES; i++)
		unit_expect(is(i, false));
	hak_give(&ranges, HAK_METHOD_RING);
	for (int i = 0; i < RANGES; i++)
		unit_expect(err[i] == 0 && is(i, true));
	unit_result("what a child gives is its own");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(16);
	place = mmap(NULL, 2UL * RANGES * BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unit_need(place != MAP_FAILED);
	gives(HAK_METHOD_RING, "io_uring gives what it is told to, no more");
	gives(HAK_METHOD_TOGETHER,
	      "process_madvise gives what it is told to, no more");
	gives(HAK_METHOD_EACH, "madvise gives what it is told to, no more");
	refused(HAK_METHOD_RING, "io_uring leaves one that is refused");
	refused(HAK_METHOD_TOGETHER,
		"process_madvise leaves one that is refused");
	refused(HAK_METHOD_EACH, "madvise leaves one that is refused");
	long_range(HAK_METHOD_RING, "io_uring: 4.5 GiB in a range");
	long_range(HAK_METHOD_TOGETHER, "process_madvise: 4.5 GiB in a range");
	long_range(HAK_METHOD_EACH, "madvise: 4.5 GiB in a range");
	all_refused(HAK_METHOD_RING, "io_uring is not given up for its ranges");
	all_refused(HAK_METHOD_TOGETHER,
		    "process_madvise is not given up for its ranges");
	all_refused(HAK_METHOD_EACH, "madvise is not given up for its ranges");
	torn(HAK_METHOD_RING, "io_uring: a hole in a range");
	torn(HAK_METHOD_TOGETHER, "process_madvise: a hole in a range");
	torn(HAK_METHOD_EACH, "madvise: a hole in a range");
	forked();
	return ksft_finished();
}
