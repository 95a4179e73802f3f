/* SPDX-License-Identifier: MIT */
/*
 * deepbind_keep.c - blocks of a library that allocates from libc behind our
 * back, as one opened with RTLD_DEEPBIND does where HAKMEM_DEEPBIND is keep: the
 * program may free, grow and measure them.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <stdint.h>

#include "../ktap.h"
#include "../ktap_lib.h"
#include "../ktap_run.h"

static struct {
	void *(*malloc)(size_t size);
	void *(*realloc)(void *block, size_t size);
	void *(*memalign)(size_t align, size_t size);
	char *(*strdup)(const char *text);
	void (*free)(void *block);
	void *(*free_address)(void);
} deep;

static size_t sizes[] = { 0, 1, 24, 100, 1000, 5000, 100000, 200000, 1 << 20,
			  5 << 20, 40 << 20 };

#define SIZES	(sizeof(sizes) / sizeof(*sizes))

static void *find(void *lib, const char *name)
{
	void *found = dlsym(lib, name);

	if (!found)
		ksft_exit_fail_msg("%s", dlerror());
	return found;
}

static void open_lib(void)
{
	char path[KTAP_PATH];
	void *lib;

	if (!ktap_lib_path(path, sizeof(path), "deepbind_lib.so"))
		ksft_exit_skip("deepbind_lib.so was not built");
	lib = dlopen(path, RTLD_NOW | RTLD_DEEPBIND);
	if (!lib)
		ksft_exit_fail_msg("%s", dlerror());
	*(void **)&deep.malloc = find(lib, "deep_malloc");
	*(void **)&deep.realloc = find(lib, "deep_realloc");
	*(void **)&deep.memalign = find(lib, "deep_memalign");
	*(void **)&deep.strdup = find(lib, "deep_strdup");
	*(void **)&deep.free = find(lib, "deep_free");
	*(void **)&deep.free_address = find(lib, "deep_free_address");
}

static int free_theirs(void *arg)
{
	(void)arg;
	for (int round = 0; round < 20; round++)
		for (size_t i = 0; i < SIZES; i++) {
			char *block = deep.malloc(sizes[i]);

			memset(block, 1, sizes[i]);
			free(block);
			free(deep.memalign(4096, sizes[i]));
			free(deep.strdup("some text of theirs"));
			free(NULL);
		}
	return 0;
}

static int realloc_theirs(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < SIZES; i++)
		for (size_t j = 1; j < SIZES; j++) {
			char *block = deep.malloc(sizes[i]);
			size_t kept = sizes[i] < sizes[j] ? sizes[i] :
							    sizes[j];

			memset(block, 7, sizes[i]);
			block = realloc(block, sizes[j]);
			if (!block)
				return 2;
			for (size_t at = 0; at < kept; at += 11)
				if (block[at] != 7)
					return 3;
			block[sizes[j] - 1] = 1;
			/* once more: now whoever has it by then */
			block = realloc(block, sizes[j] + 1000);
			if (!block || block[sizes[j] - 1] != 1)
				return 4;
			free(block);
		}
	if (realloc(deep.malloc(100), ktap_opaque((size_t)0)))
		return 5;
	errno = 0;
	if (realloc(deep.malloc(100), ktap_opaque(SIZE_MAX - 100)) ||
	    errno != ENOMEM)
		return 6;
	return 0;
}

static int measure_theirs(void *arg)
{
	(void)arg;
	for (size_t i = 1; i < SIZES; i++) {
		char *block = deep.malloc(sizes[i]);
		size_t usable = malloc_usable_size(block);

		if (usable < sizes[i] || usable > sizes[i] * 2 + 8192)
			return 2;
		memset(block, 1, usable);
		free(block);
	}
	return 0;
}

/* Both heaps used side by side and each block freed by its own. */
static int side_by_side(void *arg)
{
	char *ours[500], *theirs[500];

	(void)arg;
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 500; i++) {
			size_t size = (size_t)(i * 61 + round);

			ours[i] = malloc(size);
			theirs[i] = deep.malloc(size);
			memset(ours[i], 1, size);
			memset(theirs[i], 2, size);
		}
		for (int i = 0; i < 500; i++) {
			if (i && (ours[i][0] != 1 || theirs[i][0] != 2))
				return 2;
			free(ours[i]);
			deep.free(theirs[i]);
		}
	}
	return 0;
}

/* What cannot be helped: libc's own free does not know our blocks. */
static int they_free_ours(void *arg)
{
	char *block[3];

	(void)arg;
	for (int i = 0; i < 3; i++)
		block[i] = calloc(1, 64);
	deep.free(block[1]);
	return 0;
}

static void run(int (*fn)(void *), const char *name)
{
	struct ktap_run run;

	ktap_run_fork(&run, fn, NULL, 60);
	ktap_run_result(&run, name);
}

int main(int argc, char **argv)
{
	struct ktap_run result;
	int status;

	(void)argc;
	setenv("HAKMEM_DEEPBIND", "keep", 1);
	ktap_preload(argv);
	open_lib();
	ksft_print_header();
	ksft_set_plan(6);
	if (getenv("LD_PRELOAD"))
		ksft_test_result(deep.free_address() != (void *)free,
				 "the library is bound to libc's free");
	else
		ksft_test_result_skip("nothing is preloaded", "two heaps");
	run(free_theirs, "free of a deep-bound library's block");
	run(realloc_theirs, "realloc of a deep-bound library's block");
	run(measure_theirs, "usable size of a deep-bound library's block");
	run(side_by_side, "two heaps side by side");
	ktap_run_fork(&result, they_free_ours, NULL, 20);
	status = result.status;
	ksft_test_result(ktap_run_ok(&result) || (WIFSIGNALED(status) &&
			 WTERMSIG(status) == SIGABRT && result.err[0]),
			 "libc's free of our block stops with a message");
	ksft_print_msg("libc said: %s", result.err);
	return ksft_finished();
}
