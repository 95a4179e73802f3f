/* SPDX-License-Identifier: MIT */
/*
 * text.h - a line of text, built on the stack: no malloc, no stdio.
 *
 * Safe in any context, also in signal handlers. Text beyond the buffer is cut.
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

/*
 * Write the digits of a number so that they end before `end`. Returns the first
 * digit. The caller provides enough room.
 */
char *hak_text_digits(char *end, uint32_t number);

/*
 * Write the text to descriptor 2 in a single call and empty the buffer. A cut
 * text still ends with a newline.
 */
void hak_text_print(struct hak_text *text);

/*
 * Note that the running thread has its own descriptors, or with `is` false, no
 * longer. The thread's messages still go to the program's descriptor 2, before
 * Linux 5.6 unless descriptor 2 is a socket. If the program's descriptor cannot
 * be borrowed, the message is lost: descriptor 2 of the thread itself is not
 * writable.
 */
void hak_text_from_apart(unsigned which, bool is); /* 0 or 1 */

/* Name a thread with the program's descriptors, in case the first thread ended. */
void hak_text_lender(uint32_t thread);
