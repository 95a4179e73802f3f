/* SPDX-License-Identifier: MIT */
/*
 * verify.h - decides whether the library takes effect in a command.
 */
#pragma once

#include <stdbool.h>

/*
 * Decide whether library takes effect in command. The caller has put library
 * into LD_PRELOAD. Returns 0 if the library takes effect; otherwise prints the
 * reason and an advice, and returns the tool's exit status. With verbose set,
 * the function prints the evidence too.
 */
int hak_verify(const char *command, const char *library, bool verbose);
