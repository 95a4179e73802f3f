/* SPDX-License-Identifier: MIT */
/*
 * options.h - the options from the environment; constant after start.
 *
 * In a setuid program (AT_SECURE) hakmem reads no option. For a bad value hakmem prints a
 * line on descriptor 2 and uses the default.
 */
#pragma once

#include <stdint.h>

enum hak_option {
#define HAK_CHOICE(id, name, type, value, doc, words) HAK_OPTION_##id,
#define HAK_NUMBER(id, name, unit, minimum, maximum, speed, balanced, lean, \
		   doc)                                                     \
	HAK_OPTION_##id,
#define HAK_LIST(id, name, doc) HAK_OPTION_##id,
#include "base/options.def"
	HAK_OPTIONS
};

/* For each option with words, an enum of the words: HAK_HUGE_THP, HAK_HUGE_OFF, ... */
#define HAK_CHOICE(id, name, type, value, doc, words) enum type { words };
#define HAK_WORD(value, word, doc)		      value,
#include "base/options.def"

/* For each option with a number, the largest number: HAK_BATCH_MAX, ... */
enum {
#define HAK_NUMBER(id, name, unit, minimum, maximum, speed, balanced, lean, \
		   doc)                                                     \
	HAK_##id##_MAX = maximum,
#include "base/options.def"
};

/* Call this once, on the initialising thread. */
void hak_options_read(void);

/* The value of an option: the number, or the enum value of the word. */
uint64_t hak_option(enum hak_option option);

/* The text of an option with a list of nodes; NULL if the option is not set. */
const char *hak_option_list(enum hak_option option);
