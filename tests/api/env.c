/* SPDX-License-Identifier: MIT */
/*
 * env.c - other people's environment variables do nothing: glibc's tunables
 * and MALLOC_*, and other allocators' options; ours say one line when wrong.
 */
#include <malloc.h>
#include <pthread.h>

#include "../ktap.h"
#include "../ktap_run.h"

static const char *const foreign[][2] = {
	{ "GLIBC_TUNABLES", "glibc.malloc.check=3" },
	{ "GLIBC_TUNABLES", "glibc.malloc.perturb=85" },
	{ "GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:"
	  "glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=4096" },
	{ "GLIBC_TUNABLES", "glibc.malloc.hugetlb=1" },
	{ "GLIBC_TUNABLES", "glibc.pthread.rseq=0" },
	{ "GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=0" },
	{ "GLIBC_TUNABLES", "nonsense" },
	{ "MALLOC_ARENA_MAX", "1" }, { "MALLOC_ARENA_TEST", "1" },
	{ "MALLOC_CHECK_", "3" }, { "MALLOC_PERTURB_", "170" },
	{ "MALLOC_TOP_PAD_", "1" }, { "MALLOC_TRIM_THRESHOLD_", "0" },
	{ "MALLOC_MMAP_MAX_", "0" }, { "MALLOC_MMAP_THRESHOLD_", "1" },
	{ "MALLOC_TRACE", "/nonexistent/trace" },
	{ "MALLOC_CONF", "junk:true,abort:true,nonsense:1" },
	{ "MIMALLOC_VERBOSE", "0" }, { "LD_BIND_NOW", "1" },
	{ "HAKMEM_NO_SUCH_OPTION", "1" },
};

#define FOREIGN	(sizeof(foreign) / sizeof(*foreign))

static void *churn(void *arg)
{
	for (size_t size = 1; size < 6 << 20; size += size / 2 + 1) {
		char *block = malloc(size), *zeroed = calloc(1, size);

		if (!block || !zeroed || zeroed[0] || zeroed[size - 1])
			exit(3);
		memset(block, 1, malloc_usable_size(block));
		free(realloc(block, size * 2));
		free(zeroed);
	}
	return arg;
}

static int subject(void)
{
	pthread_t thread;

	churn(NULL);
	for (int i = 0; i < 5; i++) {
		if (pthread_create(&thread, NULL, churn, NULL))
			return 4;
		pthread_join(thread, NULL);
	}
	return 0;
}

/* A value we do not know: one line that names it, the default, and go on. */
static void wrong_value(const char *name, const char *value)
{
	struct ktap_run run;
	char start[128];
	const char *end;
	bool ok;

	if (!ktap_is_hakmem()) {
		ksft_test_result_skip("not hakmem", "%s=%s", name, value);
		return;
	}
	snprintf(start, sizeof(start), "hakmem: %s=%s: ", name, value);
	ktap_run_self(&run, "subject", name, value, 60);
	end = strchr(run.err, '\n');
	ok = ktap_run_ok(&run) && end && !end[1] &&
	     !strncmp(run.err, start, strlen(start));
	if (!ksft_test_result(ok, "%s=%s is answered in one line", name,
			      value))
		ktap_run_print(&run);
}

static void right_value(const char *name, const char *value)
{
	struct ktap_run run;
	char text[128];

	snprintf(text, sizeof(text), "%s=%s", name, value);
	ktap_run_self(&run, "subject", name, value, 60);
	ktap_run_result(&run, text);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return subject();
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan((unsigned int)FOREIGN + 7);
	for (size_t i = 0; i < FOREIGN; i++)
		right_value(foreign[i][0], foreign[i][1]);
	right_value("HAKMEM_HUGE", "thp");
	right_value("HAKMEM_HUGE", "off");
	right_value("HAKMEM_KEEP_MB", "0");
	right_value("HAKMEM_KEEP_MB", "100");
	wrong_value("HAKMEM_HUGE", "foo");
	wrong_value("HAKMEM_KEEP_MB", "-1");
	wrong_value("HAKMEM_KEEP_MB", "1x");
	return ksft_finished();
}
