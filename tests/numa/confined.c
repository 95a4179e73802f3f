/* SPDX-License-Identifier: MIT */
/*
 * confined.c - run by filters.c under a filter, without libnuma, which could not
 * start there: `confined memory`, blocks of all sizes by one thread;
 * `confined threads NODE`, which also looks whether they lie on that node.
 */
#include <linux/mempolicy.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BLOCKS 6000
#define BYTES  20000

static char *block[BLOCKS];

static void allocate(void)
{
	for (int i = 0; i < BLOCKS; i++) {
		block[i] = malloc(BYTES);
		if (!block[i])
			_exit(3);
		memset(block[i], i, BYTES);
	}
}

static void *free_all(void *unused)
{
	for (int i = 0; i < BLOCKS; i++)
		free(block[i]);
	return unused;
}

static int memory(void)
{
	char *large = NULL;

	allocate();
	for (size_t mib = 1; mib < 100; mib += 7) {
		large = realloc(large, mib << 20);
		if (!large)
			return 4;
		large[0] = 1;
	}
	free(large);
	free_all(NULL);
	malloc_trim(0);
	return 0;
}

static int threads(int home)
{
	pthread_t thread;
	int misplaced = 0;

	allocate();
	for (int i = 0; i < BLOCKS; i++) {
		int node = -1;

		if (syscall(SYS_get_mempolicy, &node, NULL, 0,
			    block[i] + BYTES / 2, MPOL_F_NODE | MPOL_F_ADDR))
			return 5;
		misplaced += node != home;
	}
	printf("# %d of %d blocks are on another node\n", misplaced, BLOCKS);
	for (int round = 0; round < 3; round++) {
		if (pthread_create(&thread, NULL, free_all, NULL) ||
		    pthread_join(thread, NULL))
			return 6;
		allocate();
	}
	malloc_trim(0);
	/* Where the kernel finds no huge page it takes one of another node. */
	return misplaced > BLOCKS / 10 ? 7 : 0;
}

int main(int argc, char **argv)
{
	return argc > 2 && !strcmp(argv[1], "threads") ? threads(atoi(argv[2]))
						       : memory();
}
