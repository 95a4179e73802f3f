/* SPDX-License-Identifier: MIT */
/*
 * read.c - kept traces: xz's output, checked record by record, made into ops.
 *
 * Owns    the decoded trace. All of it is mapped: the heap of the allocator
 *         that is to be measured sees nothing of the decoding.
 * Calls   xz, as a process, without the preload.
 */
#include "read.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format.h"

#define NONE UINT32_MAX

enum {
	LISTS = 64, /* of free slots; threads share them */
	MAX_SHIFT = 31,
};

struct reader {
	const char *file;
	const unsigned char *at;
	const unsigned char *end;
	struct trace *trace;
	uint32_t *slot_of; /* by block: NONE once it is freed */
	uint32_t *next;	   /* by slot: the next that is free */
	uint32_t free[LISTS];
	size_t thread;
};

static _Noreturn void fail(const char *file, const char *what)
{
	fprintf(stderr, "trace: %s: %s\n", file, what);
	_exit(1);
}

void *trace_table(size_t bytes)
{
	void *table = mmap(NULL, bytes + 1, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (table == MAP_FAILED)
		fail("table", "no memory");
	return table;
}

static pid_t start_xz(const char *file, int *ret_fd)
{
	const char *const argv[] = { "xz", "-dc", "--", file, NULL };
	char *env[] = { NULL };
	posix_spawn_file_actions_t actions;
	int fds[2];
	pid_t pid;

	if (access(file, R_OK))
		fail(file, "cannot be read");
	if (pipe2(fds, O_CLOEXEC) || posix_spawn_file_actions_init(&actions) ||
	    posix_spawn_file_actions_adddup2(&actions, fds[1], 1) ||
	    posix_spawnp(&pid, "xz", &actions, NULL,
			 (char *const *)(uintptr_t)argv, env))
		fail(file, "cannot run xz");
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	*ret_fd = fds[0];
	return pid;
}

static void unpack(struct reader *r)
{
	size_t room = 1 << 20, bytes = 0;
	unsigned char *text = trace_table(room);
	int fd, status;
	pid_t pid = start_xz(r->file, &fd);
	ssize_t n;

	while ((n = read(fd, text + bytes, room - bytes)) > 0) {
		bytes += n;
		if (bytes < room)
			continue;
		text = mremap(text, room + 1, 2 * room + 1, MREMAP_MAYMOVE);
		if (text == MAP_FAILED)
			fail(r->file, "no memory");
		room *= 2;
	}
	close(fd);
	if (n || waitpid(pid, &status, 0) != pid || status)
		fail(r->file, "xz cannot unpack it");
	r->at = text;
	r->end = text + bytes;
}

static uint64_t number(struct reader *r)
{
	uint64_t n = 0;

	for (int shift = 0; r->at < r->end && shift < 64; shift += 7) {
		unsigned char byte = *r->at++;

		n |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return n;
	}
	fail(r->file, "damaged: it ends too early");
}

static uint64_t number_below(struct reader *r, uint64_t end, const char *what)
{
	uint64_t n = number(r);

	if (n >= end)
		fail(r->file, what);
	return n;
}

static struct trace_op *add(struct reader *r, enum trace_kind kind,
			    uint32_t slot)
{
	struct trace_op *op = &r->trace->ops[r->trace->nr_ops];

	r->trace->threads[r->trace->nr_ops++] = r->thread;
	op->kind = kind;
	op->slot = slot;
	return op;
}

static uint32_t take_slot(struct reader *r)
{
	uint32_t *first = &r->free[r->thread % LISTS];
	uint32_t slot = *first;

	if (slot != NONE) {
		*first = r->next[slot];
		return slot;
	}
	if (r->trace->nr_slots == TRACE_MAX_SLOTS)
		fail(r->file, "more blocks live than a replay can hold");
	return r->trace->nr_slots++;
}

static void make(struct reader *r, enum trace_kind kind, uint64_t blocks)
{
	struct trace *t = r->trace;
	uint32_t slot = take_slot(r);
	struct trace_op *op = add(r, kind, slot);

	if (t->nr_blocks == blocks)
		fail(r->file, "damaged: more blocks than it says");
	r->slot_of[t->nr_blocks++] = slot;
	if (kind == TRACE_ALIGNED)
		op->shift = number_below(r, MAX_SHIFT, "damaged: alignment");
	op->bytes = number_below(r, TRACE_MAX_BYTES + 1, "damaged: size");
}

static void change(struct reader *r, enum trace_kind kind)
{
	struct trace *t = r->trace;
	size_t age = number_below(r, t->nr_blocks, "damaged: no such block");
	uint32_t *slot = &r->slot_of[t->nr_blocks - 1 - age];
	struct trace_op *op;

	if (*slot == NONE)
		fail(r->file, "damaged: a block is used after its free");
	op = add(r, kind, *slot);
	if (kind == TRACE_REALLOC) {
		op->bytes =
			number_below(r, TRACE_MAX_BYTES + 1, "damaged: size");
		return;
	}
	r->next[*slot] = r->free[r->thread % LISTS];
	r->free[r->thread % LISTS] = *slot;
	*slot = NONE;
}

static void record(struct reader *r, uint64_t blocks)
{
	enum trace_kind kind = number(r);

	switch (kind) {
	case TRACE_MALLOC:
	case TRACE_CALLOC:
	case TRACE_ALIGNED:
		make(r, kind, blocks);
		break;
	case TRACE_REALLOC:
	case TRACE_FREE:
		change(r, kind);
		break;
	case TRACE_THREAD:
		r->thread = number_below(r, UINT16_MAX + 1, "damaged: thread");
		if (r->thread >= r->trace->nr_threads)
			r->trace->nr_threads = r->thread + 1;
		break;
	default:
		fail(r->file, "damaged: no such record");
	}
}

void trace_read(struct trace *ret_trace, const char *file)
{
	struct reader r = { .file = file, .trace = ret_trace };
	const unsigned char *text;
	uint64_t records, blocks;

	unpack(&r);
	text = r.at;
	if (r.end - r.at < (ptrdiff_t)strlen(TRACE_MAGIC) ||
	    memcmp(r.at, TRACE_MAGIC, strlen(TRACE_MAGIC)))
		fail(file, "not a trace");
	r.at += strlen(TRACE_MAGIC);
	/* no record is shorter than two bytes, so these bound the tables */
	records = number_below(&r, r.end - r.at, "damaged: it ends too early");
	blocks = number_below(&r, records + 1, "damaged: too many blocks");
	*ret_trace = (struct trace){ .nr_threads = 1 };
	ret_trace->ops =
		trace_table((records + blocks) * sizeof(*ret_trace->ops));
	ret_trace->threads = trace_table((records + blocks) * sizeof(uint16_t));
	r.slot_of = trace_table(blocks * sizeof(*r.slot_of));
	r.next = trace_table(blocks * sizeof(*r.next));
	memset(r.free, 0xff, sizeof(r.free));
	while (records--)
		record(&r, blocks);
	if (r.at != r.end || ret_trace->nr_blocks != blocks)
		fail(file, "damaged: its parts do not agree");
	for (size_t i = 0; i < blocks; i++) {
		if (r.slot_of[i] == NONE)
			continue;
		add(&r, TRACE_FREE, r.slot_of[i]);
		ret_trace->nr_left++;
	}
	munmap(r.slot_of, blocks * sizeof(*r.slot_of) + 1);
	munmap(r.next, blocks * sizeof(*r.next) + 1);
	munmap((void *)(uintptr_t)text, r.end - text);
}
