/* SPDX-License-Identifier: MIT */
/*
 * heat.c - what is written is hotter than what is not, by heat and by locality;
 * huge pages are there afterwards as before, and the keeper takes little time.
 *
 * Hazard 14: nothing of it is on unless asked for.
 */
#include "keeper.h"

#include <sched.h>

#define BYTES	1008
#define BLOCKS	(48 * 1024)	/* 48 MiB: 24 superslabs */
#define HOT	(BLOCKS / 8)	/* from this one on, as many */
#define SECONDS	200

static char *block[BLOCKS];
static const struct hakmem_stats *page;
static atomic_bool over;

static long index_of(int i)
{
	return (long)(((uintptr_t)block[i] - page->view[0].base) >> 21);
}

static void *write_hot(void *unused)
{
	unsigned int random = 1;

	(void)unused;
	while (!over) {
		for (int i = 0; i < 100; i++) {
			random = random * 1664525 + 1013904223;
			block[HOT + (int)((random >> 8) % HOT)][16]++;
		}
		sched_yield();
	}
	return NULL;
}

/* every superslab that has blocks has been seen, and hot ones are hotter */
static bool ranked(long print)
{
	int cold = -1, hot = 10, unseen = 0;

	for (long i = index_of(0); i <= index_of(BLOCKS - 1); i++) {
		int heat = page->view[0].history[i].heat;

		if (heat == HAK_NOT_SEEN)
			unseen++;
		else if (i >= index_of(HOT) && i <= index_of(2 * HOT - 1))
			hot = heat < hot ? heat : hot;
		/* the first has what the program itself writes */
		else if (i > index_of(0))
			cold = heat > cold ? heat : cold;
	}
	if (print)
		ksft_print_msg("coldest hot %d, hottest cold %d, unseen %d",
			       hot, cold, unseen);
	return !unseen && hot > cold && hot < 10;
}

static uint8_t mode_of(bool locality)
{
	return *(const _Atomic uint8_t *)(locality ? &page->locality :
						     &page->heat);
}

static bool known(long locality)
{
	return mode_of(locality) != HAK_MODE_OFF;
}

static bool looked(long times)
{
	return ktap_stat(HAK_STAT_OBSERVED) > (uint64_t)times;
}

static int observed(bool locality)
{
	pthread_t writer;
	long huge, before;
	uint64_t us;
	bool ok;

	page = dlsym(RTLD_DEFAULT, "hakmem_stats_page");
	ktap_await(known, locality, PATIENCE);
	if (mode_of(locality) != HAK_MODE_ON)
		return page->heat == HAK_MODE_OLD ||
				       page->locality ==
					       HAK_MODE_UNPRIVILEGED ||
				       page->heat == HAK_MODE_FORBIDDEN ?
			       SKIPPED : 1;
	for (int i = 0; i < BLOCKS; i++) {
		block[i] = malloc(BYTES);
		memset(block[i], 1, BYTES);
	}
	huge = proc_number("smaps_rollup", "AnonHugePages:");
	before = ktap_ms();
	pthread_create(&writer, NULL, write_hot, NULL);
	ok = ktap_await(ranked, 0, SECONDS) &&
	     /* and so it stays */
	     ktap_await(looked, (long)ktap_stat(HAK_STAT_OBSERVED) + 24,
			SECONDS) && ranked(1);
	us = ktap_stat(HAK_STAT_OBSERVE_US);
	ksft_print_msg("%ld ms, %lu us of the keeper, huge %ld KiB of %ld",
		       ktap_ms() - before, (unsigned long)us,
		       proc_number("smaps_rollup", "AnonHugePages:"), huge);
	/* a moment's sample is out */
	ok &= proc_number("smaps_rollup", "AnonHugePages:") >= huge - 3 * 2048;
	over = true;
	pthread_join(writer, NULL);
	return !ok;
}

static int nothing(void)
{
	page = dlsym(RTLD_DEFAULT, "hakmem_stats_page");
	ktap_pause(300);
	return page->heat || page->locality || page->guard || page->view ||
	       ktap_stat(HAK_STAT_OBSERVED) || has_keeper(0);
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1)
		return !strcmp(argv[1], "off") ? nothing() :
						 observed(argv[1][0] == 'l');
	in_self("off", "nothing is observed unless asked for");
	setenv("HAKMEM_OBSERVE", "heat", 1);
	in_self("heat", "what is written is hot, by heat");
	setenv("HAKMEM_OBSERVE", "locality", 1);
	in_self("locality", "and by locality");
	ksft_finished();
}
