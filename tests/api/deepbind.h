/* SPDX-License-Identifier: MIT */
/*
 * deepbind.h - opens a library in the way of a case, exchanges blocks with the
 * library, and runs each case in its own process.
 */
#pragma once

#include <dlfcn.h>
#include <malloc.h>
#include <stdint.h>

#include "../ktap.h"
#include "../ktap_lib.h"
#include "../ktap_run.h"

#define DEEP (RTLD_NOW | RTLD_DEEPBIND)

static void *open_plainly(const char *path, int flags)
{
	return dlopen(path, flags);
}

/* The way in which a case opens the library. */
static struct how {
	const char *library;
	void *(*open)(const char *path, int flags);
	int flags;
} how = { "deepbind_lib.so", open_plainly, DEEP };

static void *must_open(void)
{
	char path[KTAP_PATH];
	void *lib;

	if (!ktap_lib_path(path, sizeof(path), how.library)) {
		fprintf(stderr, "no %s\n", how.library);
		exit(90);
	}
	lib = how.open(path, how.flags);
	if (!lib) {
		fprintf(stderr, "%s\n", dlerror());
		exit(91);
	}
	return lib;
}

static void *must_find(void *lib, const char *name)
{
	void *found = dlsym(lib, name);

	if (!found) {
		fprintf(stderr, "%s\n", dlerror());
		exit(92);
	}
	return found;
}

#define FIND(lib, type, name) \
	type;                 \
	*(void **)&name = must_find(lib, #name)

static size_t deep_sizes[] = { 0,      1,      24,	100,	 1000,	  5000,
			       100000, 200000, 1 << 20, 5 << 20, 40 << 20 };

#define DEEP_SIZES (sizeof(deep_sizes) / sizeof(*deep_sizes))

/* Each side frees, grows and measures the blocks of the other side's malloc. */
static int exchange(void *lib)
{
	FIND(lib, void *(*deep_malloc)(size_t), deep_malloc);
	FIND(lib, void *(*deep_realloc)(void *, size_t), deep_realloc);
	FIND(lib, void *(*deep_memalign)(size_t, size_t), deep_memalign);
	FIND(lib, char *(*deep_strdup)(const char *), deep_strdup);
	FIND(lib, void (*deep_free)(void *), deep_free);
	FIND(lib, size_t(*deep_usable)(void *), deep_usable);
	char *block;

	for (size_t i = 0; i < DEEP_SIZES; i++) {
		block = malloc(deep_sizes[i]);
		memset(block, 5, deep_sizes[i]);
		if (deep_usable(block) != malloc_usable_size(block))
			return 2;
		block = deep_realloc(block, deep_sizes[i] + 3000);
		if (!block || (deep_sizes[i] && block[deep_sizes[i] - 1] != 5))
			return 3;
		deep_free(block);
		deep_free(calloc(1, deep_sizes[i]));
		free(deep_malloc(deep_sizes[i]));
		free(deep_memalign(4096, deep_sizes[i]));
		deep_free(memalign(4096, deep_sizes[i]));
	}
	free(deep_strdup("text"));
	deep_free(strdup("text"));
	return 0;
}

static int exchange_all(void *arg)
{
	void *lib = must_open();
	FIND(lib, void *(*deep_free_address)(void), deep_free_address);
	FIND(lib, void (*const *deep_table)(void *), deep_table);

	(void)arg;
	if (deep_free_address() != (void *)free)
		return 2;
	if (deep_table[0] != free)
		return 3;
	return exchange(lib);
}

static void run(int (*fn)(void *), const char *name)
{
	char path[KTAP_PATH];
	struct ktap_run run;

	if (!ktap_lib_path(path, sizeof(path), how.library)) {
		ksft_test_result_skip("it was not built", "%s: %s", how.library,
				      name);
		return;
	}
	ktap_run_fork(&run, fn, NULL, 60);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == 77)
		ksft_test_result_skip("no seccomp filters here", "%s", name);
	else
		ktap_run_result(&run, name);
}
