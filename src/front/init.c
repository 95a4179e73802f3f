/* SPDX-License-Identifier: MIT */
/*
 * init.c - opens the fast paths before main, and checks free blocks after main.
 *
 * No file calls this file. So this file may refer to malloc, and no function of hakmem
 * calls itself through another file (tests/lint/cycles.sh).
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
	 * If the program wraps hakmem's malloc, the loader resolves the name malloc
	 * to the program's function. hak_birth_init() compares the addresses.
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
	/* pairs with hak_alloc_fast() and hak_fast_entry() */
	__atomic_store_n(&hak_fast_bytes, HAK_TINY_MAX + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&hak_fast_chunks, hak_window.nodes_bytes / HAK_ALIGN,
			 __ATOMIC_RELEASE);
	/*
	 * Try again. The attempt while the heap opened may have failed, because
	 * pthread_atfork() may call malloc.
	 */
	hak_fork_init();
	hak_birth_init(names, sizeof(names) / sizeof(*names));
	hak_keeper_init();
	/* Act on notes (base/todo.h) of allocations by earlier constructors. */
	hak_slow_end();
}

/*
 * Look for a double free, and for a write after free, in the exiting thread's bins. No
 * later malloc will check these blocks.
 */
static __attribute__((destructor)) void after_main(void)
{
	if (arch_load_acquire(&hak_fast_bytes) && hak_tcache_real(hak_tls))
		hak_tcache_check(hak_tls);
	if (HAK_COUNTS)
		hak_count_print();
}
