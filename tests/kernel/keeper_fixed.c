/* SPDX-License-Identifier: MIT */
/*
 * keeper_fixed.c - a program at a fixed address that takes the address of free(),
 * which then is a stub's in the program, has a keeper as any other.
 */
#include "keeper.h"

static void (*volatile release)(void *) = free;

static int works(void)
{
	struct companion other;

	release(malloc(100));
	return !companion_start(&other) || !keeper_works(has_keeper);
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1)
		return works();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	be_lean("0", "64");
	in_self("keeper",
		"a keeper where the program has an address for free()");
	return ksft_finished();
}
