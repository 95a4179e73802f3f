/* SPDX-License-Identifier: MIT */
/*
 * keeper_idle.c - what others free for a thread that sleeps does not wait for
 * it: the keeper takes it home, in the thread's stead.
 */
#include "keeper.h"

#include <linux/membarrier.h>
#include <sys/mman.h>

#define BLOCKS	  1000000
#define BYTES	  100
#define SLACK_KIB (12 * 1024)

static char **blocks;
static sem_t filled, go_on;
static bool whole;

static uint32_t shuffled(uint32_t i)
{
	return (uint32_t)((uint64_t)i * 611953 % BLOCKS);
}

static void *owner(void *unused)
{
	char *block;

	for (uint32_t i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(BYTES);
		memset(blocks[i], (int)i, BYTES);
	}
	sem_post(&filled);
	while (sem_wait(&go_on))
		;
	/* as if nothing had been */
	for (uint32_t i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(BYTES);
		memset(blocks[i], (int)i, BYTES);
	}
	for (uint32_t i = 0; i < BLOCKS; i++) {
		block = blocks[shuffled(i)];
		whole &= block[0] == (char)shuffled(i) &&
			 block[BYTES - 1] == (char)shuffled(i);
		free(block);
	}
	return unused;
}

/* MODE: "all" the blocks are freed, or every "second" stays */
static int sleeper(const char *mode)
{
	uint32_t step = mode[0] == 's' ? 2 : 1;
	long before, full;
	pthread_t thread;

	blocks = mmap(NULL, BLOCKS * sizeof(*blocks), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (blocks == MAP_FAILED || sem_init(&filled, 0, 0) ||
	    sem_init(&go_on, 0, 0))
		return SKIPPED;
	before = proc_number("status", "VmRSS:");
	whole = true;
	if (pthread_create(&thread, NULL, owner, NULL))
		return SKIPPED;
	while (sem_wait(&filled))
		;
	full = proc_number("status", "VmRSS:") - before;
	for (uint32_t i = 0; i < BLOCKS; i += step)
		free(blocks[shuffled(i)]);
	/* those that stayed are not ours to touch */
	for (uint32_t i = 1; step == 2 && i < BLOCKS; i += 2) {
		char *block = blocks[shuffled(i)];

		whole &= block[0] == (char)shuffled(i) &&
			 block[BYTES - 1] == (char)shuffled(i);
		free(block);
	}
	if (!ktap_await(rss_below, before + SLACK_KIB, PATIENCE)) {
		ksft_print_msg(
			"resident: %ld KiB, %ld before, %ld more when full",
			proc_number("status", "VmRSS:"), before, full);
		return 1;
	}
	sem_post(&go_on);
	pthread_join(thread, NULL);
	return !whole || !ktap_stat(HAK_STAT_TCACHES_TENDED);
}

static bool has_barriers(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) &
	       MEMBARRIER_CMD_PRIVATE_EXPEDITED;
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1)
		return sleeper(argv[1]);
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	if (!has_barriers())
		ksft_exit_skip("the kernel has no membarrier");
	be_lean("0", "64");
	in_self("all", "an owner sleeps, and all its blocks are freed");
	in_self("second",
		"an owner sleeps, and its blocks are freed bit by bit");
	return ksft_finished();
}
