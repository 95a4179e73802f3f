/* SPDX-License-Identifier: MIT */
/*
 * libc_blocks.c - blocks allocated by libc and freed by the program: they come
 * from the public malloc, so free and realloc must accept these blocks.
 */
#include <argz.h>
#include <dirent.h>
#include <envz.h>
#include <execinfo.h>
#include <glob.h>
#include <limits.h>
#include <malloc.h>
#include <netdb.h>
#include <regex.h>
#include <search.h>
#include <wchar.h>

#include "../ktap.h"

/* Grow and free a block from libc. False if there was none. */
static bool used_up(void *block)
{
	char *grown;

	if (!block || !malloc_usable_size(block))
		return false;
	grown = realloc(block, 100000);
	if (!grown)
		return false;
	memset(grown, 1, 100000);
	free(grown);
	return true;
}

static void strings(void)
{
	char *text = NULL;

	ksft_test_result(used_up(strdup("one")), "strdup");
	ksft_test_result(used_up(strndup("one", 2)), "strndup");
	ksft_test_result(used_up(wcsdup(L"one")), "wcsdup");
	ksft_test_result(asprintf(&text, "%0900d", 5) == 900 && used_up(text),
			 "asprintf");
	ksft_test_result(sscanf("word", "%ms", &text) == 1 && used_up(text),
			 "sscanf %%ms");
}

static void paths(void)
{
	glob_t found = { 0 };

	ksft_test_result(used_up(realpath("/proc/self/..", NULL)), "realpath");
	ksft_test_result(used_up(canonicalize_file_name("/usr/..")),
			 "canonicalize_file_name");
	ksft_test_result(used_up(getcwd(NULL, 0)), "getcwd");
	ksft_test_result(used_up(get_current_dir_name()),
			 "get_current_dir_name");
	ksft_test_result(glob("/proc/[a-z]*", 0, NULL, &found) == 0 &&
			 found.gl_pathc > 3, "glob");
	globfree(&found);
}

static void lines(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char *line = NULL;
	size_t room = 0;
	int count = 0;

	while (getline(&line, &room, file) > 0)
		count++;
	ksft_test_result(count > 10 && used_up(line), "getline");
	rewind(file);
	line = malloc(1);	/* a block of the program, grown by libc */
	room = 1;
	ksft_test_result(getdelim(&line, &room, '~', file) > 100 &&
			 room > 100 && used_up(line), "getdelim");
	fclose(file);
}

static void streams(void)
{
	char *text = NULL;
	wchar_t *wide = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	for (int i = 0; i < 20000; i++)
		fprintf(file, "%d ", i);
	fclose(file);
	ksft_test_result(len > 100000 && used_up(text), "open_memstream");
	file = open_wmemstream(&wide, &len);
	fputws(L"some wide text", file);
	fclose(file);
	ksft_test_result(len == 14 && used_up(wide), "open_wmemstream");
	file = fmemopen(NULL, 5000, "w+");
	ksft_test_result(file && fputs("x", file) > 0 && !fclose(file),
			 "fmemopen");
	file = popen("exit 3", "r");
	ksft_test_result(file && pclose(file) == 3 << 8, "popen");
}

static void directories(void)
{
	struct dirent **entries = NULL;
	int count = scandir("/proc/self", &entries, NULL, alphasort);
	DIR *dir = opendir("/proc/self");
	bool all = count > 10;

	for (int i = 0; i < count; i++)
		all &= used_up(entries[i]);
	free(entries);
	ksft_test_result(all, "scandir");
	ksft_test_result(dir && readdir(dir) && !closedir(dir), "opendir");
}

static void vectors(void)
{
	char *argz = NULL, *envz = NULL;
	size_t len = 0, env_len = 0;
	void *frames[16];
	char **names;
	int count;

	argz_create_sep("a:b:c:d", ':', &argz, &len);
	argz_add(&argz, &len, "and more of it");
	ksft_test_result(argz_count(argz, len) == 5 && used_up(argz), "argz");
	envz_add(&envz, &env_len, "name", "value");
	ksft_test_result(env_len == 11 && used_up(envz), "envz");
	count = backtrace(frames, 16);
	names = backtrace_symbols(frames, count);
	ksft_test_result(count > 0 && used_up(names), "backtrace_symbols");
}

static int by_text(const void *one, const void *two)
{
	return strcmp(one, two);
}

static void tables(void)
{
	char number[16];
	void *root = NULL;
	regex_t regex;
	bool ok = true;

	for (int i = 0; i < 500; i++) {
		snprintf(number, sizeof(number), "%d", i * 7919 % 500);
		ok &= tsearch(strdup(number), &root, by_text) != NULL;
	}
	tdestroy(root, free);
	ksft_test_result(ok, "tsearch and tdestroy(free)");
	ksft_test_result(hcreate(1000), "hcreate");
	hdestroy();
	ok = regcomp(&regex, "^(a|b)*(c+d?){1,20}$", REG_EXTENDED) == 0 &&
	     regexec(&regex, "ababccd", 0, NULL, 0) == 0;
	regfree(&regex);
	ksft_test_result(ok, "regcomp");
}

static void environment(void)
{
	char name[32];
	struct addrinfo *info = NULL, hints = { .ai_flags = AI_NUMERICHOST };
	bool ok = true;

	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "HAK_TEST_%d", i);
		ok &= setenv(name, "a value of some length", 1) == 0;
		ok &= i % 3 || unsetenv(name) == 0;
	}
	ksft_test_result(ok && clearenv() == 0, "setenv, unsetenv, clearenv");
	ok = getaddrinfo("127.0.0.1", "80", &hints, &info) == 0;
	ksft_test_result(ok, "getaddrinfo");
	if (ok)
		freeaddrinfo(info);
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(26);
	strings();
	paths();
	lines();
	streams();
	directories();
	vectors();
	tables();
	environment();
	return ksft_finished();
}
