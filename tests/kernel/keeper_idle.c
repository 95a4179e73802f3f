/* SPDX-License-Identifier: MIT */
/*
 * keeper_idle.c - what others free for a thread that sleeps does not wait for
 * it: the keeper takes it home, in the thread's stead, and says what is wrong
 * with it.
 */
#include "keeper.h"

#include <linux/membarrier.h>
#include <sys/mman.h>

#define BLOCKS	  1000000
#define BYTES	  100
#define SLACK_KIB (12 * 1024)

static char **blocks;
static sem_t filled, go_on;
static bool whole, in_order;

static uint32_t shuffled(uint32_t i)
{
	return (uint32_t)((uint64_t)i * 611953 % BLOCKS);
}

/* those of them that are there yet, if they are whole */
static void free_some(uint32_t from, uint32_t to, uint32_t step)
{
	for (uint32_t i = from; i < to; i += step) {
		uint32_t at = in_order ? i : shuffled(i);

		if (!blocks[at])
			continue;
		whole &= blocks[at][0] == (char)at &&
			 blocks[at][BYTES - 1] == (char)at;
		free(blocks[at]);
		blocks[at] = NULL;
	}
}

static void *owner(void *unused)
{
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
	free_some(0, BLOCKS, 1);
	return unused;
}

/*
 * MODE: "all" the blocks are freed, or every "second" before the rest, or the
 * rest "later", when the keeper has looked for a while and does not sleep yet
 */
static int sleeper(const char *mode)
{
	long before, full;
	pthread_t thread;

	blocks = mmap(NULL, BLOCKS * sizeof(*blocks), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (blocks == MAP_FAILED || sem_init(&filled, 0, 0) ||
	    sem_init(&go_on, 0, 0))
		return SKIPPED;
	before = proc_number("status", "VmRSS:");
	whole = true;
	in_order = mode[0] == 'l';
	if (pthread_create(&thread, NULL, owner, NULL))
		return SKIPPED;
	while (sem_wait(&filled))
		;
	full = proc_number("status", "VmRSS:") - before;
	if (mode[0] == 's')
		free_some(0, BLOCKS, 2);
	if (mode[0] == 'l') {
		free_some(0, BLOCKS / 2, 1);
		ktap_pause(5000);
	}
	free_some(0, BLOCKS, 1);
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

static void *free_and_sleep(void *block)
{
	for (int i = 0; i < 200; i++)
		free(ktap_opaque(malloc(50)));
	free(block);
	sem_post(&filled);
	while (sem_wait(&go_on))
		;
	return NULL;
}

/* two threads free it for the third, and both have it in hand yet */
static int twice(void)
{
	void *block = ktap_opaque(malloc(BYTES));
	pthread_t thread;

	if (sem_init(&filled, 0, 0) || sem_init(&go_on, 0, 0))
		return SKIPPED;
	for (int i = 0; i < 2; i++) {
		if (pthread_create(&thread, NULL, free_and_sleep, block))
			return SKIPPED;
		while (sem_wait(&filled))
			;
	}
	ktap_pause(PATIENCE * 1000);
	return 0;
}

static void fault_is_told(void)
{
	struct ktap_run run;

	setenv("HAKMEM_KEEPER", "on", 1);
	ktap_run_self(&run, "twice", NULL, NULL, 2 * PATIENCE);
	ksft_test_result(WIFSIGNALED(run.status) &&
				 WTERMSIG(run.status) == SIGABRT &&
				 strstr(run.err, "hakmem: double free: 0x"),
			 "what the keeper finds it tells");
	unsetenv("HAKMEM_KEEPER");
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
		return argv[1][0] == 't' ? twice() : sleeper(argv[1]);
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	if (!has_barriers())
		ksft_exit_skip("the kernel has no membarrier");
	be_lean("0", "64");
	in_self("all", "an owner sleeps, and all its blocks are freed");
	in_self("second",
		"an owner sleeps, and its blocks are freed bit by bit");
	fault_is_told();
	be_lean("7000", "64");
	in_self("later", "and when the keeper has looked for it in vain");
	return ksft_finished();
}
