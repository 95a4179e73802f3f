/* SPDX-License-Identifier: MIT */
/*
 * guard_cases.c - fifty uses after free: by every kind of access, of every kind
 * of block, at the edges, after a fork, where an address was used again.
 *
 * If the guard only reports, each case continues after the touch, and sees that the
 * memory is lent again as zeroes.
 */
#include "guard_touch.h"

#include <sys/prctl.h>

enum story {
	PLAIN,
	REUSED,		/* lent again and used between, without a fault */
	OF_THE_DEAD,	/* freed by a thread that has ended */
	IN_PARENT,	/* after a fork */
	IN_CHILD,	/* by a child with a keeper of its own */
	/*
	 * By a child of _Fork(): no handler of hakmem runs in it, so it has no
	 * keeper until it calls malloc, and nothing is guarded there.
	 */
	IN_YOUNG_CHILD,
	UNTOUCHED,
};

struct guard_sin {
	enum guard_op op;
	enum guard_place place;
	enum story story;
};

static struct cold cold;
static uint64_t unguarded;	/* what went back before there was a keeper */
static char *cold_before[4096];
static int nr_cold_before;

static bool was_cold(const char *block)
{
	for (int i = 0; i < nr_cold_before; i++)
		if (cold_before[i] == superslab_of(block))
			return true;
	return false;
}

static void note_cold(void)
{
	char *last = NULL;

	for (size_t i = 0; i < cold.count; i++) {
		char *base = superslab_of(cold.block[i]);

		if (base != last && nr_cold_before < 4096 &&
		    is_cold(cold.block[i], cold.size))
			cold_before[nr_cold_before++] = base;
		last = base;
	}
}

static bool uses_cold_again(void)
{
	for (size_t i = cold.count / 2; i < cold.count; i++)
		if (was_cold(cold.block[i]))
			return true;
	return false;
}

static bool is_there(long suits)
{
	return cold_pick(&cold, suits ? was_cold : NULL) != NULL;
}

static char *victim(bool reused)
{
	if (!ktap_await(is_there, reused, PATIENCE))
		guard_give_up("nothing of it is cold");
	if (ktap_stat(HAK_STAT_UNGUARDED) != unguarded)
		guard_give_up("some of it is not guarded");
	return cold_pick(&cold, reused ? was_cold : NULL);
}

/* ---- by whom, and when ---- */

static struct sinner {
	pthread_t thread;
	sem_t go;
	const struct guard_sin *sin;
	char *at;
} sinner;

static void *wait_and_sin(void *unused)
{
	prctl(PR_SET_NAME, "another (one)");
	while (sem_wait(&sinner.go))
		;
	guard_touch(sinner.sin->op, sinner.at);
	return unused;
}

static void lend_again(void)
{
	long before = (long)ktap_stat(HAK_STAT_TOUCHED);

	cold_fill(&cold, true);
	cold_drain(&cold);
	if (!touched_is(before))
		guard_give_up("lent memory is guarded");
}

static void make(size_t size)
{
	if (!cold_make(&cold, size))
		guard_give_up("too little of it is guarded");
}

/* what is freed first makes the keeper, and may go back without it */
static void make_with_keeper(size_t size)
{
	make(size);
	unguarded = ktap_stat(HAK_STAT_UNGUARDED);
	make(size);
}

static void *make_in_thread(void *size)
{
	make(*(size_t *)size);
	return NULL;
}

static void sin_in_child(const struct guard_case *it)
{
	int status;
	pid_t pid = it->sin->story == IN_YOUNG_CHILD ? _Fork() : fork();

	if (!pid) {
		alarm(2 * PATIENCE);
		if (it->sin->story == IN_CHILD)
			make_with_keeper(it->size);
		if (it->sin->story == IN_YOUNG_CHILD) {
			char *at = cold_pick(&cold, NULL);

			_exit(!at || *(volatile char *)at);
		}
		guard_touch(it->sin->op,
			    guard_aim(&cold, victim(false), it->sin->place));
		lend_again();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		guard_give_up("no child");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
		abort();
	_exit(status ? 1 : 0);
}

static void fork_and_go_on(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static void prepare(const struct guard_case *it)
{
	pthread_t thread;

	if (it->sin->story != OF_THE_DEAD)
		make(it->size);
	else if (pthread_create(&thread, NULL, make_in_thread,
				(void *)(uintptr_t)&it->size) ||
		 pthread_join(thread, NULL))
		guard_give_up("no thread");
	/*
	 * A busy keeper may still hold the memory which is cold already, and
	 * the blocks then lie elsewhere.
	 */
	for (int i = 0; it->sin->story == REUSED && !uses_cold_again(); i++) {
		if (i == 20)
			guard_give_up("no cold memory is lent again");
		victim(false);
		note_cold();
		make(it->size);
	}
	if (it->sin->story == IN_PARENT)
		fork_and_go_on();
	if (!touched_is(0))
		guard_give_up("touched too soon");
}

int guard_commit(int nr)
{
	const struct guard_case *it = &guard_cases[nr];

	/* A page's protection is inherited, and so is who answers for it. */
	if (it->sin->story == IN_YOUNG_CHILD &&
	    guard_mode() != HAK_MODE_ON && guard_mode() != HAK_MODE_USER_ONLY)
		return SKIPPED;
	sinner.sin = it->sin;
	if (it->other && (sem_init(&sinner.go, 0, 0) ||
			  pthread_create(&sinner.thread, NULL, wait_and_sin,
					 NULL)))
		return SKIPPED;
	prepare(it);
	if (it->sin->story == UNTOUCHED) {
		for (int i = 0; i < 4; i++)
			lend_again();
		ktap_pause(100);
		return !touched_is(0);
	}
	if (it->sin->story == IN_CHILD || it->sin->story == IN_YOUNG_CHILD)
		sin_in_child(it);
	sinner.at = guard_aim(&cold, victim(it->sin->story == REUSED),
			      it->sin->place);
	if (it->other) {
		sem_post(&sinner.go);
		pthread_join(sinner.thread, NULL);
	} else {
		guard_touch(it->sin->op, sinner.at);
	}
	lend_again();
	return 0;
}

/* ---- the table ---- */

#define SIN(op, place, story) \
	&(const struct guard_sin){ OP_##op, AT_##place, story }
#define CASE(name, op, place, story, size) \
	{ name, SIN(op, place, story), size, false, false }
#define QUIET(name, story, size) \
	{ name, SIN(READ, START, story), size, false, true }
#define BY_ALL(op, place, size, what) \
	{ what, SIN(op, place, PLAIN), size, false, false }, \
	{ what ", by another thread", SIN(op, place, PLAIN), size, true, false }
#define BOTH(place, story, size, what) \
	CASE("read " what, READ, place, story, size), \
	CASE("write " what, WRITE, place, story, size)

const struct guard_case guard_cases[] = {
	BY_ALL(READ, MIDDLE, 64, "read of 64 bytes"),
	BY_ALL(READ, MIDDLE, 1024, "read of 1 KiB"),
	BY_ALL(READ, MIDDLE, 64 * KIB, "read of 64 KiB"),
	BY_ALL(READ, MIDDLE, 5 * MIB, "read of 5 MiB"),
	BY_ALL(WRITE, MIDDLE, 64, "write of 64 bytes"),
	BY_ALL(WRITE, MIDDLE, 1024, "write of 1 KiB"),
	BY_ALL(WRITE, MIDDLE, 64 * KIB, "write of 64 KiB"),
	BY_ALL(WRITE, MIDDLE, 5 * MIB, "write of 5 MiB"),
	BOTH(START, PLAIN, 64 * KIB, "at a block's first byte"),
	BOTH(END, PLAIN, 64 * KIB, "at a block's last byte"),
	BOTH(START, PLAIN, 5 * MIB, "at a large block's first byte"),
	BOTH(END, PLAIN, 5 * MIB, "at a large block's last byte"),
	BOTH(SLAB_FIRST, PLAIN, 64, "at a superslab's first byte"),
	BOTH(SLAB_LAST, PLAIN, 64, "at a superslab's last byte"),
	CASE("read behind a large block, to its run's end", READ, SLAB_LAST,
	     PLAIN, 5 * MIB),
	BOTH(MIDDLE, REUSED, 64, "of 64 bytes used again"),
	BOTH(MIDDLE, REUSED, 64 * KIB, "of 64 KiB used again"),
	BOTH(MIDDLE, REUSED, 5 * MIB, "of 5 MiB used again"),
	BOTH(START, OF_THE_DEAD, 1024, "of what a thread freed that has ended"),
	BOTH(MIDDLE, IN_PARENT, 64, "after a fork, in the parent"),
	BOTH(MIDDLE, IN_CHILD, 64, "after a fork, in the child"),
	CASE("write after a fork, in the child, of 5 MiB", WRITE, MIDDLE,
	     IN_CHILD, 5 * MIB),
	CASE("memcpy from it", COPY_FROM, START, PLAIN, 1024),
	CASE("memcpy to it", COPY_TO, START, PLAIN, 1024),
	CASE("memset", FILL, START, PLAIN, 64 * KIB),
	CASE("strlen", LENGTH, START, PLAIN, 64),
	CASE("atomic add", ADD, START, PLAIN, 64),
	CASE("atomic compare and exchange", EXCHANGE, START, PLAIN, 64),
	CASE("eight bytes over a page's edge", ACROSS, EDGE, PLAIN, 64 * KIB),
	CASE("read(2) into it", SYS_READ, START, PLAIN, 64 * KIB),
	CASE("write(2) from it", SYS_WRITE, START, PLAIN, 64 * KIB),
	CASE("read(2) into a large block", SYS_READ, START, PLAIN, 5 * MIB),
	QUIET("read in a child without a keeper yet", IN_YOUNG_CHILD, 64),
	QUIET("no touch of 64 bytes", UNTOUCHED, 64),
	QUIET("no touch of 64 KiB", UNTOUCHED, 64 * KIB),
	QUIET("no touch of 5 MiB", UNTOUCHED, 5 * MIB),
};
const int guard_nr_cases = sizeof(guard_cases) / sizeof(*guard_cases);
