/* SPDX-License-Identifier: MIT */
/*
 * ifunc.c - a program whose IFUNC resolver allocates: it runs while the loader
 * relocates the program, before the constructor of any library.
 */
#include <stdint.h>

#include "../ktap.h"

static char *early[50];
static int resolved;

static int the_answer(void)
{
	return 42;
}

__attribute__((used)) static int (*resolve_answer(void))(void)
{
	for (int i = 0; i < 50; i++) {
		early[i] = malloc((size_t)i * 997 + 1);
		if (early[i])
			early[i][i * 997] = (char)i;
	}
	for (int i = 0; i < 50; i += 2)
		early[i] = realloc(early[i], (size_t)i * 1500 + 1);
	free(calloc(100, 100));
	resolved++;
	return the_answer;
}

int answer(void) __attribute__((ifunc("resolve_answer")));

int main(int argc, char **argv)
{
	int bad = 0;

	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(3);
	ksft_test_result(resolved > 0, "the resolver ran and allocated");
	ksft_test_result(answer() == 42, "its function is called");
	for (int i = 0; i < 50; i++) {
		bad += !early[i] || (uintptr_t)early[i] % 16 ||
		       early[i][i * 997] != (char)i;
		free(early[i]);
	}
	ksft_test_result(!bad, "its blocks are whole and can be freed");
	return ksft_finished();
}
