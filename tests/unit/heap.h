/* SPDX-License-Identifier: MIT */
/*
 * heap.h - a heap within the test program, beside libc's malloc.
 *
 * Opens the same parts as front/start.c in the same order, but with small pages,
 * so that a touch costs only a page.
 */
#pragma once

#include "unit/unit.h"

#include "reclaim/settle.h"
#include "cache/parked.h"
#include "cache/thread.h"
#include "heap/node.h"
#include "heap/window.h"

#include "heap/sizeclass.h"
#include "heap/span.h"
#include "os/kin.h"
#include "base/lock.h"
#include "base/options.h"

enum { UNIT_KEEP_MB = 64 };

static KTAP_UNUSED void unit_open_window(unsigned int nodes)
{
	unit_need(setenv("HAKMEM_HUGE", "off", 1) == 0);
	unit_need(unsetenv("HAKMEM_KEEP_MB") == 0);
	unit_need(unsetenv("HAKMEM_PROFILE") == 0);
	hak_lock_forget_all();
	hak_kin_open();
	hak_options_read();
	hak_sizeclass_init();
	unit_need(hak_window_open(nodes));
}

static KTAP_UNUSED void unit_end(void *tcache)
{
	hak_thread_end(tcache);
}

static KTAP_UNUSED void unit_open_heap(void)
{
	static pthread_key_t end;

	unit_open_window(1);
	unit_need(hak_nodes_open(1));
	unit_need(!pthread_key_create(&end, unit_end));
	hak_threads_init(&end);
	hak_threads_open();
}

/* Settle, as the end of a slow path does. */
static KTAP_UNUSED void unit_settle(void)
{
	hak_parked_drain_noted();
	hak_settle_noted();
}

static KTAP_UNUSED void unit_return(const struct hak_run *run)
{
	hak_span_return(run);
	unit_settle();
}

/* A counter of node 0's span. */
static KTAP_UNUSED uint64_t unit_stat(enum hak_stat stat)
{
	return atomic_load(&hak_window.span[0].stats.counter[stat]);
}
