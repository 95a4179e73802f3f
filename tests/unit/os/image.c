/* SPDX-License-Identifier: MIT */
/* image.c - variables that nobody has written to have pages all the same. */
#include "os/image.h"

#include "unit/unit.h"

#include "os/limits.h"

#include <sys/mman.h>

enum { BYTES = 1 << 20, PAGES = BYTES / 4096 };

static char untouched[BYTES] __attribute__((aligned(1 << 16)));

static unsigned int resident(void)
{
	static unsigned char in[PAGES];
	unsigned int n = 0, i;

	unit_need(!mincore(untouched, BYTES, in));
	for (i = 0; i < BYTES / hak_limits_page(); i++)
		n += in[i] & 1;
	return n;
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(1);
	unit_expect(resident() == 0);
	unit_need(!hak_image_populate());
	unit_expect(resident() == BYTES / hak_limits_page());
	unit_result("variables that nobody has written to become resident");
	return ksft_finished();
}
