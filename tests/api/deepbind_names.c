/* SPDX-License-Identifier: MIT */
/*
 * deepbind_names.c - which names a library opened with RTLD_DEEPBIND finds: malloc's
 * are the program's, the library's own come first, and some openings keep libc's.
 */
#include "deepbind.h"

#include <gnu/lib-names.h>
#include <sys/mman.h>

#include "../kernel/bpf.h"

/* The library has one too. */
const char *deep_whose(void)
{
	return "program";
}

static void *open_in_new(const char *path, int flags)
{
	return dlmopen(LM_ID_NEWLM, path, flags);
}

static const char *whose(void)
{
	void *lib = must_open();
	FIND(lib, const char *(*deep_whose_called)(void), deep_whose_called);

	return deep_whose_called();
}

static int own_names_first(void *arg)
{
	(void)arg;
	return strcmp(whose(), "library") != 0;
}

/* A handle of libc by its name finds what the program frees by. */
static int by_handle(void *arg)
{
	static const char *const names[] = {
		"malloc",	 "free",	 "calloc",
		"realloc",	 "memalign",	 "posix_memalign",
		"aligned_alloc", "reallocarray", "valloc",
		"pvalloc",	 "malloc_info",	 "malloc_usable_size",
		"malloc_trim",	 "malloc_stats", "mallopt",
		"mallinfo",	 "mallinfo2",
	};
	void *libc = dlopen(LIBC_SO, RTLD_NOW);
	void (*theirs)(void *);

	(void)arg;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (dlsym(libc, names[i]) != dlsym(RTLD_DEFAULT, names[i])) {
			fprintf(stderr, "%s\n", names[i]);
			return 2;
		}
	*(void **)&theirs = dlsym(libc, "free");
	theirs(strdup("a block that libc made"));
	return 0;
}

/* Another namespace has its own libc and a heap of its own, left to it. */
static int other_namespace(void *arg)
{
	struct how base = how;
	void *lib;

	(void)arg;
	must_open();
	how.open = open_in_new;
	lib = must_open();
	FIND(lib, void *(*deep_malloc)(size_t), deep_malloc);
	FIND(lib, void (*deep_free)(void *), deep_free);
	FIND(lib, void *(*deep_free_address)(void), deep_free_address);

	if (deep_free_address() == (void *)free)
		return 2;
	for (size_t i = 0; i < 5000; i++)
		deep_free(deep_malloc(i * 7));
	how = base;
	return exchange(must_open());
}

/* libc's pages cannot be written to: then it is opened without the flag. */
static int refused(void *arg)
{
	struct bpf filter;

	(void)arg;
	bpf_begin(&filter);
	bpf_errno_if(&filter, SYS_mprotect, 2, PROT_READ | PROT_WRITE, EPERM);
	if (!bpf_install(&filter, SECCOMP_RET_ALLOW, 0))
		return 77;
	if (strcmp(whose(), "program"))
		return 2;
	return exchange_all(NULL);
}

/* In a process whose environment has HAKMEM_DEEPBIND=drop, or keep. */
static int drop(void)
{
	if (strcmp(whose(), "program"))
		return 2;
	return exchange_all(NULL);
}

static int keep(void)
{
	void *lib = must_open();
	FIND(lib, void *(*deep_free_address)(void), deep_free_address);

	return deep_free_address() == (void *)free;
}

static void run_option(const char *value, const char *name)
{
	struct ktap_run run;

	if (!ktap_is_hakmem()) {
		ksft_test_result_skip("nothing is preloaded", "%s", name);
		return;
	}
	ktap_run_self(&run, value, "HAKMEM_DEEPBIND", value, 60);
	ktap_run_result(&run, name);
}

/* The library is linked with another malloc, and so is the program. */
static void run_linked(const char *name)
{
	char path[KTAP_PATH], list[2 * KTAP_PATH];
	struct ktap_run run;

	if (!ktap_is_hakmem() ||
	    !ktap_lib_path(path, sizeof(path), "deepbind_other.so")) {
		ksft_test_result_skip("nothing is preloaded", "%s", name);
		return;
	}
	snprintf(list, sizeof(list), "%s:%s", getenv("LD_PRELOAD"), path);
	ktap_run_self(&run, "linked", "LD_PRELOAD", list, 60);
	ktap_run_result(&run, name);
}

static void run_refused(const char *name)
{
	if (ktap_is_hakmem())
		run(refused, name);
	else
		ksft_test_result_skip("nothing is preloaded", "%s", name);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (!strcmp(argv[0], "drop"))
		return drop();
	if (!strcmp(argv[0], "keep"))
		return keep();
	if (!strcmp(argv[0], "linked")) {
		how.library = "deepbind_linked.so";
		return exchange_all(NULL);
	}
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(7);
	run(own_names_first, "its own names come before the program's");
	run(other_namespace, "in another namespace it has another malloc");
	run(by_handle, "a handle of libc finds the program's malloc");
	run_refused("where they can't be written it is opened without the flag");
	run_option("drop", "HAKMEM_DEEPBIND=drop leaves the flag out");
	run_option("keep", "HAKMEM_DEEPBIND=keep leaves the library libc's");
	run_linked("linked with another malloc, as the program is");
	return ksft_finished();
}
