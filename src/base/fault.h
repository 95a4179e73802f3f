/* SPDX-License-Identifier: MIT */
/*
 * fault.h - the last words of a program whose heap was misused.
 *
 * One line on descriptor 2, then SIGABRT:
 *     hakmem: KIND: POINTER: DETAIL; ADVICE
 * Async-signal-safe; takes no lock and allocates nothing.
 */
#pragma once

#include "base/compiler.h"
#include "base/text.h"

enum hak_fault {
#define HAK_FAULT(id, kind, advice) HAK_FAULT_##id,
#include "base/faults.def"
#undef HAK_FAULT
};

/* The line alone: the program goes on. */
HAK_COLD void hak_fault_tell(enum hak_fault fault, const void *pointer,
			     const struct hak_text *detail);

/* The end alone. */
HAK_COLD HAK_NORETURN void hak_fault_end(void);

/* `detail` is continued by the caller before the fault: may be empty. */
HAK_COLD HAK_NORETURN void hak_fault(enum hak_fault fault, const void *pointer,
				     const struct hak_text *detail);

/* For records that contradict each other: `what` names them. */
HAK_COLD HAK_NORETURN void hak_fault_state(const char *what);

/* Debug builds check, others let the compiler read it and drop it. */
static inline void hak_assert(int holds, const char *what)
{
	if (HAK_DEBUG && hak_unlikely(!holds))
		hak_fault_state(what);
}
