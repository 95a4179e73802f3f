/* SPDX-License-Identifier: MIT */
/*
 * lookup.c - what it costs a refill to know on which node its thread runs.
 *
 * Run     lookup        PASS when a lookup by rseq takes 1 ns or less
 * hak_topology_here() as on a machine with two nodes, against an empty loop,
 * interleaved; then the same where glibc registers no rseq, by getcpu.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "numa/operator.h"
#include "numa/topology.h"
#include "base/nodeset.h"

enum { PAIRS = 15, LIMIT_NS = 1 };

/* In the place of numa/operator.c: one node more than this machine may have. */
bool hak_operator_allowed(struct hak_nodeset *ret_nodes)
{
	*ret_nodes = (struct hak_nodeset){ { 0 } };
	hak_nodeset_add(ret_nodes, 0);
	hak_nodeset_add(ret_nodes, 1);
	return true;
}

bool hak_operator_allowed_first(struct hak_nodeset *ret_nodes)
{
	return hak_operator_allowed(ret_nodes);
}

void hak_operator_read(const struct hak_nodeset *allowed,
		       struct hak_operator *ret_operator)
{
	*ret_operator = (struct hak_operator){ .nodes = *allowed };
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static volatile unsigned stored;

/* Either loop stores a word each turn, so that neither is left out. */
static double turn_ns(long turns, bool look)
{
	double start = now_ns();
	long i;

	if (look)
		for (i = 0; i < turns; i++)
			stored = hak_topology_here();
	else
		for (i = 0; i < turns; i++)
			stored = 1;
	return (now_ns() - start) / (double)turns;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double row(const char *name, long turns)
{
	double ns[PAIRS], empty;

	turn_ns(turns / 10, true);
	for (int i = 0; i < PAIRS; i++) {
		empty = turn_ns(turns, false);
		ns[i] = turn_ns(turns, true) - empty;
	}
	qsort(ns, PAIRS, sizeof(*ns), by_value);
	printf("%-8s %8.2f %8.2f %8.2f\n", name, ns[PAIRS / 2], ns[0],
	       ns[PAIRS - 1]);
	return ns[PAIRS / 2];
}

int main(int argc, char **argv)
{
	bool pass;

	hak_topology_open();
	hak_topology_locate();
	if (argc > 1) {
		row("getcpu", 1000000);
		puts(argv[1]);
		return argv[1][0] != 'P';
	}
	printf("%-8s %8s %8s %8s\n", "ns", "median", "min", "max");
	pass = row("rseq", 20000000) <= LIMIT_NS;
	fflush(stdout);
	setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
	execl("/proc/self/exe", "lookup", pass ? "PASS" : "FAIL", NULL);
	return 2;
}
