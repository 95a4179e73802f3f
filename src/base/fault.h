/* SPDX-License-Identifier: MIT */
/*
 * fault.h - prints a misuse of the heap, and ends the program.
 *
 * hakmem prints a line on descriptor 2 and raises SIGABRT:
 *     hakmem: KIND: POINTER: DETAIL; ADVICE
 * The functions are async-signal-safe, take no lock and allocate nothing.
 */
#pragma once

#include "base/compiler.h"
#include "base/text.h"

enum hak_fault {
#define HAK_FAULT(id, kind, advice) HAK_FAULT_##id,
#include "base/faults.def"
#undef HAK_FAULT
};

/* Print the line, without a signal. The program goes on. */
HAK_COLD void hak_fault_tell(enum hak_fault fault, const void *pointer,
			     const struct hak_text *detail);

/* Raise SIGABRT, after hak_fault_tell() has printed the line. */
HAK_COLD HAK_NORETURN void hak_fault_end(void);

/*
 * Print the line and raise SIGABRT. `detail` is the line's DETAIL; NULL or empty: none.
 */
HAK_COLD HAK_NORETURN void hak_fault(enum hak_fault fault, const void *pointer,
				     const struct hak_text *detail);

/*
 * End the program because hakmem's own records contradict each other. `what`
 * names the records.
 */
HAK_COLD HAK_NORETURN void hak_fault_state(const char *what);

/*
 * Debug builds check the condition. Other builds compile the condition, but drop
 * the call.
 */
static inline void hak_assert(int holds, const char *what)
{
	if (HAK_DEBUG && hak_unlikely(!holds))
		hak_fault_state(what);
}
