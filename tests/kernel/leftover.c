/* SPDX-License-Identifier: MIT */
/*
 * leftover.c - what a program told the kernel of a large block does not reach
 * the next owner of its memory, and does not keep the rest of it from the kernel.
 *
 * Blocks are treated, freed and allocated again; then the kernel is to have noted
 * of all of them what it notes of a block that nobody touched.
 */
#include "util.h"

#include "ktap_stats.h"

#include <malloc.h>
#include <pthread.h>

#define BLOCKS 8
#define BYTES  (4 * MIB) /* of superslabs, to the end of the last */

static char *block[BLOCKS];

/* ---- what the kernel has noted ---- */

/* Flags that come and go by themselves. */
static void forget(char *flags)
{
	static const char *const loose[] = { " sd", " ac" };

	for (size_t i = 0; i < 2; i++) {
		char *at = strstr(flags, loose[i]);

		if (at)
			memmove(at, at + 3, strlen(at + 3) + 1);
	}
}

/* How many mappings of [from, from + bytes) have other flags than `usual`. */
static int others(const char *from, size_t bytes, const char *usual)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	unsigned long low, high;
	char line[512];
	bool here = false;
	int n = 0;

	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx ", &low, &high) == 2)
			here = low < (uintptr_t)from + bytes &&
			       (uintptr_t)from < high;
		if (!here || strncmp(line, "VmFlags:", 8))
			continue;
		forget(line);
		if (strcmp(line, usual)) {
			n++;
			ksft_print_msg("%s", line);
		}
	}
	if (maps)
		fclose(maps);
	return n;
}

static void usual_flags(const char *at, char usual[512])
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	unsigned long low, high;
	bool here = false;

	while (maps && fgets(usual, 512, maps)) {
		if (sscanf(usual, "%lx-%lx ", &low, &high) == 2)
			here = low <= (uintptr_t)at && (uintptr_t)at < high;
		else if (here && !strncmp(usual, "VmFlags:", 8))
			break;
	}
	if (maps)
		fclose(maps);
	forget(usual);
}

/* ---- what a program may do to it ---- */

enum { LOCK = 1000, READ_ONLY, NO_ACCESS, UNMAP };

static const struct mark {
	int advice;
	const char *name;
} marks[] = {
	{ MADV_NORMAL, "nothing" }, /* a witness of the test itself */
	{ MADV_DONTFORK, "DONTFORK" },
	{ MADV_DONTDUMP, "DONTDUMP" },
	{ MADV_NOHUGEPAGE, "NOHUGEPAGE" },
	{ MADV_WIPEONFORK, "WIPEONFORK" },
	{ MADV_MERGEABLE, "MERGEABLE" },
	{ MADV_RANDOM, "RANDOM" },
	{ MADV_SEQUENTIAL, "SEQUENTIAL" },
	{ LOCK, "mlock" },
	{ READ_ONLY, "PROT_READ" },
	{ NO_ACCESS, "PROT_NONE" },
	{ UNMAP, "munmap" },
};
#define MARKS ((long)(sizeof(marks) / sizeof(*marks)))

static int treat(char *at, size_t bytes, int advice)
{
	switch (advice) {
	case LOCK:
		return mlock(at, bytes);
	case READ_ONLY:
		return mprotect(at, bytes, PROT_READ);
	case NO_ACCESS:
		return mprotect(at, bytes, PROT_NONE);
	case UNMAP:
		return munmap(at, bytes);
	default:
		return madvise(at, bytes, advice);
	}
}

/* ---- to which part of which blocks, and in what order they are freed ---- */

enum part { WHOLE, FIRST, MIDDLE, LAST };

static const struct where {
	enum part part;
	unsigned blocks; /* a bit for each */
	int order[BLOCKS];
	const char *name;
} wheres[] = {
	{ WHOLE, 0x10, { 4, 0, 1, 2, 3, 5, 6, 7 }, "a whole block" },
	{ FIRST, 0x10, { 0, 1, 2, 3, 4, 5, 6, 7 }, "its first page" },
	{ MIDDLE, 0x24, { 7, 6, 5, 4, 3, 2, 1, 0 }, "a page within" },
	{ LAST, 0x88, { 3, 4, 2, 5, 1, 6, 7, 0 }, "its last page" },
	{ WHOLE, 0xff, { 3, 4, 2, 5, 1, 6, 7, 0 }, "all, from the middle on" },
	{ WHOLE, 0x38, { 4, 3, 5, 0, 1, 2, 6, 7 }, "neighbours" },
	{ WHOLE, 0x81, { 0, 7, 1, 2, 3, 4, 5, 6 }, "the first and the last" },
};
#define WHERES ((long)(sizeof(wheres) / sizeof(*wheres)))

static bool treat_all(const struct where *where, int advice)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t at = where->part == MIDDLE ? BYTES / 2 / page * page
		    : where->part == LAST ? BYTES - page
					  : 0;
	int err = 0;

	for (int i = 0; i < BLOCKS; i++)
		if (where->blocks >> i & 1)
			err |= treat(block[i] + at,
				     where->part == WHOLE ? BYTES : page,
				     advice);
	return !err;
}

static int run(const struct where *where, int advice)
{
	static char usual[512];
	char *witness = ktap_opaque(malloc(40 * MIB));
	char *again;
	int bad = 0;

	for (int i = 0; i < BLOCKS; i++) {
		block[i] = ktap_opaque(malloc(BYTES));
		memset(block[i], i + 1, BYTES);
	}
	witness[39 * MIB] = 1;
	usual_flags(witness + 39 * MIB, usual);
	if (!treat_all(where, advice))
		return SKIPPED;
	for (int i = 0; i < BLOCKS; i++)
		free(block[where->order[i]]);
	for (int i = 0; i < BLOCKS; i++) {
		again = ktap_opaque(calloc(1, BYTES));
		for (size_t at = 0; again && at < BYTES; at += 512)
			bad |= again[at];
		block[i] = again;
		/* The first 8 MiB have small pages: not as the witness. */
		if (again >= witness)
			bad |= others(again, BYTES, usual);
		memset(again, 1, BYTES);
	}
	for (int i = 0; i < BLOCKS; i++)
		free(block[i]);
	malloc_trim(0);
	free(witness);
	return bad;
}

static int one(long which)
{
	return run(&wheres[which / MARKS], marks[which % MARKS].advice);
}

/* ---- what stays resident ---- */

static long resident(void)
{
	return proc_number("status", "VmRSS:") / 1024;
}

/* A page of 256 MiB is locked: all the rest goes, and nothing is tried twice. */
static int locked_page(long unused)
{
	size_t bytes = 256 * MIB;
	uint64_t failed;
	char *big = ktap_opaque(malloc(bytes));
	char *next;

	(void)unused;
	memset(big, 1, bytes);
	if (mlock(big + 100 * MIB, 4096))
		return SKIPPED;
	free(big);
	malloc_trim(0);
	ksft_print_msg("%ld MiB are left of 256", resident());
	if (resident() > 24)
		return 1;
	failed = ktap_stat(HAK_STAT_DECOMMIT_FAILED);
	for (int i = 0; i < 100; i++) {
		next = ktap_opaque(malloc(80 * MIB));
		next[0] = 1;
		free(next);
	}
	return ktap_stat(HAK_STAT_DECOMMIT_FAILED) - failed > 4;
}

/* What one range did does not end a way to give memory back. */
static int way(void)
{
	static char *locked[40];

	for (int i = 0; i < 40; i++) {
		locked[i] = ktap_opaque(malloc(3 * MIB));
		/* Another block between, so that they are no neighbours. */
		if (!ktap_opaque(malloc(3 * MIB)))
			return 1;
		memset(locked[i], 1, 3 * MIB);
		if (mlock(locked[i], 4096))
			return SKIPPED;
	}
	for (int i = 0; i < 40; i++)
		free(locked[i]);
	malloc_trim(0);
	ksft_print_msg("%lu ways given up, %ld MiB resident",
		       (unsigned long)ktap_stat(HAK_STAT_METHODS_ABANDONED),
		       resident());
	return ktap_stat(HAK_STAT_METHODS_ABANDONED) || resident() > 24;
}

/*
 * Of smaller blocks, which share superslabs, it ends with what goes back to the
 * kernel.
 */
static int smaller(long advice)
{
	static char *small[300];
	size_t bytes = 700 * KIB;
	char usual[512];
	int bad = 0;

	for (int i = 0; i < 300; i++)
		small[i] = ktap_opaque(malloc(bytes));
	usual_flags(small[299], usual);
	for (int i = 40; i < 250; i += 7) {
		char *page = small[i] + 8 * KIB;

		page -= (uintptr_t)page % 4096;
		memset(small[i], 1, bytes);
		if (treat(page, 3 * 4096, (int)advice))
			return SKIPPED;
	}
	for (int i = 0; i < 300; i++)
		free(small[i]);
	malloc_trim(0);
	if (resident() > 24)
		return 1;
	for (int i = 0; i < 300; i++) {
		small[i] = ktap_opaque(malloc(bytes));
		memset(small[i], 2, bytes);
	}
	for (int i = 40; i < 250; i++)
		bad |= others(small[i], bytes, usual);
	return bad;
}

/* In one thread and one process of several: a child has the half of it. */
static int forked(long advice)
{
	int status;
	pid_t pid;

	for (int i = 0; i < BLOCKS; i++) {
		block[i] = ktap_opaque(malloc(BYTES));
		memset(block[i], i + 1, BYTES);
	}
	if (treat(block[3], BYTES, (int)advice))
		return SKIPPED;
	pid = fork();
	if (!pid) {
		for (int i = 0; i < BLOCKS; i++)
			free(block[i]);
		for (int i = 0; i < BLOCKS; i++) {
			block[i] = ktap_opaque(calloc(1, BYTES));
			for (size_t at = 0; at < BYTES; at += 512)
				if (block[i][at])
					_exit(1);
			memset(block[i], 1, BYTES);
		}
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return status || block[3][0] != 4;
}

/* ---- many at once ---- */

static _Atomic bool stop, bad_bytes;

static void *work(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;
	size_t bytes[4] = { 0 };
	char *held[4] = { 0 };

	while (!stop) {
		int i = rand_r(&seed) % 4;

		if (held[i]) {
			for (size_t at = 0; at < bytes[i]; at += 64 * KIB)
				if (held[i][at] != (char)i)
					bad_bytes = true;
			free(held[i]);
			held[i] = NULL;
			continue;
		}
		bytes[i] = 2 * MIB + 4096 * (1 + (size_t)rand_r(&seed) % 1500);
		held[i] = ktap_opaque(malloc(bytes[i]));
		for (size_t at = 0; at < bytes[i]; at += 64 * KIB)
			held[i][at] = (char)i;
		treat(held[i], rand_r(&seed) % 2 ? bytes[i] : 4096,
		      marks[(size_t)rand_r(&seed) % 10].advice);
	}
	for (int i = 0; i < 4; i++)
		free(held[i]);
	return NULL;
}

/* A block that is read-only still, or a page that is not there: a signal. */
static int many(long unused)
{
	pthread_t thread[3];

	(void)unused;
	for (uintptr_t i = 0; i < 3; i++)
		if (pthread_create(&thread[i], NULL, work, (void *)(i + 1)))
			return SKIPPED;
	for (int i = 0; i < 10; i++) {
		ktap_pause(150);
		malloc_trim(0);
	}
	stop = true;
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	return bad_bytes;
}

int main(int argc, char **argv)
{
	const char *exe;
	char name[80];

	ktap_preload(argv);
	if (argc > 1)
		return way();
	exe = self_path();
	for (long i = 0; i < WHERES * MARKS; i++) {
		snprintf(name, sizeof(name), "%s: %s", marks[i % MARKS].name,
			 wheres[i / MARKS].name);
		in_child(one, i, name);
	}
	in_child(locked_page, 0, "a locked page stays, the rest goes");
	for (long i = 0; i < MARKS; i++) {
		snprintf(name, sizeof(name), "%s: pages of smaller blocks",
			 marks[i].name);
		in_child(smaller, marks[i].advice, name);
	}
	in_child(many, 0, "all of it by three threads at once");
	in_child(forked, MADV_DONTFORK, "a child without a block of its heap");
	in_child(forked, MADV_WIPEONFORK, "a child with an empty one");
	setenv("HAKMEM_DECOMMIT_VIA", "vector", 1);
	in_exec(NULL, 0, exe, "w", "locked pages end no way to give back");
	return ksft_finished();
}
