/* SPDX-License-Identifier: MIT */
/*
 * say.c - prints the tool's messages, and checks its output for write errors.
 *
 * Calls   libc alone, because every other file of the tool may call this file.
 */
#include "cli/say.h"

#include <stdarg.h>
#include <stdio.h>

void hak_cli_say(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("hakmem: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

int hak_cli_written(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return HAK_CLI_OK;
	hak_cli_say("cannot write to stdout");
	return HAK_CLI_FAILED;
}
