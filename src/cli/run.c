/* SPDX-License-Identifier: MIT */
/*
 * run.c - hakmem run: becomes the program, with the library preloaded.
 *
 * No process of hakmem stays: the program takes over the tool's process ID,
 * receives all signals, and returns the exit status itself.
 * Calls   library.h, setting.h, verify.h, say.h.
 */
#include "cli/cli.h"
#include "cli/library.h"
#include "cli/say.h"
#include "cli/setting.h"
#include "cli/verify.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FLAG_VERIFY = 256, FLAG_SETTING };

struct run_request {
	bool verify;
	bool verbose;
};

static void list_run_flags(struct option *flags)
{
	int n = 0;

	flags[n++] = (struct option){ "verify", no_argument, 0, FLAG_VERIFY };
	flags[n++] = (struct option){ "verbose", no_argument, 0, 'v' };
	flags[n++] = (struct option){ "set", required_argument, 0, 'o' };
	for (int i = 0; i < HAK_OPTIONS; i++)
		flags[n++] = (struct option){ hak_setting_flag(i),
					      required_argument, 0,
					      FLAG_SETTING + i };
	flags[n] = (struct option){ 0 };
}

/* Return the index of CMD in argv, or -1 with the reason printed. */
static int read_run_flags(int argc, char **argv, struct run_request *request)
{
	static char name[] = "hakmem: run"; /* for getopt's messages */
	struct option flags[HAK_OPTIONS + 4];
	int flag;
	int bad = 0;

	list_run_flags(flags);
	argv[0] = name;
	while ((flag = getopt_long(argc, argv, "+o:v", flags, NULL)) != -1) {
		if (flag == FLAG_VERIFY)
			request->verify = true;
		else if (flag == 'v')
			request->verbose = true;
		else if (flag == 'o')
			bad |= hak_setting_set_pair(optarg);
		else if (flag >= FLAG_SETTING)
			bad |= hak_setting_set(flag - FLAG_SETTING, optarg);
		else
			bad = -1;
	}
	if (bad || hak_setting_imply())
		return -1;
	return optind;
}

/* Put the library in front of the libraries that LD_PRELOAD names already. */
static int set_preload(const char *library)
{
	const char *present = getenv("LD_PRELOAD");
	size_t length = strlen(library);
	char *list;
	int result;

	if (!present || !*present)
		return setenv("LD_PRELOAD", library, 1);
	if (!strncmp(present, library, length) && strchr(": ", present[length]))
		return 0;
	if (asprintf(&list, "%s:%s", library, present) < 0)
		return -1;
	result = setenv("LD_PRELOAD", list, 1);
	free(list);
	return result;
}

static int preload_library(const char *library)
{
	if (strpbrk(library, ": $")) {
		hak_cli_say("run: the loader cannot preload %s: its path has a "
			    "blank, ':' or '$'; move the library",
			    library);
		return -1;
	}
	if (set_preload(library)) {
		hak_cli_say("run: cannot set LD_PRELOAD: out of memory");
		return -1;
	}
	return 0;
}

static int become_command(char **argv)
{
	int error;

	execvp(argv[0], argv);
	error = errno;
	hak_cli_say("%s: %s", argv[0], strerror(error));
	return error == ENOENT ? HAK_CLI_NOT_FOUND : HAK_CLI_CANNOT;
}

int hak_cli_run(int argc, char **argv)
{
	struct run_request request = { .verify = false };
	char library[PATH_MAX];
	int first = read_run_flags(argc, argv, &request);
	int status;

	if (first < 0)
		return HAK_CLI_FAILED;
	if (first >= argc) {
		hak_cli_say("run: no CMD; use hakmem run [OPTION]... [--] CMD "
			    "[ARG]...");
		return HAK_CLI_FAILED;
	}
	if (hak_library_find(library)) {
		hak_cli_say("run: no libhakmem.so.0 found; build it with make, "
			    "install it, or name it in HAKMEM_LIB");
		return HAK_CLI_FAILED;
	}
	if (preload_library(library))
		return HAK_CLI_FAILED;
	if (request.verbose)
		hak_cli_say("run: LD_PRELOAD=%s", getenv("LD_PRELOAD"));
	if (request.verify) {
		status = hak_verify(argv[first], library, request.verbose);
		if (status)
			return status;
	}
	return become_command(argv + first);
}
