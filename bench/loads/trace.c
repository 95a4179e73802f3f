/* SPDX-License-Identifier: MIT */
/*
 * trace.c - what a real program asked of malloc, asked again: trace NAME|FILE.
 *
 * Models  a whole life of python3, gcc, redis, sqlite3 or node, over and over
 *         (bench/trace/traces/README has how each was recorded).
 * Honest  each block's ends are written when it is made and verified when it
 *         goes, as are calloc's zeros; the trace is decoded before, into
 *         memory of its own; overhead is the time of the same without malloc.
 */
#include "load.h"

#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "format.h"
#include "read.h"

#define OPS 16e6 /* at scale 1, but at least one whole life */

struct slot {
	char *block;
	uint32_t bytes;
	_Atomic uint32_t turn; /* with threads: ops done on this slot */
};

/* The ops of one thread of the replay, in their order. */
struct part {
	struct trace_op *ops;
	uint32_t *turns;
	size_t nr_ops;
};

static struct trace trace;
static struct slot *slots;
static struct part parts[LOAD_MAX_THREADS];
static pthread_barrier_t pass_done;
static long passes;
static double first_ns;

/* An end is a word, or a byte where two words would overlap. */
static inline size_t end_bytes(uint32_t bytes)
{
	return bytes < 16 ? 1 : 8;
}

static inline void write_end(char *at, uint32_t bytes, uint64_t stamp)
{
	memcpy(at, &stamp, end_bytes(bytes));
}

static inline void verify_end(const char *at, uint32_t bytes, uint64_t stamp)
{
	uint64_t got = stamp;

	memcpy(&got, at, end_bytes(bytes));
	if (got != stamp)
		load_fail("a block is not what was written to it");
}

static inline uint64_t stamp_of(const struct slot *slot)
{
	return (slot - slots + 1) * 0x9e3779b97f4a7c15u + slot->bytes;
}

static inline char *last_end(char *block, uint32_t bytes)
{
	return block + bytes - end_bytes(bytes);
}

static inline void verify(const struct slot *slot, uint64_t stamp)
{
	if (!slot->bytes)
		return;
	verify_end(slot->block, slot->bytes, stamp);
	verify_end(last_end(slot->block, slot->bytes), slot->bytes, stamp);
}

static inline void *aligned(unsigned int shift, uint32_t bytes)
{
	void *block = NULL;

	if (posix_memalign(&block, 1ul << (shift < 3 ? 3 : shift), bytes))
		return NULL;
	return block;
}

/* A block that has come: hold it, and write its ends. */
static inline void hold(struct slot *slot, char *block, uint32_t bytes)
{
	if (!block && bytes)
		load_fail("out of memory");
	slot->block = block;
	slot->bytes = bytes;
	if (!bytes)
		return;
	write_end(block, bytes, stamp_of(slot));
	write_end(last_end(block, bytes), bytes, stamp_of(slot));
}

static inline void move(struct slot *slot, uint32_t bytes)
{
	uint32_t old = slot->bytes;
	uint64_t stamp = stamp_of(slot);
	char *block;

	verify(slot, stamp);
	block = realloc(slot->block, bytes);
	if (block && old)
		verify_end(block, old < bytes ? old : bytes, stamp);
	hold(slot, block, bytes);
}

static inline void step(const struct trace_op *op)
{
	struct slot *slot = &slots[op->slot];

	switch (op->kind) {
	case TRACE_MALLOC:
		hold(slot, malloc(op->bytes), op->bytes);
		break;
	case TRACE_CALLOC:
		slot->block = calloc(1, op->bytes);
		slot->bytes = op->bytes;
		if (slot->block)
			verify(slot, 0);
		hold(slot, slot->block, op->bytes);
		break;
	case TRACE_ALIGNED:
		hold(slot, aligned(op->shift, op->bytes), op->bytes);
		break;
	case TRACE_REALLOC:
		move(slot, op->bytes);
		break;
	case TRACE_FREE:
		verify(slot, stamp_of(slot));
		free(slot->block);
		break;
	}
}

/* The same ways and the same slots, and nothing allocated. */
static inline void step_nothing(const struct trace_op *op, uintptr_t *ret_sum)
{
	struct slot *slot = &slots[op->slot];

	if (op->kind == TRACE_FREE || op->kind == TRACE_REALLOC)
		*ret_sum += (uintptr_t)slot->block ^ stamp_of(slot);
	if (op->kind == TRACE_FREE)
		return;
	slot->block = (char *)(uintptr_t)op->slot;
	slot->bytes = op->bytes;
}

static void replay(const struct part *part)
{
	for (size_t i = 0; i < part->nr_ops; i++)
		step(&part->ops[i]);
}

/*
 * With threads each op waits until the ops on its slot that came before it in
 * the record are done. The earliest op not done waits for none: no deadlock.
 */
static void replay_in_turn(const struct part *part)
{
	for (size_t i = 0; i < part->nr_ops; i++) {
		_Atomic uint32_t *turn = &slots[part->ops[i].slot].turn;

		/* pairs with the release below, in another thread */
		while (atomic_load_explicit(turn, memory_order_acquire) !=
		       part->turns[i])
			sched_yield();
		step(&part->ops[i]);
		atomic_store_explicit(turn, part->turns[i] + 1,
				      memory_order_release);
	}
}

static void new_life(void)
{
	if (pthread_barrier_wait(&pass_done) == PTHREAD_BARRIER_SERIAL_THREAD)
		for (size_t i = 0; i < trace.nr_slots; i++)
			atomic_store_explicit(&slots[i].turn, 0,
					      memory_order_relaxed);
	pthread_barrier_wait(&pass_done);
}

static void body(struct load_thread *self)
{
	const struct part *part = &parts[self->index];
	bool several = self->args->threads > 1;
	double (*clock_ns)(void) = several ? load_wall_ns : load_cpu_ns;
	double start;

	load_begin(self);
	start = clock_ns();
	for (long i = 0; i < passes; i++) {
		if (several) {
			replay_in_turn(part);
			new_life();
		} else {
			replay(part);
		}
		if (!i && !self->index)
			first_ns = clock_ns() - start;
	}
	load_end(self, passes * trace.nr_ops / self->args->threads);
}

static double walk_ns(void)
{
	volatile uintptr_t sink;
	uintptr_t sum = 0;
	double start = load_cpu_ns();

	for (long pass = 0; pass < passes; pass++) {
		for (size_t i = 0; i < trace.nr_ops; i++)
			step_nothing(&trace.ops[i], &sum);
		sink = sum;
	}
	(void)sink;
	return (load_cpu_ns() - start) / passes;
}

/* The ops of the recorded threads, dealt out to those of the replay. */
static void deal(int threads)
{
	for (int t = 0; t < threads; t++) {
		struct part *part = &parts[t];

		for (size_t i = 0; i < trace.nr_ops; i++)
			part->nr_ops += trace.threads[i] % threads == t;
		part->ops = trace_table(part->nr_ops * sizeof(*part->ops));
		part->turns = trace_table(part->nr_ops * sizeof(*part->turns));
		part->nr_ops = 0;
	}
	for (size_t i = 0; i < trace.nr_ops; i++) {
		struct part *part = &parts[trace.threads[i] % threads];
		struct slot *slot = &slots[trace.ops[i].slot];

		part->ops[part->nr_ops] = trace.ops[i];
		part->turns[part->nr_ops++] = slot->turn++;
	}
	memset(slots, 0, trace.nr_slots * sizeof(*slots));
}

/* "VmHWM:" and the like, in bytes; 0 if it cannot be told */
static double resident(const char *field)
{
	char text[4096];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	char *at;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, field);
	return at ? strtod(at + strlen(field), NULL) * 1024 : 0;
}

/* From here on VmHWM is the peak of the replay, not of the decoding. */
static double forget_peak(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, "5", 1) == 1;

	if (fd >= 0)
		close(fd);
	return done ? resident("VmRSS:") : 0;
}

static void run(const struct load_args *args)
{
	struct trace_sizes sizes;
	double before;

	trace_measure(&sizes, &trace);
	passes = load_ops(args, OPS / trace.nr_ops);
	slots = load_table(trace.nr_slots * sizeof(*slots));
	if (args->threads > 1)
		deal(args->threads);
	else
		parts[0] = (struct part){ trace.ops, NULL, trace.nr_ops };
	pthread_barrier_init(&pass_done, NULL, args->threads);
	before = forget_peak();
	load_run(args, body);
	load_figure("first", first_ns * args->threads / trace.nr_ops, "ns/op",
		    "lower");
	if (before > 0 && sizes.peak_bytes)
		load_figure("rss_peak",
			    (resident("VmHWM:") - before) / sizes.peak_bytes,
			    "ratio", "lower");
	load_figure("overhead", walk_ns() / trace.nr_ops, "ns/op", "lower");
}

static _Noreturn void usage(void)
{
	fputs("usage: trace [-s SCALE] [-t THREADS] [--info] NAME|FILE\n",
	      stderr);
	exit(2);
}

/* A NAME has no slash and no dot, and is one of those that come along. */
static const char *file_of(const char *name)
{
	static char path[4096];

	if (strpbrk(name, "/."))
		return name;
	snprintf(path, sizeof(path), "%s/%s.trace.xz", TRACE_DIR, name);
	if (access(path, F_OK)) {
		fprintf(stderr, "trace: no trace of the name %s\n", name);
		usage();
	}
	return path;
}

/* the number in TEXT if it is one in (0, MAX], else usage */
static double number(const char *text, double max)
{
	char *end;
	double n = strtod(text, &end);

	if (end == text || *end || !(n > 0 && n <= max))
		usage();
	return n;
}

int main(int argc, char **argv)
{
	static const struct option flags[] = {
		{ "info", no_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	struct load_args args = { .scale = 1, .threads = 1 };
	bool info = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "s:t:", flags, NULL)) != -1) {
		if (opt == 's')
			args.scale = number(optarg, 1e6);
		else if (opt == 't')
			args.threads = number(optarg, LOAD_MAX_THREADS);
		else if (opt == 'i')
			info = true;
		else
			usage();
	}
	if (argc - optind != 1 || args.threads < 1)
		usage();
	trace_read(&trace, file_of(argv[optind]));
	if (!trace.nr_ops)
		load_fail("an empty trace");
	if (info)
		trace_print(&trace);
	else
		run(&args);
	return 0;
}
