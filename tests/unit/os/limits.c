/* SPDX-License-Identifier: MIT */
/* limits.c - against what libc says of the same. */
#include "os/limits.h"

#include "unit/unit.h"

#include <sys/auxv.h>
#include <sys/sysinfo.h>

enum { SECRETS = 32 };

static const uint64_t some_limit = 1UL << 46;

static void memory(void)
{
	struct sysinfo info;

	unit_need(sysinfo(&info) == 0);
	unit_expect(hak_limits_page() == (size_t)sysconf(_SC_PAGESIZE));
	unit_expect(hak_limits_memory() ==
		    (uint64_t)(info.totalram + info.totalswap) * info.mem_unit);
	unit_result("memory with swap, and the page size");
}

static int with_limit(void *arg)
{
	struct rlimit limit = { some_limit, RLIM_INFINITY };

	(void)arg;
	if (hak_limits_addresses() != UINT64_MAX)
		return 1;
	getrlimit(RLIMIT_AS, &limit);
	limit.rlim_cur = some_limit;
	if (setrlimit(RLIMIT_AS, &limit))
		return 2;
	return hak_limits_addresses() == some_limit ? 0 : 3;
}

static void addresses(void)
{
	const char *name = "RLIMIT_AS";
	struct rlimit limit;
	struct ktap_run run;

	getrlimit(RLIMIT_AS, &limit);
	if (limit.rlim_cur != RLIM_INFINITY) {
		unit_expect(hak_limits_addresses() == limit.rlim_cur);
		unit_result(name);
		return;
	}
	ktap_run_fork(&run, with_limit, NULL, 10);
	ktap_run_result(&run, name);
}

static int print_secrets(void)
{
	printf("%lx %lx", hak_limits_secret(0), hak_limits_secret(1));
	return 0;
}

/* No secret is a word that the C library keeps secrets in, or near it. */
static bool gives_away(uint64_t secret, const uint64_t random[2])
{
	return secret == random[0] || secret == random[1] ||
	       secret == (random[0] ^ random[1]) ||
	       secret == random[0] + random[1] || secret == ~random[0] ||
	       (secret ^ random[0]) >> 16 == 0 ||
	       (secret ^ random[1]) >> 16 == 0;
}

static void secrets(char *self)
{
	uint64_t random[2], secret[SECRETS];
	struct ktap_run one, two;
	unsigned int i, j;

	memcpy(random, (void *)getauxval(AT_RANDOM), sizeof(random));
	for (i = 0; i < SECRETS; i++) {
		secret[i] = hak_limits_secret(i);
		unit_expect(hak_limits_secret(i) == secret[i]);
		unit_expect(secret[i] && !gives_away(secret[i], random));
		for (j = 0; j < i; j++)
			unit_expect(secret[j] != secret[i]);
	}
	unit_result("secrets stay, differ, and are not AT_RANDOM's words");

	ktap_run_self(&one, self, "UNIT_LIMITS_CHILD", "1", 10);
	ktap_run_self(&two, self, "UNIT_LIMITS_CHILD", "1", 10);
	unit_expect(ktap_run_ok(&one) && ktap_run_ok(&two));
	unit_expect(strlen(one.out) > 8 && strcmp(one.out, two.out) != 0);
	unit_result("another process has others");
}

int main(int argc, char **argv)
{
	(void)argc;
	if (getenv("UNIT_LIMITS_CHILD"))
		return print_secrets();
	ksft_print_header();
	ksft_set_plan(4);
	memory();
	addresses();
	secrets(argv[0]);
	return ksft_finished();
}
