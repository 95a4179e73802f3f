/* SPDX-License-Identifier: MIT */
/*
 * fault.c - prints a misuse of the heap, and ends the program.
 *
 * Calls   text.h, abort().
 */
#include "base/fault.h"

#include <stdlib.h>

static const struct {
	const char *kind;
	const char *advice;
} faults[] = {
#define HAK_FAULT(id, kind, advice) [HAK_FAULT_##id] = { kind, advice },
#include "base/faults.def"
#undef HAK_FAULT
};

void hak_fault_tell(enum hak_fault fault, const void *pointer,
		    const struct hak_text *detail)
{
	struct hak_text line = { 0 };
	size_t i;

	hak_text_add(&line, "hakmem: ");
	hak_text_add(&line, faults[fault].kind);
	hak_text_add(&line, ": ");
	hak_text_add_pointer(&line, pointer);
	hak_text_add(&line, ": ");
	for (i = 0; detail && i < detail->used; i++) {
		char one[2] = { detail->bytes[i], 0 };

		hak_text_add(&line, one);
	}
	if (detail && detail->used)
		hak_text_add(&line, "; ");
	hak_text_add(&line, faults[fault].advice);
	hak_text_add(&line, "\n");
	hak_text_print(&line);
}

void hak_fault_end(void)
{
	abort();
}

void hak_fault(enum hak_fault fault, const void *pointer,
	       const struct hak_text *detail)
{
	hak_fault_tell(fault, pointer, detail);
	abort();
}

void hak_fault_state(const char *what)
{
	struct hak_text detail = { 0 };

	hak_text_add(&detail, what);
	hak_fault(HAK_FAULT_BROKEN_STATE, what, &detail);
}
