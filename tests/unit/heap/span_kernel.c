/* SPDX-License-Identifier: MIT */
/*
 * span_kernel.c - a span where the kernel refuses: somebody else's mapping in
 * the way, no room, pages locked in memory.
 */
#include "reclaim/child.h"
#include "reclaim/decommit.h"
#include "heap/span.h"

#include "unit/heap.h"

#include "os/clock.h"
#include "os/map.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static struct hak_span *span;

static void obstacle(void)
{
	char *theirs = hak_span_address(span, span->mapped + 2);
	uint32_t in_the_way = span->mapped + 2;
	struct hak_run run;

	unit_need(hak_map_at(theirs, 4096) == 0);
	theirs[7] = 't';
	unit_need(hak_span_lend(span, span->mapped + 3, 1, &run));
	unit_expect(run.first > in_the_way || run.first + run.count <=
						      in_the_way);
	unit_expect(in_the_way < span->mapped);
	unit_expect(span->superslab[in_the_way].state == HAK_SUPERSLAB_NONE);
	unit_expect(theirs[7] == 't');
	*(volatile char *)hak_span_address(span, run.first) = 1;
	unit_return(&run);
	hak_decommit_trim(span, 0);
	unit_expect(theirs[7] == 't');
	unit_result("somebody else's mapping in the span is left out");
}

static void limits(void)
{
	struct hak_run run = { .count = 77 };
	uint32_t before = span->lent;

	unit_expect(!hak_span_lend(span, span->limit + 1, 1, &run));
	unit_expect(!hak_span_lend(span, UINT32_MAX / 4, 1, &run));
	unit_expect(!hak_span_lend(span, UINT32_MAX / 4, UINT32_MAX / 8 + 1,
				   &run));
	unit_expect(span->lent == before);
	unit_result("more than the span has is refused");
}

/* Of what a program has locked a page in all goes, and the lock with it. */
static void locked_page(void)
{
	const char *name = "a page that is locked keeps nothing";
	struct hak_run run;
	char *address;
	size_t at;

	unit_need(hak_span_lend(span, 3, 1, &run));
	address = hak_span_address(span, run.first);
	memset(address, 'k', 3 * HAK_SUPERSLAB_BYTES);
	/* Not mlock(): sanitizers make nothing of it. */
	if (syscall(SYS_mlock, address + HAK_SUPERSLAB_BYTES + 8192, 4096)) {
		unit_return(&run);
		ksft_test_result_skip("no memory may be locked", "%s", name);
		return;
	}
	unit_return(&run);
	unit_expect(hak_decommit_trim(span, 0) >= 3);
	unit_expect(!span->warm && !span->held && !span->inflight);
	for (at = 0; at < 3 * HAK_SUPERSLAB_BYTES; at += 4096)
		unit_expect(!address[at]);
	/* It is not locked any more. */
	unit_expect(madvise(address, 3 * HAK_SUPERSLAB_BYTES, MADV_DONTNEED) ==
		    0);
	unit_result(name);
}

/* What is locked as a whole the kernel won't take: it is kept apart. */
static void refused(void)
{
	const char *name = "a decommit that the kernel refuses";
	uint64_t before = unit_stat(HAK_STAT_DECOMMIT_FAILED);
	struct hak_run run;
	char *address;

	unit_need(hak_span_lend(span, 4, 1, &run));
	address = hak_span_address(span, run.first);
	memset(address, 'k', 4 * HAK_SUPERSLAB_BYTES);
	if (syscall(SYS_mlock, address + HAK_SUPERSLAB_BYTES,
		    HAK_SUPERSLAB_BYTES)) {
		unit_return(&run);
		ksft_test_result_skip("no memory may be locked", "%s", name);
		return;
	}
	unit_return(&run);
	unit_expect(hak_decommit_trim(span, 0) >= 3);
	unit_expect(unit_stat(HAK_STAT_DECOMMIT_FAILED) == before + 1);
	unit_expect(!span->warm && span->held == 1 && !span->inflight);
	unit_expect(span->superslab[run.first + 1].state ==
		    HAK_SUPERSLAB_EMPTY);
	unit_expect(span->superslab[run.first + 2].state == HAK_SUPERSLAB_DECOMMITTED);
	unit_expect(address[HAK_SUPERSLAB_BYTES] == 'k' &&
		    !address[2 * HAK_SUPERSLAB_BYTES]);
	/* Lent first, it is no longer held; and does not pass for zero. */
	unit_need(hak_span_lend(span, 1, 1, &run));
	unit_expect(hak_span_address(span, run.first) ==
		    address + HAK_SUPERSLAB_BYTES);
	unit_expect(!run.zero && !span->held);
	hak_span_return(&run);
	unit_expect(span->warm == 1);
	/* Tried again when it is asked for, it goes. */
	unit_expect(hak_decommit_trim(span, 0) == 0 && span->held == 1);
	unit_expect(syscall(SYS_munlock, address, 4 * HAK_SUPERSLAB_BYTES) ==
		    0);
	unit_expect(hak_decommit_trim(span, 0) == 1 && !span->held);
	unit_expect(address[HAK_SUPERSLAB_BYTES] == 0);
	unit_result(name);
}

/* For a while it is left alone, each time for longer; then it is tried. */
static void again(void)
{
	const char *name = "what is refused is tried again, ever less often";
	uint64_t before;
	struct hak_run run;
	uint32_t next;

	unit_need(hak_span_lend(span, 1, 1, &run));
	if (syscall(SYS_mlock, hak_span_address(span, run.first),
		    HAK_SUPERSLAB_BYTES)) {
		unit_return(&run);
		ksft_test_result_skip("no memory may be locked", "%s", name);
		return;
	}
	unit_return(&run);
	hak_decommit_trim(span, 0);
	before = unit_stat(HAK_STAT_DECOMMIT_FAILED);
	for (int i = 0; i < 100; i++)
		next = hak_decommit_tick(HAK_SELF_FILTERED, true);
	unit_expect(unit_stat(HAK_STAT_DECOMMIT_FAILED) == before);
	unit_expect(span->held == 1 && next <= 1000);
	span->refused_at -= 1000;
	next = hak_decommit_tick(HAK_SELF_FILTERED, true);
	unit_expect(unit_stat(HAK_STAT_DECOMMIT_FAILED) == before + 1);
	unit_expect(next > 1000 && next <= 2000);
	/* Two minutes are enough for a keeper to wake up for it. */
	for (int i = 0; i < 10; i++) {
		span->refused_at -= 1000 << span->refusals;
		next = hak_decommit_tick(HAK_SELF_FILTERED, true);
	}
	unit_expect(next == HAK_NEVER && span->held == 1);
	unit_need(!syscall(SYS_munlock, hak_span_address(span, run.first),
			   HAK_SUPERSLAB_BYTES));
	span->refused_at -= 1000;
	hak_decommit_tick(HAK_SELF_FILTERED, true);
	unit_expect(!span->held && !span->warm);
	unit_result(name);
}

static void forbid_mappings(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(77);
}

static void expect_writable(char *address)
{
	size_t at;

	for (at = 0; at < HAK_SUPERSLAB_BYTES; at += 4096) {
		unit_expect(!address[at]);
		address[at] = 1;
	}
}

/*
 * One is to be mapped anew, has a hole, and that fails; of another a page is
 * read-only.
 */
static int holes(void *arg)
{
	struct hak_superslab *superslab;
	struct hak_run run, again;
	char *address;

	(void)arg;
	hak_decommit_trim(span, 0);
	unit_need(hak_span_lend(span, 5, 1, &run));
	address = hak_span_address(span, run.first);
	superslab = &span->superslab[run.first];
	memset(address, 'k', 5 * HAK_SUPERSLAB_BYTES);
	unit_need(!munmap(address + HAK_SUPERSLAB_BYTES + 8192, 4096));
	forbid_mappings();
	unit_return(&run);
	hak_decommit_trim(span, 0);
	unit_expect(!span->warm && !span->held && !span->inflight);
	unit_expect(superslab[0].state == HAK_SUPERSLAB_DECOMMITTED);
	unit_expect(superslab[1].state == HAK_SUPERSLAB_NONE);
	unit_expect(superslab[2].state == HAK_SUPERSLAB_DECOMMITTED);
	/* What is lent does not lie across it. */
	unit_need(hak_span_lend(span, 3, 1, &again));
	unit_expect(again.first == run.first + 2);
	address += 2 * HAK_SUPERSLAB_BYTES;
	unit_need(!mprotect(address + 8192, 4096, PROT_READ));
	unit_return(&again);
	hak_decommit_trim(span, 0);
	unit_expect(superslab[2].state == HAK_SUPERSLAB_DECOMMITTED);
	expect_writable(address);
	/* A fork child finds one that is just being mapped anew. */
	unit_need(hak_span_lend(span, 1, 1, &again));
	superslab = &span->superslab[again.first];
	hak_superslab_set(superslab, HAK_SUPERSLAB_EMPTY);
	hak_superslab_set(superslab, HAK_SUPERSLAB_INFLIGHT);
	superslab->lost = true;
	span->lent--;
	span->inflight++;
	hak_child_recover();
	unit_expect(superslab->state == HAK_SUPERSLAB_NONE);
	unit_expect(!span->warm && !span->inflight);
	return atomic_load(&unit_wrong) != 0;
}

static void lost(void)
{
	const char *name = "what cannot be mapped anew is not lent with a hole";
	struct ktap_run run;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	ksft_test_result_skip("a sanitizer maps memory itself", "%s", name);
	return;
#endif
	ktap_run_fork(&run, holes, NULL, 20);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == 77)
		ksft_test_result_skip("needs seccomp filters", "%s", name);
	else
		ktap_run_result(&run, name);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(6);
	unit_open_heap();
	span = &hak_window.span[0];
	obstacle();
	limits();
	locked_page();
	refused();
	again();
	lost();
	return ksft_finished();
}
