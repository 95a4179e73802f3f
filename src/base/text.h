/* SPDX-License-Identifier: MIT */
/*
 * text.h - one line of text built on the stack: no malloc, no stdio.
 *
 * Safe in any context, a signal handler too. What does not fit is cut.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hak_text {
	size_t used;
	char bytes[512];
};

void hak_text_add(struct hak_text *text, const char *words);
void hak_text_add_number(struct hak_text *text, uint64_t number);
void hak_text_add_pointer(struct hak_text *text, const void *pointer);

/* The digits of a number, before `end`, where there is room; their first. */
char *hak_text_digits(char *end, uint32_t number);

/*
 * Writes the text to descriptor 2 in one call, and empties it. A text that
 * was cut ends its line all the same.
 */
void hak_text_print(struct hak_text *text);

/*
 * The running thread has descriptors of its own, or, if `is` is false, has them no
 * more: what it prints goes to the program's descriptor 2 all the same; before
 * Linux 5.6 unless that is a socket. Where that cannot be had it is lost: among its
 * own nothing is open at 2 that can be written.
 */
void hak_text_from_apart(unsigned which, bool is); /* of two */

/* A thread that has the program's descriptors, if the first one has ended. */
void hak_text_lender(uint32_t thread);
