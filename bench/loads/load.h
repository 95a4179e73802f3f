/* SPDX-License-Identifier: MIT */
/*
 * load.h - what the load programs share: arguments, threads, clocks, stamps.
 *
 * A load is  NAME [-s SCALE] [-t THREADS] [VARIANT]  and prints one line for
 * each figure: name, value, unit, lower|higher; the first is called time.
 * Nothing here allocates while a load is measured.
 */
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum { LOAD_PAGE = 4096, LOAD_LINE = 64, LOAD_MAX_THREADS = 256 };

struct load_args {
	double scale; /* multiplies the operations */
	int threads;
	int variant;	  /* index into the variants */
	const char *text; /* NULL unless the variants are load_seconds */
};

/*
 * VARIANTS ends with NULL and its first is the default; NULL if there are
 * none; load_seconds if the load itself reads the text. THREADS is the default,
 * MAX_THREADS equal to it if that is fixed. Exits with 2 on what it does not
 * know.
 */
extern const char *const load_seconds[];

struct load_args load_parse(int argc, char **argv, const char *const *variants,
			    int threads, int max_threads);

/* OPS times the scale, at least 1 */
long load_ops(const struct load_args *args, double ops);

/* "NAME: WHAT" on stderr, exit 1 */
_Noreturn void load_fail(const char *what);

/* one line of output */
void load_figure(const char *name, double value, const char *unit,
		 const char *better);

double load_wall_ns(void);
double load_cpu_ns(void); /* of all threads of the process */

/* MiB, by statm: costs a few us, and lags behind by some 100 KiB */
double load_resident(void);

/* Zeroed memory of the load itself: mapped and present, not allocated. */
void *load_table(size_t bytes);

pthread_t load_spawn(void *(*run)(void *), void *arg);

/*
 * The form of most loads: every thread does the same on its own data.
 * load_run() runs BODY in each, the only one being the main thread itself;
 * BODY calls load_begin() after its warm-up, where all wait for each other,
 * and load_end() with the operations done. Prints time, which is CPU time of
 * one thread and else wall, and wall: ns per operation of a thread.
 */
struct load_thread {
	_Alignas(2 * LOAD_LINE) const struct load_args *args;
	int index;
	uint64_t random;
	double cpu_ns;
	double wall_ns;
	void (*body)(struct load_thread *self);
};

void load_run(const struct load_args *args,
	      void (*body)(struct load_thread *self));
/* the same, printing nothing; returns wall */
double load_measure(const struct load_args *args,
		    void (*body)(struct load_thread *self));
void load_begin(struct load_thread *self);
void load_end(struct load_thread *self, long ops);

/* never 0, and another one for each thread */
static inline uint64_t load_seed(int index)
{
	return 0x9e3779b97f4a7c15u * (index + 1);
}

static inline uint64_t load_random(uint64_t *state)
{
	uint64_t r = *state;

	r ^= r << 13;
	r ^= r >> 7;
	r ^= r << 17;
	return *state = r;
}

/* 32 random bits made a number below NR, without a division */
static inline uint32_t load_below(uint32_t bits, uint32_t nr)
{
	return (uint64_t)bits * nr >> 32;
}

/*
 * 16 bytes to 32 << DOUBLINGS: each doubling half as frequent as the one
 * before, so that all of them have the same share of the bytes.
 */
static inline size_t load_powerlaw(uint64_t r, unsigned int doublings)
{
	uint32_t low = 16u << __builtin_ctzll(r | 1ull << doublings);

	return low + load_below(r >> 32, low);
}

/*
 * Every block carries in its first word a tag that only its holder knows:
 * a block that is handed out twice, or moved wrongly, fails the load.
 */
static inline void load_stamp(void *block, uint64_t tag)
{
	if (!block)
		load_fail("out of memory");
	*(volatile uint64_t *)block = tag;
}

static inline void load_check(const void *block, uint64_t tag)
{
	if (*(const volatile uint64_t *)block != tag)
		load_fail("a block is not what was written to it");
}

static inline void *load_get(size_t bytes, uint64_t tag)
{
	void *block = malloc(bytes);

	load_stamp(block, tag);
	return block;
}

static inline void load_put(void *block, uint64_t tag)
{
	load_check(block, tag);
	free(block);
}

/* One byte in each page; the first has its stamp. */
static inline void load_touch(void *block, size_t bytes)
{
	for (size_t at = LOAD_PAGE; at < bytes; at += LOAD_PAGE)
		((volatile char *)block)[at] = 1;
}
