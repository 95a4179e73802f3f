/* SPDX-License-Identifier: MIT */
/*
 * methods.c - a way that the kernel refuses is given up once, and what was to go
 * that way goes by the next; the ring is opened anew when it has been closed.
 *
 * A filter is a thread's own: when that has ended, the calls work again.
 */
#include "os/give.h"

#include "kernel/bpf.h"
#include "unit/unit.h"

#include "os/ring.h"

#include "arch/arch.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

enum { RANGES = 100, BYTES = 16 << 10, NOT_HERE = 77 };

static char *place;
static struct iovec range[RANGES];
static int err[RANGES];

static struct hak_ranges fill(void)
{
	for (int i = 0; i < RANGES; i++) {
		range[i].iov_base = place + (size_t)i * 2 * BYTES;
		range[i].iov_len = BYTES;
		err[i] = HAK_TO_GIVE;
		memset(range[i].iov_base, i + 1, 2 * BYTES);
	}
	return (struct hak_ranges){ range, err, RANGES, false };
}

static bool all_gone(void)
{
	for (int i = 0; i < RANGES; i++) {
		const char *at = range[i].iov_base;

		if (err[i] || at[0] || at[BYTES - 1] || at[BYTES] != i + 1)
			return false;
	}
	return true;
}

static void deny(long nr, int error)
{
	struct bpf f;

	bpf_begin(&f);
	bpf_errno(&f, nr, error);
	if (!bpf_install(&f, SECCOMP_RET_ALLOW, 0))
		_exit(NOT_HERE);
}

struct refusal {
	long nr;
	int error;
	enum hak_method method;
	unsigned fallen; /* methods, in two rounds */
	bool open;	 /* the ring, before */
	const char *name;
};

static const struct refusal refusals[] = {
	{ SYS_process_madvise, EPERM, HAK_METHOD_TOGETHER, 1, false,
	  "process_madvise: EPERM, for good" },
	{ SYS_process_madvise, ENOSYS, HAK_METHOD_TOGETHER, 1, false,
	  "process_madvise: ENOSYS, for good" },
	{ SYS_process_madvise, EINVAL, HAK_METHOD_TOGETHER, 1, false,
	  "process_madvise: EINVAL, for good" },
	{ SYS_process_madvise, EAGAIN, HAK_METHOD_TOGETHER, 0, false,
	  "process_madvise: EAGAIN, not for good" },
	{ SYS_io_uring_setup, EPERM, HAK_METHOD_RING, 1, false,
	  "io_uring_setup: EPERM, for good" },
	{ SYS_io_uring_setup, ENOMEM, HAK_METHOD_RING, 1, false,
	  "io_uring_setup: ENOMEM, for good" },
	{ SYS_io_uring_enter, EPERM, HAK_METHOD_RING, 1, true,
	  "io_uring_enter of an open ring: EPERM, for good" },
	{ SYS_io_uring_enter, EAGAIN, HAK_METHOD_RING, 0, true,
	  "io_uring_enter of an open ring: EAGAIN, not for good" },
};
#define NR_REFUSALS (sizeof(refusals) / sizeof(*refusals))

static void expect_gone(enum hak_method method, unsigned fallen)
{
	struct hak_ranges ranges = fill();

	unit_expect(hak_give(&ranges, method) == fallen);
	unit_expect(all_gone());
}

/* Does this kernel know that way at all? */
static bool is_here(enum hak_method method)
{
	struct hak_ranges ranges = fill();
	int ret = method == HAK_METHOD_RING ? hak_ring_give(&ranges) :
					  hak_map_give_together(&ranges);

	return ret == 0;
}

static int refused(void *arg)
{
	const struct refusal *r = arg;

	if (!is_here(r->method))
		return NOT_HERE;
	if (!r->open)
		hak_ring_close();
	deny(r->nr, r->error);
	expect_gone(r->method, r->fallen);
	expect_gone(r->method, 0);
	return atomic_load(&unit_wrong) != 0;
}

static int reopened(void *unused)
{
	struct hak_ranges ranges;

	(void)unused;
	for (int i = 0; i < 20; i++) {
		ranges = fill();
		if (hak_ring_give(&ranges))
			return i ? 1 : NOT_HERE;
		unit_expect(all_gone());
		hak_ring_close();
		if (i % 3 == 0)
			hak_ring_close();
	}
	return atomic_load(&unit_wrong) != 0;
}

static union {
	_Atomic uint32_t word;
	char byte[4];
} ear;

/* has POLLPRI, once, when the name of this host has been set */
static int host;

static bool open_host(void)
{
	host = -1;
	if (unshare(CLONE_NEWUTS) && unshare(CLONE_NEWUSER | CLONE_NEWUTS))
		return false;
	host = open("/proc/sys/kernel/hostname", O_RDONLY | O_CLOEXEC);
	return host >= 0;
}

static void *name_host(void *unused)
{
	usleep(20000);
	unit_expect(sethostname("unit", 4) == 0);
	return unused;
}

/* as the keeper sleeps: false if nothing woke it */
static bool sleeps_until_told(uint32_t value)
{
	struct timespec most = { 10, 0 };

	return arch_syscall(SYS_futex, (long)&ear.word, FUTEX_WAIT_PRIVATE,
			    value, (long)&most, 0, 0) == -EAGAIN;
}

static int listens_round(void)
{
	pthread_t thread;

	ear.word = 0x01000003;
	if (hak_ring_listen(&ear.byte[3], &host, 1))
		return NOT_HERE;
	unit_expect(hak_ring_heard() == 0 && ear.word == 0x01000003);
	/* Asked for already: it is not asked for twice. */
	unit_expect(hak_ring_listen(&ear.byte[3], &host, 1) == 0);
	unit_need(!pthread_create(&thread, NULL, name_host, NULL));
	unit_expect(sleeps_until_told(0x01000003));
	pthread_join(thread, NULL);
	unit_expect(ear.word == 3);
	unit_expect(hak_ring_heard() == 1 && hak_ring_heard() == 0);
	return 0;
}

/* Twice: it is once each, and to be asked for again. */
static int listens(void *unused)
{
	(void)unused;
	if (!open_host() || listens_round() == NOT_HERE)
		return NOT_HERE;
	unit_expect(listens_round() == 0);
	/* What is news already is told at once. */
	unit_need(sethostname("unit", 4) == 0);
	ear.word = 0x01000003;
	unit_expect(hak_ring_listen(&ear.byte[3], &host, 1) == 0);
	unit_expect(ear.word == 3);
	/* And not lost, where it has not been heard yet. */
	hak_ring_close();
	unit_expect(hak_ring_heard() == 1 && hak_ring_heard() == 0);
	return atomic_load(&unit_wrong) != 0;
}

static void *listen_in_vain(void *unused)
{
	deny(SYS_io_uring_enter, EPERM);
	unit_expect(hak_ring_listen(&ear.byte[3], &host, 1) < 0);
	return unused;
}

static int listens_no_more(void *unused)
{
	pthread_t thread;

	(void)unused;
	if (!open_host() || hak_ring_listen(&ear.byte[3], &host, 1))
		return NOT_HERE;
	hak_ring_close();
	unit_need(!pthread_create(&thread, NULL, listen_in_vain, NULL));
	pthread_join(thread, NULL);
	unit_expect(hak_ring_listen(&ear.byte[3], &host, 1) == 0);
	return atomic_load(&unit_wrong) != 0;
}

static void in_own_process(int (*fn)(void *), const void *arg, const char *name)
{
	struct ktap_run run;

	ktap_run_fork(&run, fn, (void *)(uintptr_t)arg, 30);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == NOT_HERE)
		ksft_test_result_skip("not possible here", "%s", name);
	else
		ktap_run_result(&run, name);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(NR_REFUSALS + 3);
	place = mmap(NULL, 2UL * RANGES * BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unit_need(place != MAP_FAILED);
	for (size_t i = 0; i < NR_REFUSALS; i++)
		in_own_process(refused, &refusals[i], refusals[i].name);
	in_own_process(reopened, NULL, "a ring closed and opened, 20 times");
	in_own_process(listens, NULL, "who sleeps by futex hears of news");
	in_own_process(listens_no_more, NULL, "again after it was refused");
	return ksft_finished();
}
