/* SPDX-License-Identifier: MIT */
/* text.c - a line of text: numbers, pointers, what does not fit, printing. */
#include "base/text.h"

#include "unit/unit.h"

static bool reads(const struct hak_text *text, const char *words)
{
	return text->used == strlen(words) &&
	       memcmp(text->bytes, words, text->used) == 0;
}

static void numbers(void)
{
	static const uint64_t some[] = { 0, 1, 9, 10, 99, 100, 4294967296,
					 UINT64_MAX - 1, UINT64_MAX };
	char words[64];
	size_t i;

	for (i = 0; i < sizeof(some) / sizeof(*some); i++) {
		struct hak_text text = { 0 };

		hak_text_add_number(&text, some[i]);
		snprintf(words, sizeof(words), "%lu", some[i]);
		unit_expect(reads(&text, words));
	}
	unit_result("numbers");

	for (i = 0; i < sizeof(some) / sizeof(*some); i++) {
		struct hak_text text = { 0 };

		hak_text_add_pointer(&text, (void *)some[i]);
		snprintf(words, sizeof(words), "0x%lx", some[i]);
		unit_expect(reads(&text, words));
	}
	unit_result("pointers");
}

static void pieces(void)
{
	struct hak_text text = { 0 };

	hak_text_add(&text, "");
	unit_expect(reads(&text, ""));
	hak_text_add(&text, "a ");
	hak_text_add_number(&text, 64);
	hak_text_add(&text, "-byte block at ");
	hak_text_add_pointer(&text, (void *)0xbeef);
	unit_expect(reads(&text, "a 64-byte block at 0xbeef"));
	unit_result("pieces follow one another");
}

static void too_much(void)
{
	struct {
		struct hak_text text;
		char after[64];
	} all = { 0 };
	size_t room = sizeof(all.text.bytes);
	size_t i;

	memset(all.after, 'x', sizeof(all.after));
	for (i = 0; i < room / 10 + 20; i++)
		hak_text_add(&all.text, "0123456789");
	hak_text_add_number(&all.text, UINT64_MAX);
	hak_text_add_pointer(&all.text, &all);
	unit_expect(all.text.used == room);
	for (i = 0; i < room; i++)
		unit_expect(all.text.bytes[i] == (char)('0' + i % 10));
	for (i = 0; i < sizeof(all.after); i++)
		unit_expect(all.after[i] == 'x');
	unit_result("what does not fit is cut");
}

static int print(void *arg)
{
	struct hak_text text = { 0 };

	(void)arg;
	errno = 77;
	hak_text_add(&text, "one\n");
	hak_text_print(&text);
	if (text.used)
		return 1;
	hak_text_add(&text, "two\n");
	hak_text_print(&text);
	hak_text_print(&text);
	return errno != 77;
}

static void printing(void)
{
	struct ktap_run run;

	ktap_run_fork(&run, print, NULL, 10);
	unit_expect(ktap_run_ok(&run));
	unit_expect(strcmp(run.err, "one\ntwo\n") == 0);
	unit_expect(run.out[0] == '\0');
	unit_result("printed on descriptor 2 and emptied, errno kept");
}

static int print_too_much(void *arg)
{
	struct hak_text text = { 0 };
	unsigned int i;

	for (i = 0; i < sizeof(text.bytes) - *(unsigned int *)arg; i++)
		hak_text_add(&text, "z");
	hak_text_print(&text);
	return 0;
}

static void ending(void)
{
	unsigned int room = sizeof(((struct hak_text *)NULL)->bytes), less;
	struct ktap_run run;

	for (less = 0; less < 2; less++) {
		ktap_run_fork(&run, print_too_much, &less, 10);
		unit_expect(ktap_run_ok(&run));
		unit_expect(strlen(run.err) == room - less);
		unit_expect(strspn(run.err, "z") == room - 1);
		unit_expect(run.err[room - 1] == (less ? '\0' : '\n'));
	}
	unit_result("a line that was cut ends all the same");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(6);
	numbers();
	pieces();
	too_much();
	printing();
	ending();
	return ksft_finished();
}
