/* SPDX-License-Identifier: MIT */
/*
 * deepbind.c - libraries opened with RTLD_DEEPBIND have the program's malloc, from
 * their first instruction on, however the program opens the libraries.
 */
#include "deepbind.h"

#include <gnu/lib-names.h>
#include <pthread.h>

static void *open_in_base(const char *path, int flags)
{
	return dlmopen(LM_ID_BASE, path, flags);
}

static int early(void *arg)
{
	void *lib = must_open();
	FIND(lib, int *early_constructed, early_constructed);
	FIND(lib, int *early_resolved, early_resolved);
	FIND(lib, int (*early_chosen)(void), early_chosen);

	(void)arg;
	return early_chosen() && *early_constructed && *early_resolved ? 0 : 2;
}

static int opened_again(void *arg)
{
	(void)arg;
	for (int i = 0; i < 30; i++) {
		void *lib = must_open();
		FIND(lib, void *(*deep_malloc)(size_t), deep_malloc);
		FIND(lib, void (*deep_free)(void *), deep_free);
		char *block = deep_malloc(100);

		deep_free(malloc(100));
		if (dlclose(lib) || dlopen(how.library, RTLD_NOLOAD))
			return 2;
		memset(block, 1, 100);
		free(block);
	}
	return 0;
}

/* Its RUNPATH counts where it opens another, and the program's does not. */
static int opens_inner(void *arg)
{
	void *lib = must_open();
	FIND(lib, void *(*deep_open_inner)(void), deep_open_inner);
	void *inner = deep_open_inner();

	(void)arg;
	if (dlopen("deepbind_inner.so", RTLD_NOW | RTLD_NOLOAD) != inner)
		return 2;
	return inner ? exchange(inner) : 3;
}

static int not_found_by_program(void *arg)
{
	(void)arg;
	return dlopen("deepbind_inner.so", DEEP) ? 2 : 0;
}

static void *open_at_once(void *barrier)
{
	pthread_barrier_wait(barrier);
	return exchange(must_open()) ? barrier : NULL;
}

static int by_threads(void *arg)
{
	pthread_barrier_t barrier;
	pthread_t thread[4];
	int bad = 0;
	void *ret;

	(void)arg;
	pthread_barrier_init(&barrier, NULL, 4);
	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, open_at_once, &barrier);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], &ret);
		bad += ret != NULL;
	}
	return bad;
}

/* Bytes of libc's mappings, by what may be done to them. */
struct mapped {
	unsigned long read, write, execute;
};

static struct mapped libc_mapped(void)
{
	struct mapped sum = { 0 };
	unsigned long from, to;
	char line[600], may[5];
	FILE *maps = fopen("/proc/self/maps", "r");

	while (maps && fgets(line, sizeof(line), maps)) {
		if (!strstr(line, "/" LIBC_SO) ||
		    sscanf(line, "%lx-%lx %4s", &from, &to, may) != 3)
			continue;
		sum.read += may[0] == 'r' ? to - from : 0;
		sum.write += may[1] == 'w' ? to - from : 0;
		sum.execute += may[2] == 'x' ? to - from : 0;
	}
	if (maps)
		fclose(maps);
	return sum;
}

static int protected_as_before(void *arg)
{
	struct mapped before = libc_mapped(), after;

	(void)arg;
	must_open();
	after = libc_mapped();
	return !before.read || memcmp(&before, &after, sizeof(before));
}

static int cxx(void *arg)
{
	void *lib;

	(void)arg;
	if (dlopen("libstdc++.so.6", RTLD_NOW | RTLD_NOLOAD))
		return 2;
	lib = must_open();
	FIND(lib, int (*deep_cxx)(void), deep_cxx);
	FIND(lib, void *(*deep_new)(size_t), deep_new);
	FIND(lib, void (*deep_delete)(void *), deep_delete);
	FIND(lib, void (*deep_delete_aligned)(void *), deep_delete_aligned);

	free(deep_new(100));
	deep_delete(malloc(100));
	deep_delete_aligned(aligned_alloc(256, 512));
	return deep_cxx() ? 0 : 3;
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(12);
	run(exchange_all, "blocks are freed on both sides");
	run(opened_again, "opened and closed again and again");
	run(opens_inner, "it opens another, by its own RUNPATH");
	run(not_found_by_program, "which the program does not find");
	run(by_threads, "opened by four threads at once");
	run(protected_as_before, "libc's pages are protected as before");
	how.flags = RTLD_LAZY | RTLD_DEEPBIND | RTLD_GLOBAL;
	run(exchange_all, "lazily bound: blocks are freed on both sides");
	how.flags = RTLD_NOW;
	run(opens_inner, "not deep-bound, it opens another by its own RUNPATH");
	how.flags = DEEP;
	how.open = open_in_base;
	run(exchange_all, "by dlmopen: blocks are freed on both sides");
	how = (struct how){ "deepbind_now.so", open_plainly, DEEP };
	run(exchange_all, "of full RELRO: blocks are freed on both sides");
	how.library = "deepbind_early.so";
	run(early, "its constructor and its resolver free what libc made");
	how.library = "deepbind_cxx.so";
	run(cxx, "in C++: new and delete are the program's too");
	return ksft_finished();
}
