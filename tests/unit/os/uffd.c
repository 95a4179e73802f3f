/* SPDX-License-Identifier: MIT */
/*
 * uffd.c - who touches or writes armed memory is told of with address, thread
 * and kind, and goes on when it is let; a closed descriptor holds nobody.
 */
#include "os/map.h"
#include "os/pagemap.h"
#include "os/uffd.h"

#include "unit/unit.h"

#include <poll.h>
#include <pthread.h>

enum { HUGE = 2 << 20, PAGE = 4096 };

static char *memory; /* 4 MiB, aligned so */

struct toucher {
	pthread_t thread;
	volatile char *at;
	bool write;
	_Atomic uint32_t id;
	char seen;
};

static void *touch(void *arg)
{
	struct toucher *me = arg;

	me->id = (uint32_t)gettid();
	if (me->write)
		*me->at = 7;
	me->seen = *me->at;
	return NULL;
}

static void start(struct toucher *toucher, char *at, bool write)
{
	*toucher = (struct toucher){ .at = at, .write = write };
	unit_need(!pthread_create(&toucher->thread, NULL, touch, toucher));
}

static bool told(const struct hak_uffd *uffd, struct hak_touch *ret_touch)
{
	struct pollfd fd = { uffd->fd, POLLIN, 0 };

	return poll(&fd, 1, 60000) == 1 && hak_uffd_read(uffd, ret_touch, 1);
}

static void afresh(void)
{
	unit_need(!hak_map_again(memory, 2 * HUGE));
	hak_map_pages(memory, 2 * HUGE, HAK_PAGES_HUGE);
}

static bool skipped(enum hak_mode mode, const char *name)
{
	if (mode == HAK_MODE_ON || mode == HAK_MODE_USER_ONLY)
		return false;
	ksft_test_result_skip("not to be had", "%s: mode %d", name, mode);
	return true;
}

static void missing(void)
{
	struct hak_touch got = { 0 };
	struct toucher toucher;
	struct hak_uffd uffd;

	afresh();
	if (skipped(hak_uffd_open(HAK_UFFD_MISSING, &uffd), "missing"))
		return;
	unit_expect(!hak_uffd_read(&uffd, &got, 1));
	unit_expect(!hak_uffd_arm(&uffd, memory, HUGE));
	memory[HUGE] = 1; /* behind it */
	start(&toucher, memory + 3 * PAGE + 17, true);
	unit_need(told(&uffd, &got));
	unit_expect(got.address == (uintptr_t)memory + 3 * PAGE + 17);
	unit_expect(got.thread == toucher.id && got.write);
	unit_expect(!hak_uffd_zero(&uffd, memory + 3 * PAGE, PAGE));
	pthread_join(toucher.thread, NULL);
	unit_expect(toucher.seen == 7 && !memory[3 * PAGE]);
	/* Mapped anew: nobody waits there, and who waited is woken. */
	start(&toucher, memory + 9 * PAGE, false);
	unit_need(told(&uffd, &got));
	unit_expect(!got.write);
	unit_expect(!hak_map_again(memory, HUGE));
	unit_expect(hak_uffd_zero(&uffd, memory + 9 * PAGE, PAGE));
	hak_uffd_wake(&uffd, memory + 9 * PAGE, PAGE);
	pthread_join(toucher.thread, NULL);
	memory[0] = 1;
	unit_result("a page that is missing");

	afresh();
	unit_expect(!hak_uffd_arm(&uffd, memory, HUGE));
	unit_expect(!hak_uffd_disarm(&uffd, memory, HUGE));
	memory[0] = 1;
	hak_map_decommit(memory, HUGE);
	unit_expect(!hak_uffd_arm(&uffd, memory, HUGE));
	start(&toucher, memory, false);
	unit_need(told(&uffd, &got));
	hak_uffd_close(&uffd);
	pthread_join(toucher.thread, NULL);
	unit_expect(!toucher.seen && uffd.fd == -1);
	unit_result("disarmed or closed, nobody waits");
}

static void writes(void)
{
	struct hak_touch got = { 0 };
	struct toucher toucher;
	struct hak_uffd uffd;
	int pagemap = hak_pagemap_open();

	afresh();
	memset(memory, 5, HUGE);
	if (skipped(hak_uffd_open(HAK_UFFD_WRITES, &uffd), "writes"))
		return;
	unit_expect(!hak_uffd_arm(&uffd, memory, HUGE));
	unit_expect(memory[100] == 5); /* to read is free */
	start(&toucher, memory + HUGE - 1, true);
	unit_need(told(&uffd, &got));
	unit_expect(got.address == (uintptr_t)memory + HUGE - 1);
	unit_expect(got.thread == toucher.id && got.write);
	unit_expect(!hak_uffd_release(&uffd, memory, HUGE));
	pthread_join(toucher.thread, NULL);
	memory[0] = 1;
	if (pagemap >= 0 && hak_pagemap_huge(pagemap, memory, HUGE))
		unit_expect(!hak_uffd_disarm(&uffd, memory, HUGE) &&
			    hak_pagemap_huge(pagemap, memory, HUGE));
	hak_uffd_close(&uffd);
	close(pagemap);
	unit_result("a write, and the huge page stays");
}

static void notes(void)
{
	struct hak_uffd uffd;
	int pagemap = hak_pagemap_open();
	bool huge;

	afresh();
	memset(memory, 5, 2 * HUGE);
	if (pagemap < 0) {
		ksft_test_result_skip("Linux 6.7 has PAGEMAP_SCAN", "notes");
		return;
	}
	if (skipped(hak_uffd_open(HAK_UFFD_NOTES, &uffd), "notes"))
		return;
	huge = hak_pagemap_huge(pagemap, memory, HUGE);
	unit_expect(!hak_uffd_arm(&uffd, memory, 2 * HUGE));
	unit_expect(!hak_pagemap_written(pagemap, memory, 2 * HUGE));
	unit_expect(hak_pagemap_huge(pagemap, memory, HUGE) == huge);
	memory[HUGE + PAGE] = 6;
	unit_expect(!hak_pagemap_written(pagemap, memory, HUGE));
	unit_expect(hak_pagemap_written(pagemap, memory + HUGE, HUGE));
	unit_expect(!hak_pagemap_huge(pagemap, memory + HUGE, HUGE));
	unit_expect(!hak_uffd_release(&uffd, memory + HUGE, HUGE));
	unit_expect(!hak_uffd_disarm(&uffd, memory, 2 * HUGE));
	unit_expect(!huge || !hak_map_collapse(memory + HUGE, HUGE));
	unit_expect(hak_pagemap_huge(pagemap, memory + HUGE, HUGE) == huge);
	hak_uffd_close(&uffd);
	close(pagemap);
	unit_result("a write is noted, and costs the huge page for a while");
}

int main(void)
{
	void *at;

	ksft_print_header();
	ksft_set_plan(4);
	unit_need(!hak_map_new(3 * HUGE, &at));
	memory = (char *)(((uintptr_t)at + HUGE - 1) & -(uintptr_t)HUGE);
	missing();
	writes();
	notes();
	if (ksft_cnt() == 3)
		ksft_test_result_skip("no userfaultfd", "disarmed or closed");
	ksft_finished();
}
