/* SPDX-License-Identifier: MIT */
/*
 * fork_storm.c - forks from a program with eight allocating threads, and fork
 * handlers that allocate, registered before the library's own and after.
 *
 * HAKMEM_STRESS_FORKS: how many in all, 120 if not said; 10000 is the long run.
 */
#include <dlfcn.h>

#include "../ktap_lib.h"
#include "../ktap_run.h"
#include "child.h"

#define THREADS	8

static atomic_bool stop;
static _Atomic(char *) late_block;

/* Two forks may run the handlers at once: whoever takes the block has it. */
static void resize_late(size_t size)
{
	char *block = realloc(atomic_exchange(&late_block, NULL), size);

	if (!block)
		_exit(95);
	block[size - 1] = 1;
	free(atomic_exchange(&late_block, block));
}

static void late_prepare(void)
{
	resize_late(3000);
}

static void late_parent(void)
{
	resize_late(700000);
	free(calloc(1, 100));
}

static void late_child(void)
{
	resize_late(100);
	free(malloc(3 << 20));
}

static void *churn(void *arg)
{
	uint64_t random = (uint64_t)(uintptr_t)arg * 77777 + 1;
	void *block[128] = { NULL };

	while (!stop) {
		uint64_t at = stress_random(&random) % 128;

		stress_free(block[at]);
		block[at] = stress_make(&random);
	}
	for (int i = 0; i < 128; i++)
		stress_free(block[i]);
	return NULL;
}

/* One storm; the forks come from two threads at once. */
static void *storm(void *arg)
{
	long count = (long)(intptr_t)arg, bad = 0;
	uint64_t random = (uint64_t)count * 31 + 7;

	for (long i = 0; i < count && bad < 3; i++) {
		void *block = stress_make(&random);
		pid_t pid = fork();

		if (pid == 0)
			stress_child(block, random);
		bad += !stress_child_ended(pid);
		stress_free(block);
	}
	return (void *)(intptr_t)bad;
}

static int subject(void)
{
	long count = stress_param("HAKMEM_STRESS_FORKS", 120);
	long (*runs)(void) = (long (*)(void))dlsym(RTLD_DEFAULT,
						   "atfork_runs");
	pthread_t thread[THREADS], second;
	void *bad_second, *bad;

	pthread_atfork(late_prepare, late_parent, late_child);
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, churn, (void *)i);
	pthread_create(&second, NULL, storm, (void *)(intptr_t)(count / 4));
	bad = storm((void *)(intptr_t)(count / 4));
	pthread_join(second, &bad_second);
	stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	if (runs && runs() < count / 4 * 2 * 2)
		return 5;
	return bad || bad_second;
}

static void with_preload(const char *order, const char *first,
			 const char *second)
{
	char list[9000];
	struct ktap_run run;

	snprintf(list, sizeof(list), "%s:%s", first, second);
	ktap_run_self(&run, "subject", "LD_PRELOAD", list, 36000);
	ktap_run_result(&run, order);
}

int main(int argc, char **argv)
{
	const char *lib = getenv("HAKMEM_LIB");
	char helper[KTAP_PATH];

	(void)argv;
	if (argc > 1)
		return subject();
	ksft_print_header();
#ifdef KTAP_LINKED
	helper[0] = '\0';
	(void)lib;
	(void)helper;
	(void)with_preload;
	ksft_set_plan(1);
	ksft_test_result(subject() == 0, "forks from eight threads");
#else
	if (!lib)
		lib = "";
	if (!ktap_lib_path(helper, sizeof(helper), "atfork_lib.so"))
		ksft_exit_skip("atfork_lib.so was not built");
	ksft_set_plan(2);
	with_preload("handlers of a library loaded before", helper, lib);
	with_preload("handlers of a library loaded behind", lib, helper);
#endif
	return ksft_finished();
}
