/* SPDX-License-Identifier: MIT */
/*
 * setting.h - the library's options as flags of hakmem run: --keep-mb=N or
 * -o KEEP_MB=N for HAKMEM_KEEP_MB=N. base/options.def lists the options.
 */
#pragma once

#include "base/options.h"

#include <limits.h>

/* Return the long flag of an option, as "keep-mb". Nobody frees the string. */
const char *hak_setting_flag(enum hak_option option);

/*
 * Set an option of the library for the program that run starts. Returns 0, or
 * -1 with the reason printed when the library does not accept the value.
 */
int hak_setting_set(enum hak_option option, const char *value);

/*
 * Set an option from "NAME=VALUE". HAKMEM_KEEP_MB, KEEP_MB, keep_mb and keep-mb are the
 * forms of a NAME. Returns as hak_setting_set().
 */
int hak_setting_set_pair(const char *pair);

/*
 * Call this after all flags are read. If a flag or the environment turns the
 * guard on, the function sets the other options that a guard needs; an option
 * that is set already keeps its value. Returns 0, or -1 with the reason printed.
 */
int hak_setting_imply(void);

/* Print the flags of hakmem run, with their values and their meaning. */
void hak_setting_help(void);
