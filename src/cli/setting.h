/* SPDX-License-Identifier: MIT */
/*
 * setting.h - the library's options as run takes them: --keep-mb=N or
 * -o KEEP_MB=N for HAKMEM_KEEP_MB=N. All from base/options.def.
 */
#pragma once

#include "options.h"

#include <limits.h>

/* The long flag of an option, as "keep-mb". Lasts for ever. */
const char *hak_setting_flag(enum hak_option option);

/*
 * Set an option of the library for the program to be run. Returns 0, or -1
 * with the reason printed when value is not one the library takes.
 */
int hak_setting_set(enum hak_option option, const char *value);

/* The same from "NAME=VALUE", NAME in any of the forms above. */
int hak_setting_set_pair(const char *pair);

/*
 * Once all flags are read: a guard that is asked for, here or by the
 * environment, sets what it needs where that is not set. Returns 0, or -1 with
 * the reason printed.
 */
int hak_setting_imply(void);

/* Print the flags, what they take and mean. */
void hak_setting_help(void);
