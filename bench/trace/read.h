/* SPDX-License-Identifier: MIT */
/*
 * read.h - a kept trace, decoded into memory of its own for the replay.
 *
 * A block has a slot while it lives, and the slot then goes to the next block
 * that this thread makes: the table of the replay stays as small as the heap.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { TRACE_MAX_SLOTS = 1 << 24 };

struct trace_op {
	uint32_t kind : 3; /* enum trace_kind */
	uint32_t shift : 5;
	uint32_t slot : 24;
	uint32_t bytes;
};

struct trace {
	struct trace_op *ops;
	uint16_t *threads; /* whose each op is; those beyond 65,535 share */
	size_t nr_ops;	   /* with one more free for each block that is left */
	size_t nr_blocks;
	size_t nr_slots;
	size_t nr_left;
	size_t nr_threads;
};

enum { TRACE_POWERS = 33 };

struct trace_sizes {
	size_t kinds[8];	     /* calls, by enum trace_kind */
	size_t powers[TRACE_POWERS]; /* blocks asked for, by log2 of bytes */
	uint64_t bytes;		     /* asked for */
	uint64_t peak_bytes;	     /* that lived at once */
	size_t peak_blocks;
};

/* Exits with 1 and a message that names FILE if it is no whole trace. */
void trace_read(struct trace *ret_trace, const char *file);

/* Zeroed memory that no allocator knows of. */
void *trace_table(size_t bytes);

/* What trace_read appended is no call, and is not counted. */
void trace_measure(struct trace_sizes *ret_sizes, const struct trace *trace);

/* All of it on stdout, a name and a number a line. */
void trace_print(const struct trace *trace);
