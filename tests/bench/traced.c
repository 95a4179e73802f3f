/* SPDX-License-Identifier: MIT */
/*
 * traced.c - a known number of calls of each kind, for the recorder to count.
 *
 * Its child must not be recorded; with the word threads, half of the blocks
 * are freed by another thread than made them. No stdio, for that allocates.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NR = 1000 };

static void *blocks[NR];

static void *free_all(void *unused)
{
	for (int i = 0; i < NR; i++)
		free(blocks[i]);
	return unused;
}

/* 1,000 malloc, 100 calloc, 11 aligned, 1,101 realloc, 1,108 free, 4 left */
static void calls(void)
{
	void *p;

	for (int i = 0; i < NR; i++)
		blocks[i] = malloc(i + 1);
	for (int i = 0; i < NR; i++)
		blocks[i] = realloc(blocks[i], 3 * i + 8);
	for (int i = 0; i < 100; i++)
		free(realloc(calloc(3, 100), 1000 + i));
	for (int i = 0; i < 10; i++)
		free(aligned_alloc(4096, 8192));
	if (posix_memalign(&p, 64, 100000))
		_exit(2);
	/* one that fails, and leaves the block as it was */
	if (realloc(p, (size_t)1 << 62))
		_exit(3);
	p = realloc(p, 200000);
	for (int i = 0; i < 4; i++)
		blocks[i] = NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	pid_t child;

	calls();
	child = fork();
	if (child == 0) {
		free_all(NULL);
		_exit(malloc(10) ? 0 : 1);
	}
	waitpid(child, NULL, 0);
	free_all(NULL);
	if (argc < 2 || strcmp(argv[1], "threads"))
		return 37;
	for (int i = 0; i < NR; i++)
		blocks[i] = malloc(i);
	if (pthread_create(&thread, NULL, free_all, NULL))
		return 1;
	pthread_join(thread, NULL);
	return 0;
}
