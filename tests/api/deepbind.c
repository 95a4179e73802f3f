/* SPDX-License-Identifier: MIT */
/*
 * deepbind.c - libraries opened with RTLD_DEEPBIND have the program's malloc, from
 * their first instruction on, and all else as without the library under test.
 */
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

#include "../kernel/bpf.h"
#include "../ktap.h"
#include "../ktap_lib.h"
#include "../ktap_run.h"

#define DEEP (RTLD_NOW | RTLD_DEEPBIND)

static size_t sizes[] = { 0,	  1,	  24,	   100,	    1000,    5000,
			  100000, 200000, 1 << 20, 5 << 20, 40 << 20 };

#define SIZES (sizeof(sizes) / sizeof(*sizes))

/* The library has one too. */
const char *deep_whose(void)
{
	return "program";
}

/* How the library is opened; each case does it in a process of its own. */
static void *open_plainly(const char *path, int flags)
{
	return dlopen(path, flags);
}

static void *open_in_base(const char *path, int flags)
{
	return dlmopen(LM_ID_BASE, path, flags);
}

static void *open_in_new(const char *path, int flags)
{
	return dlmopen(LM_ID_NEWLM, path, flags);
}

static struct how {
	const char *library;
	void *(*open)(const char *path, int flags);
	int flags;
} how;

static void *must_open(void)
{
	char path[KTAP_PATH];
	void *lib;

	if (!ktap_lib_path(path, sizeof(path), how.library)) {
		fprintf(stderr, "no %s\n", how.library);
		exit(90);
	}
	lib = how.open(path, how.flags);
	if (!lib) {
		fprintf(stderr, "%s\n", dlerror());
		exit(91);
	}
	return lib;
}

static void *must_find(void *lib, const char *name)
{
	void *found = dlsym(lib, name);

	if (!found) {
		fprintf(stderr, "%s\n", dlerror());
		exit(92);
	}
	return found;
}

#define FIND(lib, type, name) \
	type;                 \
	*(void **)&name = must_find(lib, #name)

/* Blocks of either malloc, freed, grown and measured by the other. */
static int exchange(void *lib)
{
	FIND(lib, void *(*deep_malloc)(size_t), deep_malloc);
	FIND(lib, void *(*deep_realloc)(void *, size_t), deep_realloc);
	FIND(lib, void *(*deep_memalign)(size_t, size_t), deep_memalign);
	FIND(lib, char *(*deep_strdup)(const char *), deep_strdup);
	FIND(lib, void (*deep_free)(void *), deep_free);
	FIND(lib, size_t(*deep_usable)(void *), deep_usable);
	char *block;

	for (size_t i = 0; i < SIZES; i++) {
		block = malloc(sizes[i]);
		memset(block, 5, sizes[i]);
		if (deep_usable(block) != malloc_usable_size(block))
			return 2;
		block = deep_realloc(block, sizes[i] + 3000);
		if (!block || (sizes[i] && block[sizes[i] - 1] != 5))
			return 3;
		deep_free(block);
		deep_free(calloc(1, sizes[i]));
		free(deep_malloc(sizes[i]));
		free(deep_memalign(4096, sizes[i]));
		deep_free(memalign(4096, sizes[i]));
	}
	free(deep_strdup("text"));
	deep_free(strdup("text"));
	return 0;
}

static int exchange_all(void *arg)
{
	void *lib = must_open();
	FIND(lib, void *(*deep_free_address)(void), deep_free_address);
	FIND(lib, void (*const *deep_table)(void *), deep_table);

	(void)arg;
	if (deep_free_address() != (void *)free)
		return 2;
	if (deep_table[0] != free)
		return 3;
	return exchange(lib);
}

static int early(void *arg)
{
	void *lib = must_open();
	FIND(lib, int *early_constructed, early_constructed);
	FIND(lib, int *early_resolved, early_resolved);
	FIND(lib, int (*early_chosen)(void), early_chosen);

	(void)arg;
	return early_chosen() && *early_constructed && *early_resolved ? 0 : 2;
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

static int opened_again(void *arg)
{
	(void)arg;
	for (int i = 0; i < 30; i++) {
		void *lib = must_open();
		FIND(lib, void *(*deep_malloc)(size_t), deep_malloc);
		FIND(lib, void (*deep_free)(void *), deep_free);
		char *block = deep_malloc(100);

		deep_free(malloc(100));
		if (dlclose(lib) || dlopen(how.library, RTLD_NOLOAD))
			return 2;
		memset(block, 1, 100);
		free(block);
	}
	return 0;
}

/* Its RUNPATH counts where it opens another, and the program's does not. */
static int opens_inner(void *arg)
{
	void *lib = must_open();
	FIND(lib, void *(*deep_open_inner)(void), deep_open_inner);
	void *inner = deep_open_inner();

	(void)arg;
	if (dlopen("deepbind_inner.so", RTLD_NOW | RTLD_NOLOAD) != inner)
		return 2;
	return inner ? exchange(inner) : 3;
}

static int not_found_by_program(void *arg)
{
	(void)arg;
	return dlopen("deepbind_inner.so", DEEP) ? 2 : 0;
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

static void *open_at_once(void *barrier)
{
	pthread_barrier_wait(barrier);
	return exchange(must_open()) ? barrier : NULL;
}

static int by_threads(void *arg)
{
	pthread_barrier_t barrier;
	pthread_t thread[4];
	int bad = 0;
	void *ret;

	(void)arg;
	pthread_barrier_init(&barrier, NULL, 4);
	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, open_at_once, &barrier);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], &ret);
		bad += ret != NULL;
	}
	return bad;
}

/* Bytes of libc's mappings, by what may be done to them. */
struct mapped {
	unsigned long read, write, execute;
};

static struct mapped libc_mapped(void)
{
	struct mapped sum = { 0 };
	unsigned long from, to;
	char line[600], may[5];
	FILE *maps = fopen("/proc/self/maps", "r");

	while (maps && fgets(line, sizeof(line), maps)) {
		if (!strstr(line, "/" LIBC_SO) ||
		    sscanf(line, "%lx-%lx %4s", &from, &to, may) != 3)
			continue;
		sum.read += may[0] == 'r' ? to - from : 0;
		sum.write += may[1] == 'w' ? to - from : 0;
		sum.execute += may[2] == 'x' ? to - from : 0;
	}
	if (maps)
		fclose(maps);
	return sum;
}

static int protected_as_before(void *arg)
{
	struct mapped before = libc_mapped(), after;

	(void)arg;
	must_open();
	after = libc_mapped();
	return !before.read || memcmp(&before, &after, sizeof(before));
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

static int cxx(void *arg)
{
	void *lib;

	(void)arg;
	if (dlopen("libstdc++.so.6", RTLD_NOW | RTLD_NOLOAD))
		return 2;
	lib = must_open();
	FIND(lib, int (*deep_cxx)(void), deep_cxx);
	FIND(lib, void *(*deep_new)(size_t), deep_new);
	FIND(lib, void (*deep_delete)(void *), deep_delete);
	FIND(lib, void (*deep_delete_aligned)(void *), deep_delete_aligned);

	free(deep_new(100));
	deep_delete(malloc(100));
	deep_delete_aligned(aligned_alloc(256, 512));
	return deep_cxx() ? 0 : 3;
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

static void run(int (*fn)(void *), const char *name)
{
	char path[KTAP_PATH];
	struct ktap_run run;

	if (fn == refused && !ktap_is_hakmem()) {
		ksft_test_result_skip("nothing is preloaded", "%s", name);
		return;
	}
	if (!ktap_lib_path(path, sizeof(path), how.library)) {
		ksft_test_result_skip("it was not built", "%s: %s", how.library,
				      name);
		return;
	}
	ktap_run_fork(&run, fn, NULL, 60);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == 77)
		ksft_test_result_skip("no seccomp filters here", "%s", name);
	else
		ktap_run_result(&run, name);
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

int main(int argc, char **argv)
{
	(void)argc;
	how = (struct how){ "deepbind_lib.so", open_plainly, DEEP };
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
	ksft_set_plan(19);
	run(exchange_all, "blocks are freed on both sides");
	run(own_names_first, "its own names come before the program's");
	run(opened_again, "opened and closed again and again");
	run(opens_inner, "it opens another, by its own RUNPATH");
	run(not_found_by_program, "which the program does not find");
	run(other_namespace, "in another namespace it has another malloc");
	run(by_threads, "opened by four threads at once");
	run(protected_as_before, "libc's pages are protected as before");
	run(refused,
	    "where they can't be written it is opened without the flag");
	run(by_handle, "a handle of libc finds the program's malloc");
	run_option("drop", "HAKMEM_DEEPBIND=drop leaves the flag out");
	run_option("keep", "HAKMEM_DEEPBIND=keep leaves the library libc's");
	run_linked("linked with another malloc, as the program is");
	how.flags = RTLD_LAZY | RTLD_DEEPBIND | RTLD_GLOBAL;
	run(exchange_all, "lazily bound: blocks are freed on both sides");
	how.flags = RTLD_NOW;
	run(opens_inner, "not deep-bound, it opens another by its own RUNPATH");
	how.flags = DEEP;
	how.open = open_in_base;
	run(exchange_all, "by dlmopen: blocks are freed on both sides");
	how = (struct how){ "deepbind_now.so", open_plainly, DEEP };
	run(exchange_all, "of full RELRO: blocks are freed on both sides");
	how.library = "deepbind_early.so";
	run(early, "its constructor and its resolver free what libc made");
	how.library = "deepbind_cxx.so";
	run(cxx, "in C++: new and delete are the program's too");
	return ksft_finished();
}
