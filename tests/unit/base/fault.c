/* SPDX-License-Identifier: MIT */
/* fault.c - every row of faults.def: the exact line, and SIGABRT. */
#include "base/fault.h"

#include "unit/unit.h"

static const struct row {
	const char *id;
	const char *kind;
	const char *advice;
} rows[] = {
#define HAK_FAULT(id, kind, advice) [HAK_FAULT_##id] = { #id, kind, advice },
#include "base/faults.def"
#undef HAK_FAULT
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

struct attempt {
	enum hak_fault fault;
	const void *pointer;
	const char *detail;
};

static int fault(void *arg)
{
	const struct attempt *attempt = arg;
	struct hak_text detail = { 0 };

	if (!attempt->detail)
		hak_fault(attempt->fault, attempt->pointer, NULL);
	hak_text_add(&detail, attempt->detail);
	hak_fault(attempt->fault, attempt->pointer, &detail);
}

static void with_detail(enum hak_fault number, const char *detail)
{
	struct attempt attempt = { number, (void *)0xabcdef0, detail };
	char name[64];

	snprintf(name, sizeof(name), "%s, %s", rows[number].id,
		 !detail ? "no detail" : *detail ? "a detail" : "empty detail");
	unit_dies(name, fault, &attempt, "hakmem: %s: 0xabcdef0: %s%s%s\n",
		  rows[number].kind, detail ? detail : "",
		  detail && *detail ? "; " : "", rows[number].advice);
}

static int fault_state(void *arg)
{
	hak_fault_state(arg);
}

static int assert_false(void *arg)
{
	hak_assert(1, arg);
	hak_assert(0, arg);
	return 0;
}

static void asserting(char *what)
{
	const char *name = "an assertion that does not hold";
	struct ktap_run run;

	if (HAK_DEBUG) {
		unit_dies(name, assert_false, what,
			  "hakmem: broken state: %p: %s; ", what, what);
	} else {
		ktap_run_fork(&run, assert_false, what, 10);
		ktap_run_result(&run, name);
	}
}

int main(void)
{
	char what[] = "two and two";
	unsigned int i;

	ksft_print_header();
	ksft_set_plan(3 * ROWS + 2);
	for (i = 0; i < ROWS; i++) {
		with_detail((enum hak_fault)i, NULL);
		with_detail((enum hak_fault)i, "");
		with_detail((enum hak_fault)i, "a 64-byte block of node 0");
	}
	unit_dies("a broken state names what is broken", fault_state, what,
		  "hakmem: broken state: %p: %s; %s\n", (void *)what, what,
		  rows[HAK_FAULT_BROKEN_STATE].advice);
	asserting(what);
	return ksft_finished();
}
