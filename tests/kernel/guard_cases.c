/* SPDX-License-Identifier: MIT */
/*
 * guard_cases.c - fifty uses after free: by every kind of access, of every kind
 * of block, at the edges, after a fork, where an address was used again.
 *
 * Where the guard only reports, each goes on to see that the page it touched
 * is zero, is the only one let in, was counted, and is lent again as zeroes.
 */
#include "guard.h"

#include <malloc.h>
#include <sys/prctl.h>

enum op {
	OP_READ,
	OP_WRITE,
	OP_COPY_FROM,
	OP_COPY_TO,
	OP_FILL,
	OP_ADD,
	OP_EXCHANGE,
	OP_ACROSS,	/* eight bytes, over the edge of a page */
	OP_LENGTH,
	OP_SYS_READ,	/* the kernel writes there */
	OP_SYS_WRITE,	/* the kernel reads there */
};

static const struct op_facts {
	const char *kind;
	size_t bytes;	/* that are touched */
	size_t written;
	int pages;
	bool by_kernel;
} facts[] = {
	[OP_READ] = { "read", 1, 0, 1, false },
	[OP_WRITE] = { "write", 1, 1, 1, false },
	[OP_COPY_FROM] = { "read", 64, 0, 1, false },
	[OP_COPY_TO] = { "write", 64, 64, 1, false },
	[OP_FILL] = { "write", 64, 64, 1, false },
	[OP_ADD] = { "write", 8, 8, 1, false },
	[OP_EXCHANGE] = { "write", 8, 8, 1, false },
	[OP_ACROSS] = { "read", 8, 0, 2, false },
	[OP_LENGTH] = { "read", 64, 0, 1, false },
	[OP_SYS_READ] = { "write", 64, 64, 1, true },
	[OP_SYS_WRITE] = { "read", 64, 0, 1, true },
};

enum place { AT_START, AT_MIDDLE, AT_END, AT_SLAB_FIRST, AT_SLAB_LAST, AT_EDGE };

enum story {
	PLAIN,
	REUSED,		/* lent again and used between, without a fault */
	OF_THE_DEAD,	/* freed by a thread that has ended */
	IN_PARENT,	/* after a fork */
	IN_CHILD,	/* by a child with a keeper of its own */
	IN_YOUNG_CHILD,	/* by one that has none yet: nothing is guarded there */
	UNTOUCHED,
};

struct guard_sin {
	enum op op;
	enum place place;
	enum story story;
};

/* ---- cold memory ---- */

static __attribute__((noreturn)) void give_up(const char *why)
{
	ksft_print_msg("%s; guarded %lu, unguarded %lu, touched %lu, mode %d",
		       why, ktap_stat(HAK_STAT_GUARDED),
		       ktap_stat(HAK_STAT_UNGUARDED),
		       ktap_stat(HAK_STAT_TOUCHED),
		       atomic_load(&guard_stats()->guard));
	_exit(1);
}

static void fill(struct cold *cold, bool zero)
{
	for (size_t i = 0; i < cold->count; i++) {
		char *block = zero ? calloc(1, cold->size) : malloc(cold->size);

		if (!block)
			give_up("no memory");
		for (size_t at = 0; zero && at < cold->size; at++)
			if (block[at])
				give_up("calloc of bytes not zero");
		memset(block, 0x5a, cold->size);
		cold->block[i] = block;
	}
	cold->usable = malloc_usable_size(cold->block[0]);
}

static void drain(struct cold *cold)
{
	for (size_t i = 0; i < cold->count; i++)
		free(ktap_opaque(cold->block[i]));
}

bool cold_make(struct cold *cold, size_t size)
{
	enum hak_mode mode = guard_mode();	/* it is on by then */
	long before = (long)ktap_stat(HAK_STAT_GUARDED);
	/* what is full of its blocks; some stay with the thread's cache */
	long least = (long)(COLD_BYTES / SUPERSLAB) * 3 / 4;

	cold->size = size;
	cold->count = COLD_BYTES / size;
	cold->block = mmap(NULL, cold->count * sizeof(char *),
			   PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (cold->block == MAP_FAILED || mode == HAK_MODE_OFF)
		return false;
	fill(cold, false);
	drain(cold);
	return ktap_await(guarded_from, before + least, PATIENCE);
}

char *cold_pick(const struct cold *cold, bool (*suits)(const char *block))
{
	char *last = NULL, *block;

	for (size_t i = cold->count / 2; i < cold->count; i++) {
		block = cold->block[i];
		if (superslab_of(block) == last)
			continue;
		last = superslab_of(block);
		if (is_cold(block, cold->size) && (!suits || suits(block)))
			return block;
	}
	return NULL;
}

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

static bool is_there(long suits)
{
	return cold_pick(&cold, suits ? was_cold : NULL) != NULL;
}

static char *victim(bool reused)
{
	if (!ktap_await(is_there, reused, PATIENCE))
		give_up("nothing of it is cold");
	if (ktap_stat(HAK_STAT_UNGUARDED) != unguarded)
		give_up("some of it is not guarded");
	return cold_pick(&cold, reused ? was_cold : NULL);
}

/* ---- the sin ---- */

void guard_announce(const char *kind, const void *at, size_t bytes)
{
	char name[20] = "", text[96];
	int len;

	prctl(PR_GET_NAME, name);
	len = snprintf(text, sizeof(text), "touch %p %zu %s %d %s\n", at,
		       bytes, kind, gettid(), name);
	ktap_write(text, len);
}

/* By the kernel, from or into a pipe: the bytes that went, or -errno. */
static long by_kernel(enum op op, char *at)
{
	char bytes[64];
	long done;
	int ends[2];

	memset(bytes, 0x77, sizeof(bytes));
	if (pipe2(ends, O_CLOEXEC))
		give_up("no pipe");
	if (op == OP_SYS_READ) {
		if (write(ends[1], bytes, 64) != 64)
			give_up("no room in a pipe");
		done = read(ends[0], at, 64);
	} else {
		done = write(ends[1], at, 64);
	}
	done = done < 0 ? -errno : done;
	close(ends[0]);
	close(ends[1]);
	return done;
}

static long touch(enum op op, char *at)
{
	uint64_t all = 0x7777777777777777u, none = 0;
	char bytes[64];

	switch (op) {
	case OP_READ:
		return *(volatile char *)at;
	case OP_WRITE:
		*(volatile char *)at = 0x77;
		return 0;
	case OP_COPY_FROM:
		memcpy(ktap_opaque(&bytes[0]), at, 64);
		return ktap_opaque(&bytes[0])[63];
	case OP_COPY_TO:
		memset(bytes, 0x77, sizeof(bytes));
		memcpy(at, ktap_opaque(&bytes[0]), 64);
		return 0;
	case OP_FILL:
		memset(at, 0x77, 64);
		return 0;
	case OP_ADD:
		return (long)__atomic_fetch_add((uint64_t *)at, all,
						__ATOMIC_SEQ_CST);
	case OP_EXCHANGE:
		return !__atomic_compare_exchange_n((uint64_t *)at, &none, all,
						    false, __ATOMIC_SEQ_CST,
						    __ATOMIC_SEQ_CST);
	case OP_ACROSS:
		memcpy(&all, ktap_opaque(at), sizeof(all));
		return (long)ktap_opaque(all);
	case OP_LENGTH:
		return (long)strlen(ktap_opaque(at));
	default:
		return by_kernel(op, at) != 64;
	}
}

static char *aim(char *block, enum place place)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *last = block + cold.usable - 1;

	switch (place) {
	case AT_START:
		return block;
	case AT_MIDDLE:
		return block + cold.size / 2 + 8;
	case AT_END:
		return last;
	case AT_SLAB_FIRST:
		return superslab_of(block);
	case AT_SLAB_LAST:
		return superslab_of(last) + SUPERSLAB - 1;
	default:
		block += cold.size / 2;
		return block + page - (uintptr_t)block % page - 4;
	}
}

/* what was written there and nothing else, and no page beside it */
static void look_at(const char *at, const struct op_facts *fact)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const char *from = at - (uintptr_t)at % page;
	const char *end = from + page * (size_t)fact->pages;
	const char *base = superslab_of(at);
	unsigned char there;

	for (const char *p = from; p < end; p++)
		if (*(const volatile char *)p !=
		    (p >= at && p < at + fact->written ? 0x77 : 0))
			give_up("the page is not zero, but for what was written");
	for (const char *p = base; p < base + SUPERSLAB; p += page)
		if (mincore((void *)(uintptr_t)p, page, &there) ||
		    (there & 1) != (p >= from && p < end))
			give_up("other pages than that were let in");
}

static bool kernel_is_seen(void)
{
	return guard_mode() == HAK_MODE_ON;
}

static void sin_at(char *at, const struct guard_sin *sin)
{
	const struct op_facts *fact = &facts[sin->op];
	long before = (long)ktap_stat(HAK_STAT_TOUCHED);

	if (fact->by_kernel && !kernel_is_seen()) {
		if (by_kernel(sin->op, at) != -EFAULT)
			give_up("the kernel reached what is guarded");
		if (!touched_is(before))
			give_up("what the kernel did was counted");
		return;
	}
	for (int i = 0; i < fact->pages; i++)
		guard_announce(fact->kind, at, fact->bytes);
	if (touch(sin->op, at))
		give_up("what was read there is not zero");
	if (guard_traps())
		give_up("it was let go on");
	look_at(at, fact);
	if (!ktap_await(touched_is, before + fact->pages, PATIENCE))
		give_up("not counted as it should be");
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
	sin_at(sinner.at, sinner.sin);
	return unused;
}

static void lend_again(void)
{
	long before = (long)ktap_stat(HAK_STAT_TOUCHED);

	fill(&cold, true);
	drain(&cold);
	if (!touched_is(before))
		give_up("lent memory is guarded");
}

static void make(size_t size)
{
	if (!cold_make(&cold, size))
		give_up("too little of it is guarded");
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
	pid_t pid = fork();

	if (!pid) {
		alarm(2 * PATIENCE);
		if (it->sin->story == IN_CHILD)
			make_with_keeper(it->size);
		if (it->sin->story == IN_YOUNG_CHILD) {
			char *at = cold_pick(&cold, NULL);

			_exit(!at || *(volatile char *)at);
		}
		sin_at(aim(victim(false), it->sin->place), it->sin);
		lend_again();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		give_up("no child");
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
		give_up("no thread");
	if (it->sin->story == REUSED) {
		victim(false);
		note_cold();
		make(it->size);
	}
	if (it->sin->story == IN_PARENT)
		fork_and_go_on();
	if (!touched_is(0))
		give_up("touched too soon");
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
	sinner.at = aim(victim(it->sin->story == REUSED), it->sin->place);
	if (it->other) {
		sem_post(&sinner.go);
		pthread_join(sinner.thread, NULL);
	} else {
		sin_at(sinner.at, it->sin);
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
