/* SPDX-License-Identifier: MIT */
/*
 * shim.c - the library beside another preload that interposes mmap, open,
 * read, getenv and others and allocates in each (shim_lib.c), before it and
 * behind it in LD_PRELOAD.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>

#include "../ktap.h"
#include "../ktap_lib.h"
#include "../ktap_run.h"

static void *churn(void *arg)
{
	for (size_t size = 1; size < 80 << 20; size += size / 3 + 1) {
		char *block = malloc(size), *zeroed = calloc(1, size);

		if (!block || !zeroed || zeroed[size / 2])
			exit(3);
		block[size - 1] = 1;
		block = realloc(block, size * 2);
		if (!block || block[size - 1] != 1)
			exit(4);
		free(block);
		free(zeroed);
		free(memalign(65536, size));
	}
	malloc_trim(0);
	return arg;
}

/* In the child: both are loaded, every road is gone, nothing calls itself. */
static int subject(void)
{
	long (*calls)(void) = (long (*)(void))dlsym(RTLD_DEFAULT,
						    "shim_calls");
	pthread_t thread[4];
	void *map;

	if (!calls)
		return 5;
	churn(NULL);
	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, churn, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	if (fork() == 0) {
		churn(NULL);
		_exit(0);
	}
	map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(map, 4096);
	return calls() > 2 && getenv("LD_PRELOAD") ? 0 : 6;
}

int main(int argc, char **argv KTAP_UNUSED)
{
	char shim[4096], list[9000];
	const char *lib = getenv("HAKMEM_LIB");
	struct ktap_run run;

	if (argc > 1)
		return subject();
	if (!ktap_lib_path(shim, sizeof(shim), "shim_lib.so"))
		ksft_exit_skip("shim_lib.so was not built");
	ksft_print_header();
	ksft_set_plan(2);
	if (!lib)
		lib = "";
	snprintf(list, sizeof(list), "%s:%s", shim, lib);
	ktap_run_self(&run, "subject", "LD_PRELOAD", list, 60);
	ktap_run_result(&run, "an interposer before the library");
	snprintf(list, sizeof(list), "%s:%s", lib, shim);
	ktap_run_self(&run, "subject", "LD_PRELOAD", list, 60);
	ktap_run_result(&run, "an interposer behind the library");
	return ksft_finished();
}
