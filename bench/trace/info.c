/* SPDX-License-Identifier: MIT */
/*
 * info.c - what is in a trace: calls, blocks, how much lived, which sizes.
 */
#include "read.h"

#include <stdio.h>
#include <sys/mman.h>

#include "format.h"

static unsigned int power_of(uint32_t bytes)
{
	return bytes < 2 ? 0 : 32 - __builtin_clz(bytes - 1);
}

void trace_measure(struct trace_sizes *ret_sizes, const struct trace *trace)
{
	uint32_t *bytes_of = trace_table(trace->nr_slots * sizeof(*bytes_of));
	struct trace_sizes s = { 0 };
	uint64_t bytes = 0;
	size_t blocks = 0;

	for (size_t i = 0; i < trace->nr_ops - trace->nr_left; i++) {
		const struct trace_op *op = &trace->ops[i];

		s.kinds[op->kind]++;
		blocks += op->kind != TRACE_REALLOC;
		if (op->kind == TRACE_REALLOC || op->kind == TRACE_FREE)
			bytes -= bytes_of[op->slot];
		if (op->kind == TRACE_FREE) {
			blocks -= 2;
			continue;
		}
		bytes_of[op->slot] = op->bytes;
		bytes += op->bytes;
		s.bytes += op->bytes;
		s.powers[power_of(op->bytes)]++;
		if (bytes > s.peak_bytes)
			s.peak_bytes = bytes;
		if (blocks > s.peak_blocks)
			s.peak_blocks = blocks;
	}
	munmap(bytes_of, trace->nr_slots * sizeof(*bytes_of) + 1);
	*ret_sizes = s;
}

static void line(const char *name, uint64_t number)
{
	printf("%s\t%lu\n", name, (unsigned long)number);
}

void trace_print(const struct trace *trace)
{
	struct trace_sizes s;

	trace_measure(&s, trace);
	line("events", trace->nr_ops - trace->nr_left);
	line("blocks", trace->nr_blocks);
	line("malloc", s.kinds[TRACE_MALLOC]);
	line("calloc", s.kinds[TRACE_CALLOC]);
	line("aligned", s.kinds[TRACE_ALIGNED]);
	line("realloc", s.kinds[TRACE_REALLOC]);
	line("free", s.kinds[TRACE_FREE]);
	line("left", trace->nr_left);
	line("threads", trace->nr_threads);
	line("slots", trace->nr_slots);
	line("bytes", s.bytes);
	line("peak_bytes", s.peak_bytes);
	line("peak_blocks", s.peak_blocks);
	for (int i = 0; i < TRACE_POWERS; i++)
		if (s.powers[i])
			printf("to %lu\t%zu\n", 1ul << i, s.powers[i]);
}
