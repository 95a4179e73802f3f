/* SPDX-License-Identifier: MIT */
/*
 * give.c - memory goes back by each way there is, and what one way is refused
 * does not pass for gone.
 */
#include "give.h"

#include "unit/unit.h"

#include "ring.h"

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

static void gives(enum hak_rung rung, const char *name)
{
	struct hak_ranges ranges = fill(false);

	hak_give(&ranges, rung);
	for (int i = 0; i < RANGES; i++)
		unit_expect(err[i] == 0 && is(i, true));
	unit_result(name);
}

static void refused(enum hak_rung rung, const char *name)
{
	struct hak_ranges ranges = fill(false);

	if (syscall(SYS_mlock, range[LOCKED].iov_base, BYTES)) {
		ksft_test_result_skip("no memory may be locked", "%s", name);
		return;
	}
	unit_expect(hak_give(&ranges, rung) == 0);
	for (int i = 0; i < RANGES; i++)
		unit_expect((err[i] < 0) == (i == LOCKED) &&
			    is(i, i != LOCKED));
	unit_need(syscall(SYS_munlock, range[LOCKED].iov_base, BYTES) == 0);
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
		hak_give(&ranges, HAK_RUNG_RING);
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
	hak_give(&ranges, HAK_RUNG_RING);
	for (int i = 0; i < RANGES; i++)
		unit_expect(err[i] == 0 && is(i, true));
	unit_result("what a child gives is its own");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(7);
	place = mmap(NULL, 2UL * RANGES * BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unit_need(place != MAP_FAILED);
	gives(HAK_RUNG_RING, "io_uring gives what it is told to, no more");
	gives(HAK_RUNG_TOGETHER,
	      "process_madvise gives what it is told to, no more");
	gives(HAK_RUNG_EACH, "madvise gives what it is told to, no more");
	refused(HAK_RUNG_RING, "io_uring leaves one that is refused");
	refused(HAK_RUNG_TOGETHER,
		"process_madvise leaves one that is refused");
	refused(HAK_RUNG_EACH, "madvise leaves one that is refused");
	forked();
	return ksft_finished();
}
