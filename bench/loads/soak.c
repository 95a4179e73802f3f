/* SPDX-License-Identifier: MIT */
/*
 * soak.c - the mixed load at the word of bench/soak: a process that stays.
 *
 * Models  a server that has run for long, and rests between its requests.
 * Honest  as randmix is; the clock is the process's, so that it sees what
 *         threads of the allocator's own use.
 * Run     each line "run N" is answered by "N cpu-ns wall-ns"; at the end of
 *         the input all is freed. -s multiplies N, as in every load.
 */
#include "mix.h"

#include <stdio.h>
#include <sys/prctl.h>

static const char *const variants[] = { "8192", "256", "400000", NULL };

static void run(void **ring, uint32_t nr, uint64_t *random, long ops)
{
	double wall_ns = load_wall_ns(), cpu_ns = load_cpu_ns();

	for (long i = 0; i < ops; i++)
		mix_step(ring, nr, random);
	cpu_ns = load_cpu_ns() - cpu_ns;
	wall_ns = load_wall_ns() - wall_ns;
	printf("%ld %.0f %.0f\n", ops, cpu_ns, wall_ns);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct load_args args = load_parse(argc, argv, variants, 1, 1);
	uint32_t nr = atoi(variants[args.variant]);
	uint64_t random = load_seed(0);
	void **ring = mix_start(nr, &random);
	char line[64];
	long ops;

	/* strace is to attach to it; fails where no permission is needed */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "run %ld", &ops) != 1 || ops < 1)
			load_fail("its input is not run N");
		run(ring, nr, &random, load_ops(&args, ops));
	}
	mix_end(ring, nr);
	return 0;
}
