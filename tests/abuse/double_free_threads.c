/* SPDX-License-Identifier: MIT */
/*
 * double_free_threads.c - blocks freed twice with more than one thread in it:
 * by a stranger after the owner, by the owner after a stranger, by two
 * strangers, after the owner's death.
 */
#include <pthread.h>
#include <semaphore.h>

#include "sin.h"

#define DOUBLE	"double free"
#define GONE	"double free|invalid free"

/*
 * Strangers live from before the sin to after it: a thread's birth would take
 * memory where the sinned block was, and its death delivers what it freed.
 */
static struct stranger {
	pthread_t thread;
	sem_t asked, done;
	void *(*fn)(void *arg);
	void *arg;
} stranger[2];

static void *live(void *arg)
{
	struct stranger *me = arg;

	free(malloc(100));
	for (;;) {
		sem_post(&me->done);
		sem_wait(&me->asked);
		if (!me->fn)
			return NULL;
		me->arg = me->fn(me->arg);
	}
}

static void come(void)
{
	for (int i = 0; i < 2; i++) {
		sem_init(&stranger[i].asked, 0, 0);
		sem_init(&stranger[i].done, 0, 0);
		if (pthread_create(&stranger[i].thread, NULL, live,
				   &stranger[i]))
			_exit(122);
		sem_wait(&stranger[i].done);
	}
}

static void *ask(int who, void *(*fn)(void *arg), void *arg)
{
	stranger[who].fn = fn;
	stranger[who].arg = arg;
	sem_post(&stranger[who].asked);
	sem_wait(&stranger[who].done);
	return stranger[who].arg;
}

static void leave(int who)
{
	stranger[who].fn = NULL;
	sem_post(&stranger[who].asked);
	pthread_join(stranger[who].thread, NULL);
}

static void *make(void *size)
{
	return sin_malloc((size_t)size);
}

static void *end(void *block)
{
	sin_free(block);
	return NULL;
}

static void *end_twice(void *block)
{
	sin_free(block);
	sin_free(block);
	return NULL;
}

static void owner_then_stranger(size_t size)
{
	void *keep, *a;

	come();
	keep = sin_malloc(size);
	a = sin_malloc(size);
	sin_free(a);
	ask(0, end, sin_names(a));
	leave(0);
	leave(1);
	free(keep);
}

static void stranger_then_owner(size_t size)
{
	void *keep, *a;

	come();
	keep = sin_malloc(size);
	a = sin_malloc(size);
	ask(0, end, sin_names(a));
	sin_free(a);
	leave(0);
	leave(1);
	free(keep);
}

static void two_strangers(size_t size)
{
	void *keep, *a;

	come();
	keep = sin_malloc(size);
	a = sin_malloc(size);
	ask(0, end, sin_names(a));
	ask(1, end, a);
	leave(0);
	leave(1);
	free(keep);
}

static void stranger_twice(size_t size)
{
	void *keep, *a;

	come();
	keep = sin_malloc(size);
	a = sin_malloc(size);
	ask(0, end_twice, sin_names(a));
	leave(0);
	leave(1);
	free(keep);
}

static void of_the_living(size_t size)
{
	void *a;

	come();
	a = ask(0, make, (void *)size);
	sin_free(sin_names(a));
	sin_free(a);
	leave(0);
	leave(1);
}

static void of_the_dead(size_t size)
{
	void *a;

	come();
	a = ask(0, make, (void *)size);
	leave(0);
	sin_free(sin_names(a));
	sin_free(a);
	leave(1);
}

static void of_the_dead_by_two(size_t size)
{
	void *a;

	come();
	a = ask(0, make, (void *)size);
	leave(0);
	sin_free(sin_names(a));
	ask(1, end, a);
	leave(1);
}

/* Blocks of a thread that has slabs of its own, not of the shared ones. */
static void of_a_rich_owner(size_t size)
{
	static void *block[2000];

	come();
	for (int i = 0; i < 2000; i++)
		block[i] = sin_malloc(size);
	ask(0, end, sin_names(block[1990]));
	ask(1, end, block[1990]);
	leave(0);
	leave(1);
	for (int i = 0; i < 1990; i++)
		block[i] = sin_malloc(size);
}

/* Many of them: the way a stranger's frees travel must not become a ring. */
static void strangers_in_a_row(size_t size)
{
	void *block[200];

	come();
	for (int i = 0; i < 200; i++)
		block[i] = sin_malloc(size);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 200; i += 20)
			ask(round, end, block[i]);
	leave(0);
	leave(1);
	for (int i = 0; i < 200; i++)
		block[i] = sin_malloc(size);
}

static const struct sin sins[] = {
	{ "owner-then-stranger-40", owner_then_stranger, 40, DOUBLE },
	{ "owner-then-stranger-5000", owner_then_stranger, 5000, DOUBLE },
	{ "owner-then-stranger-1MiB", owner_then_stranger, 1 << 20, GONE },
	{ "owner-then-stranger-10MiB", owner_then_stranger, 10 << 20, GONE },
	{ "stranger-then-owner-40", stranger_then_owner, 40, DOUBLE },
	{ "stranger-then-owner-5000", stranger_then_owner, 5000, DOUBLE },
	{ "stranger-then-owner-1MiB", stranger_then_owner, 1 << 20, GONE },
	{ "stranger-then-owner-10MiB", stranger_then_owner, 10 << 20, GONE },
	{ "two-strangers-40", two_strangers, 40, DOUBLE },
	{ "two-strangers-5000", two_strangers, 5000, DOUBLE },
	{ "two-strangers-1MiB", two_strangers, 1 << 20, GONE },
	{ "stranger-twice-40", stranger_twice, 40, DOUBLE },
	{ "stranger-twice-5000", stranger_twice, 5000, DOUBLE },
	{ "stranger-twice-10MiB", stranger_twice, 10 << 20, GONE },
	{ "of-the-living-40", of_the_living, 40, DOUBLE },
	{ "of-the-living-5000", of_the_living, 5000, DOUBLE },
	{ "of-the-dead-40", of_the_dead, 40, GONE },
	{ "of-the-dead-5000", of_the_dead, 5000, GONE },
	{ "of-the-dead-10MiB", of_the_dead, 10 << 20, GONE },
	{ "of-the-dead-by-two-40", of_the_dead_by_two, 40, GONE },
	{ "of-the-dead-by-two-5000", of_the_dead_by_two, 5000, GONE },
	{ "of-a-rich-owner-40", of_a_rich_owner, 40, DOUBLE },
	{ "of-a-rich-owner-900", of_a_rich_owner, 900, DOUBLE },
	{ "strangers-in-a-row-64", strangers_in_a_row, 64, DOUBLE },
	{ "strangers-in-a-row-3000", strangers_in_a_row, 3000, DOUBLE },
};

int main(int argc, char **argv)
{
	return sin_main(argc, argv, sins, sizeof(sins) / sizeof(*sins));
}
