/* SPDX-License-Identifier: MIT */
/*
 * keeper_fade.c - what is kept because it was missed is kept for a while: an
 * idle process gives it back, little by little.
 */
#include "keeper.h"

#define LIVE	128
#define WAVE	56
#define BYTES	((size_t)2000000)
#define DELAY	"50"

static char *live[LIVE], *wave[WAVE];

static bool fill(char **blocks, int count)
{
	for (int i = 0; i < count; i++) {
		blocks[i] = malloc(BYTES);
		if (!blocks[i])
			return false;
		memset(blocks[i], 1, BYTES);
	}
	return true;
}

/* a wave that comes again soon after it went is missed */
static bool waves(void)
{
	long before = proc_number("status", "VmRSS:");

	for (int round = 0; round < 2; round++) {
		if (!ktap_await(rss_below, before + 16 * 1024, PATIENCE) ||
		    !fill(wave, WAVE))
			return false;
		for (int i = 0; i < WAVE; i++)
			free(wave[i]);
	}
	return true;
}

static int fades(void)
{
	long before, after;
	struct companion other;

	if (!companion_start(&other) || !fill(live, LIVE))
		return 1;
	before = proc_number("status", "VmRSS:");
	if (!waves())
		return 1;
	ktap_pause(1000);
	after = proc_number("status", "VmRSS:");
	if (after < before + 64 * 1024) {
		ksft_print_msg("%ld KiB kept: nothing was missed",
			       after - before);
		return 1;
	}
	if (!ktap_await(rss_below, before + (after - before) * 2 / 3,
			PATIENCE)) {
		ksft_print_msg("resident: %ld KiB, %ld at first, %ld before",
			       proc_number("status", "VmRSS:"), after, before);
		return 1;
	}
	companion_end(&other);
	return 0;
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1)
		return fades();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	setenv("HAKMEM_KEEP_MB", "2", 1);
	setenv("HAKMEM_KEEP_PERCENT", "1", 1);
	setenv("HAKMEM_DECOMMIT_DELAY", DELAY, 1);
	in_self("idle", "what was missed fades in an idle process");
	return ksft_finished();
}
