/* SPDX-License-Identifier: MIT */
/*
 * pins.c - 1 GiB of blocks of 64 bytes; of each 2 MiB one block stays.
 *
 * Models  a cache that is emptied but for a few entries, which then keep all of
 *         the memory, until malloc_trim asks for it.
 * Honest  every block is written and read back; RSS is the process's without the
 *         load's table: rss after the frees, rss_trimmed after malloc_trim(0),
 *         which does nothing in libraries that have none of their own.
 */
#include "memory.h"

#include "load.h"

#include <malloc.h>

enum { BYTES = 64, EACH = (2 << 20) / BYTES };

int main(int argc, char **argv)
{
	struct load_args args = load_parse(argc, argv, load_seconds, 1, 1);
	struct memory_times times = memory_times(args.text);
	long nr = load_ops(&args, (1 << 30) / BYTES);
	struct memory base = { 0, memory_now().cgroup };
	void **blocks = load_table(nr * sizeof(*blocks));
	double start;

	memory_sleeper();
	base = memory_with(base, nr * sizeof(*blocks));
	start = load_cpu_ns();
	for (long i = 0; i < nr; i++)
		blocks[i] = load_get(BYTES, i);
	for (long i = 0; i < nr; i++)
		if (i % EACH)
			load_put(blocks[i], i);
	load_figure("time", (load_cpu_ns() - start) / nr, "ns/op", "lower");
	memory_figures("", base);
	memory_watch(&times, base);
	malloc_trim(0);
	memory_figures("_trimmed", base);
	for (long i = 0; i < nr; i += EACH)
		load_put(blocks[i], i);
	return 0;
}
