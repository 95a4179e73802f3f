/* SPDX-License-Identifier: MIT */
/*
 * early.c - allocations before libc has begun: by the program's resolvers and
 * .preinit_array, and by resolvers of a library that the loader relocates before
 * hakmem (early_lib.c). They work, and options are read.
 */
#include <dlfcn.h>
#include <malloc.h>

#include "../ktap.h"
#include "../ktap_lib.h"
#include "../ktap_run.h"

static char *early[2];

static int the_answer(void)
{
	return 42;
}

__attribute__((used)) static int (*resolve_answer(void))(void)
{
	early[0] = malloc(100);
	return the_answer;
}

int answer(void) __attribute__((ifunc("resolve_answer")));

static void before_all(void)
{
	early[1] = malloc(1000);
}

__attribute__((section(".preinit_array"), used)) static void (*preinit)(void) =
	before_all;

/* In the child: the early blocks are whole, those of a library too. */
static int subject(void)
{
	const char *(*trouble)(void) = (const char *(*)(void))dlsym(
		RTLD_DEFAULT, "early_trouble");
	const char *words = trouble ? trouble() : NULL;

	if (words)
		ksft_print_msg("%s", words);
	for (int i = 0; i < 2; i++) {
		memset(early[i], 1, malloc_usable_size(early[i]));
		free(early[i]);
	}
	return answer() != 42 || words;
}

static void answered(const struct ktap_run *run, const char *line,
		     const char *name)
{
	bool ok = ktap_run_ok(run) && !strncmp(run->err, line, strlen(line));

	if (!ksft_test_result(ok, "%s", name))
		ktap_run_print(run);
}

int main(int argc, char **argv)
{
	static const char complaint[] = "hakmem: HAKMEM_KEEP_MB=1x: ";
	char other[KTAP_PATH], list[9000];
	const char *lib = getenv("HAKMEM_LIB");
	struct ktap_run run;

	if (argc > 1)
		return subject();
	if (!lib)
		ksft_exit_skip("not hakmem");
	if (!ktap_lib_path(other, sizeof(other), "early_lib.so"))
		ksft_exit_skip("early_lib.so was not built");
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(5);
	ktap_run_self(&run, "subject", "HAKMEM_KEEP_MB", "1x", 60);
	answered(&run, complaint, "a resolver comes first: options are read");
	snprintf(list, sizeof(list), "%s:%s", lib, other);
	ktap_run_self(&run, "subject", "LD_PRELOAD", list, 60);
	ktap_run_result(&run, "a library's, before hakmem is relocated");
	setenv("HAKMEM_KEEP_MB", "1x", 1);
	ktap_run_self(&run, "subject", "LD_PRELOAD", list, 60);
	answered(&run, complaint, "and options are read");
	snprintf(list, sizeof(list), "%s:%s", other, lib);
	ktap_run_self(&run, "subject", "LD_PRELOAD", list, 60);
	answered(&run, complaint, "a library's, when hakmem is relocated");
	setenv("LD_BIND_NOW", "1", 1);
	ktap_run_self(&run, "subject", "LD_PRELOAD", list, 60);
	answered(&run, complaint, "and when all is bound at start");
	return ksft_finished();
}
