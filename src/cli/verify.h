/* SPDX-License-Identifier: MIT */
/*
 * verify.h - will the library take effect in a command?
 */
#pragma once

#include <stdbool.h>

/*
 * Judge command, LD_PRELOAD with library being set. Returns 0 when the library
 * will take effect, else the exit status to end with, the reason and an
 * advice printed. With verbose the evidence is printed too.
 */
int hak_verify(const char *command, const char *library, bool verbose);
