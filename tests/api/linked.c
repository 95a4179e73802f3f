/* SPDX-License-Identifier: MIT */
/*
 * linked.c - a program that is linked with the library, as a PIE or not, reads
 * its page by every name there is, and sees what the library writes there.
 */
#include <dlfcn.h>
#include <stdint.h>

#include "base/hakmem.h"

#include "../ktap.h"

/* What hakmem_stats_page is to whom hakmem.h does not tell. */
static const struct hakmem_stats *by_symbol(void *from)
{
	return dlsym(from, "hakmem_stats_page");
}

static uint64_t mapped(const struct hakmem_stats *page)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < page->spans; i++)
		sum += page->span[i][0];
	return sum;
}

int main(int argc, char **argv)
{
	void *library;
	uint64_t before;

	(void)argc;
	ktap_preload(argv);
	library = dlopen("libhakmem.so.0", RTLD_NOLOAD | RTLD_NOW);
	ksft_print_header();
	ksft_set_plan(6);
	ksft_test_result(!memcmp(hakmem_stats_page.magic, "hakmem\0", 8) &&
				 hakmem_stats_page.version >= 2,
			 "hakmem_stats_page is a page");
	free(ktap_opaque(malloc(100)));
	ksft_test_result(hakmem_stats_page.spans > 1,
			 "hakmem_stats_page has %u spans",
			 (unsigned int)hakmem_stats_page.spans);
	ksft_test_result(&hakmem_stats_page == hakmem_stats(),
			 "it is what hakmem_stats() returns");
	ksft_test_result(library && by_symbol(library) == hakmem_stats(),
			 "and what the library has by that name");
	ksft_test_result(by_symbol(RTLD_DEFAULT) == hakmem_stats(),
			 "and what the program finds by that name");
	before = mapped(hakmem_stats());
	free(ktap_opaque(malloc((size_t)200 << 20)));
	ksft_test_result(mapped(&hakmem_stats_page) > before,
			 "its counters count");
	return ksft_finished();
}
