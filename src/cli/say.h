/* SPDX-License-Identifier: MIT */
/*
 * say.h - the tool's messages and exit statuses.
 *
 * The statuses are those of env(1).
 */
#pragma once

enum hak_cli_status {
	HAK_CLI_OK = 0,
	HAK_CLI_FAILED = 125,	 /* hakmem itself failed */
	HAK_CLI_CANNOT = 126,	 /* CMD exists, but cannot be run */
	HAK_CLI_NOT_FOUND = 127, /* CMD does not exist */
};

/* Print "hakmem: ..." and a newline on stderr. */
void hak_cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Flush stdout. Returns the exit status of a command that printed a listing:
 * HAK_CLI_FAILED, with a message, if a part of the listing was not written.
 */
int hak_cli_written(void);
