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
 * Write the decimal digits of a number so that they end before `end`. Returns the address
 * of the first digit. The caller provides enough room: 10 bytes for any number.
 */
char *hak_text_digits(char *end, uint32_t number);

/*
 * Write the text to descriptor 2 in a single call and empty the buffer. A cut
 * text still ends with a newline.
 */
void hak_text_print(struct hak_text *text);

/*
 * Note whether the running thread has its own table of descriptors. `which` is 0 for
 * the keeper and 1 for the watcher. hak_text_print() still writes the messages of such
 * a thread to the program's descriptor 2, but before Linux 5.6 not if descriptor 2 is a
 * socket. If the thread cannot borrow the program's descriptor, the message is lost,
 * because descriptor 2 in the thread's own table is not writable.
 */
void hak_text_from_apart(unsigned which, bool is);

/*
 * Note the kernel's id of a thread that has the program's descriptors. If the process's
 * first thread has ended, hak_text_print() borrows descriptor 2 from this thread.
 */
void hak_text_lender(uint32_t thread);
