/* SPDX-License-Identifier: MIT */
/*
 * init.c - opens the fast paths before main, and checks free blocks after main.
 *
 * No file calls this file, so a reference to malloc makes no cycle here.
 *
 * Calls   start.c, fork.c, birth.h, keeper.h, cache/.
 */
#include "front/front.h"

#include "front/exported.h"
#include "front/keeper.h"
#include "front/malloc.h"
#include "front/slow.h"
#include "cache/thread.h"
#include "os/birth.h"
#include "base/count.h"

static __attribute__((constructor(101))) void before_main(void)
{
	/*
	 * The linker resolves these names to the program's functions, if the
	 * program wraps hakmem's functions.
	 */
	const struct hak_birth_name names[] = {
		{ "malloc", (void *)malloc },
		{ "calloc", (void *)calloc },
		{ "realloc", (void *)realloc },
		{ "free", (void *)free },
	};

	if (!hak_init())
		return;
	hak_threads_open();
	/* pairs with hak_alloc_fast() and hak_free_fast() */
	__atomic_store_n(&hak_fast_bytes, HAK_TINY_MAX + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&hak_fast_chunks, hak_window.nodes_bytes / HAK_ALIGN,
			 __ATOMIC_RELEASE);
	/*
	 * The first attempt may have failed, because there was no memory for
	 * the heap.
	 */
	hak_fork_init();
	hak_birth_init(names, sizeof(names) / sizeof(*names));
	hak_keeper_init();
	/* Constructors of other libraries may have left notes. */
	hak_slow_end();
}

/* Check the last freed blocks, still in the bins. */
static __attribute__((destructor)) void after_main(void)
{
	if (arch_load_acquire(&hak_fast_bytes) && hak_tcache_real(hak_tls))
		hak_tcache_check(hak_tls);
	if (HAK_COUNTS)
		hak_count_print();
}
