/* SPDX-License-Identifier: MIT */
/*
 * dlopen.c - libraries come and go while threads allocate; the library itself
 * opened by a program that did not preload it, after 200 others with
 * thread-local storage, and closed under the feet of threads that use it.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "../ktap.h"
#include "../ktap_lib.h"
#include "../ktap_run.h"

#define COPIES	100

static void *(*lib_malloc)(size_t size);
static void *(*lib_realloc)(void *block, size_t size);
static void (*lib_free)(void *block);
static atomic_int stop, failed;

/* The loader knows files by inode: each copy is a library of its own. */
static void *open_copy(const char *path, const char *dir, int number)
{
	char copy[KTAP_PATH];
	int from = open(path, O_RDONLY | O_CLOEXEC), to;
	struct stat stat;
	void *lib;

	snprintf(copy, sizeof(copy), "%s/%d.so", dir, number);
	to = open(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	if (from < 0 || to < 0 || fstat(from, &stat) ||
	    sendfile(to, from, NULL, (size_t)stat.st_size) != stat.st_size)
		ksft_exit_fail_msg("%s: %s", copy, strerror(errno));
	close(from);
	close(to);
	lib = dlopen(copy, RTLD_NOW);
	unlink(copy);
	return lib;
}

static int open_copies(const char *name)
{
	char path[KTAP_PATH], dir[] = "/tmp/ktap-dlopen-XXXXXX";
	int opened = 0;

	if (!ktap_lib_path(path, sizeof(path), name))
		ksft_exit_fail_msg("%s was not built", name);
	if (!mkdtemp(dir))
		ksft_exit_fail_msg("mkdtemp: %s", strerror(errno));
	for (int i = 0; i < COPIES; i++) {
		void *lib = open_copy(path, dir, i);
		int (*touch)(int) = (int (*)(int))
			(lib ? dlsym(lib, "tls_touch") : NULL);

		opened += touch && touch(i + 1);
	}
	rmdir(dir);
	return opened;
}

static void *use_lib(void *arg)
{
	while (!stop)
		for (size_t size = 1; size < 200000; size = size * 2 + 1) {
			char *block = lib_malloc(size);

			if (!block) {
				failed++;
				continue;
			}
			memset(block, 1, size);
			block = lib_realloc(block, size * 2);
			failed += block[size - 1] != 1;
			lib_free(block);
		}
	return arg;
}

static bool open_lib(const char *path)
{
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!lib) {
		ksft_print_msg("%s", dlerror());
		return false;
	}
	*(void **)&lib_malloc = dlsym(lib, "malloc");
	*(void **)&lib_realloc = dlsym(lib, "realloc");
	*(void **)&lib_free = dlsym(lib, "free");
	return dlclose(lib) == 0;
}

/* In a child without any preload. */
static int not_preloaded(void *arg)
{
	pthread_t thread[4];
	const char *path = arg;

	if (!open_lib(path))
		return 2;
	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, use_lib, NULL);
	for (int i = 0; i < 100; i++)
		if (!open_lib(path))
			return 3;
	lib_free(strdup("a block of libc's"));
	stop = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	/* closed, and the last user gone: what it gave must still be there */
	lib_free(lib_realloc(lib_malloc(100), 1 << 20));
	return failed != 0;
}

static int subject(void)
{
	const char *path = getenv("HAKMEM_LIB");

	if (open_copies("tls_lib.so") != COPIES)
		return 5;
	if (open_copies("tls_static_lib.so") != COPIES)
		return 6;
	return not_preloaded((void *)path);
}

static void *churn(void *arg)
{
	while (!stop) {
		char *block = malloc((size_t)rand() % 20000 + 1);

		block[0] = 1;
		free(block);
	}
	return arg;
}

static void *touch_new(void *arg)
{
	int (*touch)(int) = (int (*)(int))arg;

	return (void *)(long)touch(5);
}

/* The loader's own allocations: thread vectors, link maps, TLS blocks. */
static void cycles(void)
{
	char path[KTAP_PATH];
	pthread_t thread[2], toucher;
	int bad = 0;

	if (!ktap_lib_path(path, sizeof(path), "tls_lib.so"))
		ksft_exit_fail_msg("tls_lib.so was not built");
	stop = 0;
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, churn, NULL);
	for (int i = 0; i < 100; i++) {
		void *lib = dlopen(path, RTLD_NOW), *ret = NULL;
		void *touch = lib ? dlsym(lib, "tls_touch") : NULL;

		if (!touch)
			ksft_exit_fail_msg("%s", dlerror());
		pthread_create(&toucher, NULL, touch_new, touch);
		pthread_join(toucher, &ret);
		bad += !ret || ((int (*)(int))touch)(i) < 2;
		bad += dlclose(lib) != 0;
	}
	stop = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	ksft_test_result(!bad, "dlopen and dlclose 100 times beside threads");
}

static int visit(struct dl_phdr_info *info, size_t size, void *count)
{
	char *block = malloc(size * 100);

	memset(block, info->dlpi_phnum, size * 100);
	free(block);
	(*(int *)count)++;
	return 0;
}

/* The loader's lock is held in the callback; ours must not wait for it. */
static void callback(void)
{
	pthread_t thread[2];
	int count = 0;

	stop = 0;
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, churn, NULL);
	for (int i = 0; i < 2000; i++)
		dl_iterate_phdr(visit, &count);
	stop = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	ksft_test_result(count >= 4000, "malloc in dl_iterate_phdr's callback");
}

int main(int argc, char **argv)
{
	const char *lib = getenv("HAKMEM_LIB");
	struct ktap_run run;

	if (argc > 1)
		return subject();
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(3);
	if (lib && *lib) {
		ktap_run_self(&run, "subject", "LD_PRELOAD", NULL, 60);
		ktap_run_result(&run, "opened late, not preloaded, and closed");
	} else {
		ksft_test_result_skip("no library is named", "opened late");
	}
	cycles();
	callback();
	return ksft_finished();
}
