/* SPDX-License-Identifier: MIT */
/*
 * double_free.c - blocks freed twice by the thread that owns them: at once,
 * with others between, through realloc, of every regime of sizes.
 */
#include <malloc.h>

#include "sin.h"

/* What a block above the classes may be called when its run is gone. */
#define DOUBLE	"double free"
#define GONE	"double free|invalid free"

/* The block was given out, and written to, while it was still on a list. */
#define WRITTEN	"double free|corrupted free list"

static void adjacent(size_t size)
{
	void *a = sin_malloc(size);

	sin_free(a);
	sin_free(sin_names(a));
}

static void with_neighbours(size_t size)
{
	void *before = sin_malloc(size), *a = sin_malloc(size);
	void *after = sin_malloc(size);

	sin_free(a);
	sin_free(sin_names(a));
	free(before);
	free(after);
}

static void a_b_a(size_t size)
{
	void *a = sin_malloc(size), *b = sin_malloc(size);

	sin_free(a);
	sin_free(b);
	sin_free(sin_names(a));
}

static void many_between(size_t size)
{
	void *a = sin_malloc(size), *other[1000];

	for (int i = 0; i < 1000; i++)
		other[i] = sin_malloc(size);
	sin_free(a);
	for (int i = 0; i < 1000; i++)
		sin_free(other[i]);
	sin_free(sin_names(a));
}

/* The block would be handed out twice by the mallocs that follow. */
static void then_malloc(size_t size)
{
	void *a = sin_malloc(size), *b = sin_malloc(size), *got[64];

	sin_free(a);
	sin_free(b);
	sin_free(sin_names(a));
	for (int i = 0; i < 64; i++) {
		got[i] = sin_malloc(size);
		for (int j = 0; j < i; j++)
			if (got[i] == got[j])
				sin_exploited("one block given twice");
	}
}

static void every_third_twice(size_t size)
{
	void *block[300];

	for (int i = 0; i < 300; i++)
		block[i] = sin_malloc(size);
	for (int i = 0; i < 300; i++)
		sin_free(block[i]);
	for (int i = 0; i < 300; i += 3)
		sin_free(block[i]);
}

static void after_realloc_moved(size_t size)
{
	char *a = sin_malloc(size), *keep = sin_malloc(size);
	char *b = realloc(ktap_opaque(a), size * 40 + 100000);

	if (a == b)
		_exit(121);
	sin_free(sin_names(a));
	free(b);
	free(keep);
}

static void after_realloc_0(size_t size)
{
	void *a = sin_malloc(size);

	if (realloc(ktap_opaque(a), ktap_opaque((size_t)0)))
		_exit(121);
	sin_free(sin_names(a));
}

static void realloc_of_freed(size_t size)
{
	void *a = sin_malloc(size), *keep = sin_malloc(size), *b;

	sin_free(a);
	b = realloc(ktap_opaque(sin_names(a)), size * 20 + 100000);
	free(ktap_opaque(b));
	free(keep);
}

/* Stays within its class: realloc has nothing to move. */
static void realloc_of_freed_in_place(size_t size)
{
	void *a = sin_malloc(size), *keep = sin_malloc(size), *b;

	sin_free(a);
	b = realloc(ktap_opaque(sin_names(a)), size);
	free(ktap_opaque(b));
	free(keep);
}

static void aligned(size_t size)
{
	void *a = ktap_opaque(memalign(1024, size));

	sin_free(a);
	sin_free(sin_names(a));
}

static void zeroed(size_t size)
{
	void *a = ktap_opaque(calloc(1, size));

	sin_free(a);
	sin_free(sin_names(a));
}

static void in_a_fork_child(size_t size)
{
	void *a = sin_malloc(size);
	int status;
	pid_t pid;

	sin_free(a);
	sin_names(a);
	pid = fork();
	if (pid == 0) {
		sin_free(a);
		exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
		abort();
}

static const struct sin sins[] = {
	{ "adjacent-1", adjacent, 1, DOUBLE },
	{ "adjacent-40", adjacent, 40, DOUBLE },
	{ "adjacent-200", adjacent, 200, DOUBLE },
	{ "adjacent-3000", adjacent, 3000, DOUBLE },
	{ "adjacent-20000", adjacent, 20000, GONE },
	{ "adjacent-100000", adjacent, 100000, GONE },
	{ "adjacent-500000", adjacent, 500000, GONE },
	{ "adjacent-1MiB", adjacent, 1 << 20, GONE },
	{ "adjacent-10MiB", adjacent, 10 << 20, GONE },
	{ "adjacent-100MiB", adjacent, 100 << 20, GONE },
	{ "between-live-40", with_neighbours, 40, DOUBLE },
	{ "between-live-20000", with_neighbours, 20000, GONE },
	{ "between-live-1MiB", with_neighbours, 1 << 20, GONE },
	{ "between-live-10MiB", with_neighbours, 10 << 20, GONE },
	{ "a-b-a-40", a_b_a, 40, DOUBLE },
	{ "a-b-a-2000", a_b_a, 2000, DOUBLE },
	{ "a-b-a-1MiB", a_b_a, 1 << 20, GONE },
	{ "a-b-a-10MiB", a_b_a, 10 << 20, GONE },
	{ "many-between-40", many_between, 40, DOUBLE },
	{ "many-between-2000", many_between, 2000, GONE },
	{ "many-between-1MiB", many_between, 1 << 20, GONE },
	{ "then-malloc-16", then_malloc, 16, WRITTEN },
	{ "then-malloc-100", then_malloc, 100, WRITTEN },
	{ "then-malloc-4000", then_malloc, 4000, WRITTEN },
	{ "then-malloc-1MiB", then_malloc, 1 << 20, GONE },
	{ "every-third-64", every_third_twice, 64, GONE },
	{ "every-third-5000", every_third_twice, 5000, GONE },
	{ "realloc-moved-40", after_realloc_moved, 40, DOUBLE },
	{ "realloc-moved-30000", after_realloc_moved, 30000, GONE },
	{ "realloc-moved-1MiB", after_realloc_moved, 1 << 20, GONE },
	{ "realloc-0-40", after_realloc_0, 40, DOUBLE },
	{ "realloc-0-1MiB", after_realloc_0, 1 << 20, GONE },
	{ "realloc-of-freed-40", realloc_of_freed, 40, DOUBLE },
	{ "realloc-of-freed-1MiB", realloc_of_freed, 1 << 20, GONE },
	{ "realloc-of-freed-10MiB", realloc_of_freed, 10 << 20, GONE },
	{ "realloc-in-place-40", realloc_of_freed_in_place, 40, DOUBLE },
	{ "realloc-in-place-1MiB", realloc_of_freed_in_place, 1 << 20, GONE },
	{ "realloc-in-place-10MiB", realloc_of_freed_in_place, 10 << 20, GONE },
	{ "memalign-100", aligned, 100, DOUBLE },
	{ "memalign-100000", aligned, 100000, GONE },
	{ "calloc-24", zeroed, 24, DOUBLE },
	{ "calloc-3MiB", zeroed, 3 << 20, GONE },
	{ "fork-child-40", in_a_fork_child, 40, DOUBLE },
	{ "fork-child-10MiB", in_a_fork_child, 10 << 20, GONE },
};

int main(int argc, char **argv)
{
	return sin_main(argc, argv, sins, sizeof(sins) / sizeof(*sins));
}
