/* SPDX-License-Identifier: MIT */
/* dynsym.c - names of libc are found as dlsym finds them, and led elsewhere. */
#include "os/dynsym.h"

#include "unit/unit.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

static struct hak_dynsym libc, own;

/* libc has this one too. */
long long llabs(long long n)
{
	return n + 42;
}

static void *in_libc(const char *name)
{
	static void *handle;

	if (!handle)
		handle = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	unit_need(handle);
	return dlsym(handle, name);
}

static unsigned int writable_pages(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long from, to, sum = 0;
	char line[600], may[5];

	unit_need(maps);
	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "/libc.so.6") &&
		    sscanf(line, "%lx-%lx %4s", &from, &to, may) == 3 &&
		    may[1] == 'w')
			sum += (to - from) >> 12;
	fclose(maps);
	return (unsigned int)sum;
}

static void finds(void)
{
	static const char *const names[] = { "malloc", "free",	 "qsort",
					     "printf", "getenv", "llabs" };
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		unit_expect(hak_dynsym_find(&libc, names[i]) ==
			    in_libc(names[i]));
	unit_expect(!hak_dynsym_find(&libc, "no such name"));
	unit_expect(!hak_dynsym_find(&libc, ""));
	unit_expect(!hak_dynsym_find(&libc, "environ"));
	unit_result(
		"functions are found, and neither data nor what is not there");
}

static void orders(void)
{
	unit_expect(hak_dynsym_is_before(&own, &libc));
	unit_expect(!hak_dynsym_is_before(&libc, &own));
	unit_result("the program is before libc");
}

static void redirects(void)
{
	static const char *const names[] = { "no such name", "llabs", "qsort" };
	unsigned int writable = writable_pages();
	void *sort = in_libc("qsort");

	unit_expect(in_libc("llabs") != (void *)llabs);
	unit_expect(!hak_dynsym_redirect(&libc, &own, names, 3));
	unit_expect(in_libc("llabs") == (void *)llabs);
	unit_expect(in_libc("qsort") == sort);
	unit_expect(writable_pages() == writable);
	unit_expect(!hak_dynsym_redirect(&libc, &own, names, 1));
	unit_result("a name that both have leads to the other, and no more");
}

int main(void)
{
	int here;
	int err = hak_dynsym_open(dlsym(RTLD_DEFAULT, "getauxval"), &libc);

	ksft_print_header();
	if (err == -ENOSYS)
		ksft_exit_skip("needs glibc 2.35");
	ksft_set_plan(4);
	unit_expect(!err);
	unit_expect(!hak_dynsym_open((const void *)main, &own));
	unit_expect(hak_dynsym_open(NULL, &own) == -ENOENT);
	unit_expect(hak_dynsym_open(&here, &own) == -ENOENT);
	unit_result(
		"a library is found by its code, and nothing by other places");
	finds();
	orders();
	redirects();
	return ksft_finished();
}
