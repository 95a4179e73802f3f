/* SPDX-License-Identifier: MIT */
/*
 * limits.c - under RLIMIT_AS, _DATA, _NOFILE and _NPROC the library starts,
 * hands out nearly all there is, says ENOMEM and not more, and recovers.
 *
 * Hazards 33, 49, 50, 51.
 */
#include "mix.h"

#include <pthread.h>

static int set_limit(int what, size_t bytes)
{
	struct rlimit limit = { bytes, bytes };

	return setrlimit(what, &limit) ? SKIPPED : 0;
}

static int limit_as(long mib)
{
	return set_limit(RLIMIT_AS, mib * MIB);
}

static int limit_data(long mib)
{
	return set_limit(RLIMIT_DATA, mib * MIB);
}

static int limit_nofile(long nr)
{
	close_range(3, ~0U, 0);
	return set_limit(RLIMIT_NOFILE, nr);
}

static void *worker(void *arg)
{
	struct mix *m = arg;

	mix_run(m, 300);
	return NULL;
}

/* a small program: 8 MiB of small blocks, a mix, a thread where one fits */
static int start(void)
{
	static struct mix mine, theirs = { .rng = 99 };
	void *chain = NULL, *next;
	pthread_t thread;

	for (int i = 0; i < 80000; i++) {
		void **block = malloc(100);

		if (!block) {
			ksft_print_msg("refused after %d KiB", i / 10);
			return 1;
		}
		*block = chain;
		chain = block;
	}
	for (; chain; chain = next) {
		next = *(void **)chain;
		free(chain);
	}
	if (!pthread_create(&thread, NULL, worker, &theirs))
		pthread_join(thread, NULL);
	worker(&mine);
	return mix_end(&mine, true) | mix_end(&theirs, true);
}

/* all of it in blocks of BYTES, chained through themselves; MiB handed out */
static long fill(size_t bytes)
{
	void *chain = NULL, *next;
	size_t total = 0;
	void **block;

	errno = 0;
	while ((block = malloc(bytes))) {
		*block = chain;
		chain = block;
		total += bytes;
	}
	if (errno != ENOMEM)
		total = 0;
	/* full is not broken: refusals, and a realloc that loses nothing */
	errno = 0;
	if (ktap_opaque(calloc(2, 300 * MIB)) || errno != ENOMEM)
		total = 0;
	if (chain && ktap_opaque(realloc(chain, 600 * MIB)))
		total = 0;
	for (; chain; chain = next) {
		next = *(void **)chain;
		errno = SENTINEL;
		free(chain);
		if (errno != SENTINEL)
			total = 0;
	}
	return total / MIB;
}

struct size {
	size_t bytes;
	long least;	/* MiB of 512 that must come out */
};

static const struct size sizes[] = {
	{ 100, 400 }, { 1000, 440 }, { 4096, 470 }, { 20000, 440 },
	{ 64 * KIB, 490 }, { 300 * KIB, 400 }, { MIB, 490 },
	{ 10 * MIB, 490 }, { 100 * MIB, 400 },
};
#define NR_SIZES (sizeof(sizes) / sizeof(sizes[0]))

/*
 * Twice, and then a big block again. WORN: a twentieth may be missing, what
 * is left over in each of two spans of blocks of other sizes.
 */
static int exhaust(const struct size *s, bool worn)
{
	long least = worn ? s->least * 19 / 20 : s->least;
	long first = fill(s->bytes), again = fill(s->bytes);
	void *big = malloc(100 * MIB);

	free(ktap_opaque(big));
	if (first >= least && again >= least && big)
		return 0;
	ksft_print_msg("%zu-byte blocks: %ld MiB, then %ld, wanted %ld; %s",
		       s->bytes, first, again, least,
		       big ? "100 MiB after that" : "no 100 MiB after that");
	return 1;
}

static int exhaust_all(void)
{
	int bad = 0;

	for (size_t i = 0; i < NR_SIZES; i++)
		bad |= exhaust(&sizes[i], true);
	for (size_t i = NR_SIZES; i-- > 0;)
		bad |= exhaust(&sizes[i], true);
	return bad;
}

/* no descriptor left over: nobody of ours may need one */
static int no_files(long unused)
{
	static struct mix m;

	(void)unused;
	if (set_limit(RLIMIT_NOFILE, 3))
		return SKIPPED;
	mix_run(&m, 3000);
	return mix_end(&m, false);
}

static int no_processes(long unused)
{
	static struct mix m;

	(void)unused;
	if (set_limit(RLIMIT_NPROC, 1) || !drop_root())
		return SKIPPED;
	mix_run(&m, 3000);
	return mix_end(&m, false);
}

static int body(const char *mode)
{
	char *end;
	size_t at;

	if (!strcmp(mode, "start"))
		return start();
	if (!strcmp(mode, "all"))
		return exhaust_all();
	at = strtoul(mode, &end, 10);
	return *end || at >= NR_SIZES ? 2 : exhaust(&sizes[at], false);
}

int main(int argc, char **argv)
{
	const char *exe;
	char name[64], mode[8];

	ktap_preload(argv);
	if (argc > 1)
		return body(argv[1]);
	exe = self_path();
	in_exec(limit_as, 64, exe, "start", "starts in RLIMIT_AS 64 MiB");
	in_exec(limit_data, 64, exe, "start", "starts in RLIMIT_DATA 64 MiB");
	in_exec(limit_nofile, 4, exe, "start", "starts with RLIMIT_NOFILE 4");
	for (size_t i = 0; i < NR_SIZES; i++) {
		snprintf(name, sizeof(name), "RLIMIT_AS 512 MiB in %zu bytes",
			 sizes[i].bytes);
		snprintf(mode, sizeof(mode), "%zu", i);
		in_exec(limit_as, 512, exe, mode, name);
	}
	in_exec(limit_as, 512, exe, "all",
		"RLIMIT_AS 512 MiB, every size after every other");
	in_exec(limit_data, 512, exe, "6",
		"RLIMIT_DATA 512 MiB in 1 MiB blocks");
	in_child(no_files, 0, "RLIMIT_NOFILE 3 after the start");
	in_child(no_processes, 0, "RLIMIT_NPROC 1, not root");
	return ksft_finished();
}
