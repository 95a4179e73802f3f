/* SPDX-License-Identifier: MIT */
/*
 * addresses.c - addresses of freed large blocks go back when they are many: the
 * program may map as much itself, and the blocks may be had again.
 */
#include "keeper.h"

#include <sys/mman.h>

#define BLOCKS	24
#define ROUNDS	16
#define LIMIT	(512 * MIB)	/* of addresses, beyond those at start */
#define OWN	(320 * MIB)	/* that the program maps itself */

static char *block[BLOCKS];
static uint32_t seed = 1;

static size_t draw(size_t below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

/* 300 MiB and more in blocks of any size, freed in another order */
static bool come_and_go(void)
{
	int made = 0;

	for (size_t sum = 0; sum < 300 * MIB && made < BLOCKS; made++) {
		size_t bytes = 3 * MIB + draw(40 * MIB);

		block[made] = malloc(bytes);
		if (!block[made])
			return false;
		block[made][0] = block[made][bytes - 1] = 1;
		sum += bytes;
	}
	for (int i = 0; i < made; i++) {
		int at = (int)(i * 7 % made);

		while (!block[at])
			at = (at + 1) % made;
		free(block[at]);
		block[at] = NULL;
	}
	return true;
}

static bool map_own(void)
{
	void *own = mmap(NULL, OWN, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return own != MAP_FAILED && !munmap(own, OWN);
}

static bool maps_own(long unused)
{
	(void)unused;
	return map_own();
}

static int by_turns(bool threads)
{
	struct companion other;
	struct rlimit limit;

	if (threads && !companion_start(&other))
		return 1;
	free(ktap_opaque(malloc(3 * MIB)));
	limit.rlim_cur = limit.rlim_max =
		(size_t)proc_number("status", "VmSize:") * KIB + LIMIT;
	if (setrlimit(RLIMIT_AS, &limit))
		return SKIPPED;
	for (int i = 0; i < ROUNDS; i++) {
		/* where there is a keeper, soon */
		if (come_and_go() && (threads ? ktap_await(maps_own, 0, PATIENCE) :
						map_own()))
			continue;
		ksft_print_msg("round %d: VmSize %ld KiB of %zu", i,
			       proc_number("status", "VmSize:"),
			       limit.rlim_cur / KIB);
		return 1;
	}
	if (threads)
		companion_end(&other);
	return !ktap_stat(HAK_STAT_UNMAPPED);
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1)
		return by_turns(argv[1][0] == 't');
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	in_self("one", "blocks and mappings by turns, RLIMIT_AS between them");
	setenv("HAKMEM_DECOMMIT_DELAY", "0", 1);
	in_self("threads", "the same where there is a keeper");
	return ksft_finished();
}
