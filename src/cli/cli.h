/* SPDX-License-Identifier: MIT */
/*
 * cli.h - what the parts of the hakmem tool share.
 *
 * Every command is int hak_cli_<name>(argc, argv) with argv[0] its own name,
 * and returns the exit status. The statuses are those of env(1).
 */
#pragma once

enum hak_cli_status {
	HAK_CLI_OK = 0,
	HAK_CLI_FAILED = 125,	 /* hakmem itself failed */
	HAK_CLI_CANNOT = 126,	 /* CMD is there, but cannot be run */
	HAK_CLI_NOT_FOUND = 127, /* CMD is not there */
};

#define HAK_COMMAND(id, name, arguments, summary) \
	int hak_cli_##id(int argc, char **argv);
#include "commands.def"
#undef HAK_COMMAND

/* Print "hakmem: ..." and a newline on stderr. */
void hak_cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The status of a command that printed to stdout: did all of it get there? */
int hak_cli_written(void);
