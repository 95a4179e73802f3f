/* SPDX-License-Identifier: MIT */
/*
 * policies.c - policies that numactl does not set, inherited over exec: relative
 * and static nodes, many preferred ones, weighted interleave. Blocks lie where
 * they say.
 *
 * Topologies: two
 */
#include <numa.h>
#include <sys/syscall.h>

#include "numa/pages.h"

#include "ktap_run.h"

#define STATIC	 (1 << 15)
#define RELATIVE (1 << 14)
#define WHERE	 "/hakmem/tests/numa/where"

/* <numaif.h> lacks the newer ones. */
enum {
	PREFERRED = 1,
	BIND = 2,
	INTERLEAVE = 3,
	LOCAL = 4,
	MANY = 5,
	WEIGHTED = 6
};
enum { ON_0 = 1, ON_1 = 2, ON_BOTH = 3 };

static const struct row {
	const char *name;
	int mode;
	unsigned long nodes;
	int run_on;
	int lies; /* what has a good part of the pages */
} rows[] = {
	/* Of two nodes the third is the first again. */
	{ "bound to relative node 2", BIND | RELATIVE, 4, 1, ON_0 },
	{ "bound to relative node 3", BIND | RELATIVE, 8, 0, ON_1 },
	{ "preferring relative node 2", PREFERRED | RELATIVE, 4, 1, ON_0 },
	{ "bound to static node 1", BIND | STATIC, 2, 0, ON_1 },
	{ "preferring static node 0", PREFERRED | STATIC, 1, 1, ON_0 },
	{ "preferring many, of one", MANY, 2, 0, ON_1 },
	{ "local", LOCAL, 0, 1, ON_1 },
	{ "interleaved on relative 2 and 3", INTERLEAVE | RELATIVE, 12, 0,
	  ON_BOTH },
	{ "interleaved by weight", WEIGHTED, 3, 0, ON_BOTH },
};

#define ROWS (int)(sizeof(rows) / sizeof(*rows))

/* Which nodes have a tenth or more of the pages of blocks of this kind. */
static int lies(const char *out, const char *kind)
{
	const char *at = strstr(out, kind);
	long on[2] = { 0, 0 }, pages;
	int node, used;

	if (!at)
		return 0;
	at += strlen(kind);
	while (sscanf(at, " %d:%ld%n", &node, &pages, &used) == 2) {
		on[node & 1] += pages;
		at += used;
	}
	return (on[0] * 10 > on[1]) | (on[1] * 10 > on[0]) << 1;
}

static void one(const struct row *row)
{
	struct ktap_run run;
	pid_t pid;
	int fd[2];
	bool ok;

	pid = ktap_run_start(fd, 60);
	if (pid == 0) {
		numa_run_on_node(row->run_on);
		if (syscall(SYS_set_mempolicy, row->mode,
			    row->nodes ? &row->nodes : NULL,
			    row->nodes ? 64 : 0))
			_exit(errno == EINVAL ? 77 : 1);
		execl(WHERE, WHERE, (char *)NULL);
		_exit(127);
	}
	ktap_run_end(&run, pid, fd);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == 77) {
		ksft_test_result_skip("not on this kernel", "%s", row->name);
		return;
	}
	ok = !run.status && lies(run.out, "small") == row->lies &&
	     lies(run.out, "medium") == row->lies &&
	     lies(run.out, "large") == row->lies;
	ksft_test_result(ok, "%s", row->name);
	if (!ok)
		ktap_run_print(&run);
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(ROWS);
	for (int i = 0; i < ROWS; i++)
		one(&rows[i]);
	return ksft_finished();
}
