/* SPDX-License-Identifier: MIT */
/*
 * options.c - every row of options.def, with good values and bad ones.
 *
 * A child reads the environment, prints the value, and complains or not.
 */
#include "base/options.h"

#include "unit/unit.h"

static const struct row {
	const char *name;
	const char *choices; /* NULL: a number; "": a list of nodes */
	uint64_t value, minimum, maximum;
	uint64_t speed, lean; /* the defaults in these profiles */
} rows[] = {
#define HAK_CHOICE(id, name, type, value, doc, words) \
	[HAK_OPTION_##id] = { name, &(words)[1], value, 0, 0, value, value },
#define HAK_WORD(value, word, doc) " " word
#define HAK_NUMBER(id, name, unit, minimum, maximum, speed, balanced, lean, \
		   doc)                                                     \
	[HAK_OPTION_##                                                      \
		id] = { name, NULL, balanced, minimum, maximum, speed, lean },
#define HAK_LIST(id, name, doc) [HAK_OPTION_##id] = { name, "", 0, 0, 0, 0, 0 },
#include "base/options.def"
};

struct attempt {
	const struct row *row;
	const char *name;
	const char *words; /* NULL: not set at all */
};

static int read_it(void *arg)
{
	const struct attempt *attempt = arg;

	if (attempt->words && setenv(attempt->name, attempt->words, 1))
		return 1;
	hak_options_read();
	printf("%lu", hak_option((enum hak_option)(attempt->row - rows)));
	return 0;
}

static bool gives(struct ktap_run *run, const struct attempt *attempt,
		  uint64_t value)
{
	char expected[32];

	snprintf(expected, sizeof(expected), "%lu", value);
	ktap_run_fork(run, read_it, (void *)attempt, 10);
	return ktap_run_ok(run) && strcmp(run->out, expected) == 0;
}

static void good(const struct row *row, const char *words, uint64_t value)
{
	struct attempt attempt = { row, row->name, words };
	struct ktap_run run;

	if (!ksft_test_result(gives(&run, &attempt, value) && !run.err[0],
			      "%s=%s is %lu", row->name,
			      words ? words : " (not set)", value))
		ktap_run_print(&run);
}

static void bad(const struct row *row, const char *words)
{
	struct attempt attempt = { row, row->name, words };
	struct ktap_run run;
	char line[512];

	if (row->choices && !*row->choices)
		snprintf(line, sizeof(line),
			 "hakmem: %s=%s: use node numbers as 0-3,8; "
			 "using the default\n",
			 row->name, words);
	else if (row->choices)
		snprintf(line, sizeof(line),
			 "hakmem: %s=%s: use one of: %s; using the default\n",
			 row->name, words, row->choices);
	else
		snprintf(line, sizeof(line),
			 "hakmem: %s=%s: use a number from %lu to %lu; "
			 "using the default\n",
			 row->name, words, row->minimum, row->maximum);
	if (!ksft_test_result(gives(&run, &attempt, row->value) &&
				      strcmp(run.err, line) == 0,
			      "%s='%s' costs one line", row->name, words))
		ktap_run_print(&run);
}

static void choice(const struct row *row)
{
	char all[256], longer[256], shorter[256];
	uint64_t value = 0;
	char *word, *rest;

	snprintf(all, sizeof(all), "%s", row->choices);
	for (word = strtok_r(all, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		good(row, word, value++);
		snprintf(longer, sizeof(longer), "%s%c", word, word[0]);
		bad(row, longer);
		snprintf(shorter, sizeof(shorter), "%s", word);
		shorter[strlen(shorter) - 1] = '\0';
		bad(row, shorter);
	}
	unit_expect(row->value < value);
	bad(row, "");
	bad(row, " ");
	bad(row, "0");
	bad(row, row->choices);
}

static int read_list(void *arg)
{
	const struct attempt *attempt = arg;
	const char *list;

	setenv(attempt->name, attempt->words, 1);
	hak_options_read();
	list = hak_option_list((enum hak_option)(attempt->row - rows));
	return !list || strcmp(list, attempt->words) != 0;
}

static void list(const struct row *row)
{
	struct attempt attempt = { row, row->name, "0-1,5" };
	struct ktap_run run;

	ktap_run_fork(&run, read_list, &attempt, 10);
	ktap_run_result(&run, "a list is kept as it was written");
	bad(row, "");
	bad(row, "all");
	bad(row, "1024");
}

static void number(const struct row *row)
{
	static const char *const wrong[] = {
		"",
		" ",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1.5",
		"0x10",
		"1k",
		"many",
		"18446744073709551615",
		"18446744073709551616",
		"99999999999999999999999999999999",
	};
	char words[32];
	size_t i;

	unit_expect(row->minimum <= row->value && row->value <= row->maximum);
	snprintf(words, sizeof(words), "%lu", row->minimum);
	good(row, words, row->minimum);
	snprintf(words, sizeof(words), "%lu", row->maximum);
	good(row, words, row->maximum);
	snprintf(words, sizeof(words), "000%lu", row->maximum - 1);
	good(row, words, row->maximum - 1);
	snprintf(words, sizeof(words), "%lu", row->maximum + 1);
	bad(row, words);
	if (row->minimum) {
		snprintf(words, sizeof(words), "%lu", row->minimum - 1);
		bad(row, words);
	}
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		bad(row, wrong[i]);
}

static void near_names(const struct row *row)
{
	struct attempt attempt = { row, NULL, "1" };
	struct ktap_run run;
	char name[64];

	attempt.name = name;
	snprintf(name, sizeof(name), "%sX", row->name);
	unit_expect(gives(&run, &attempt, row->value) && !run.err[0]);
	snprintf(name, sizeof(name), "X%s", row->name);
	unit_expect(gives(&run, &attempt, row->value) && !run.err[0]);
	snprintf(name, sizeof(name), "%s", row->name);
	name[strlen(name) - 1] = '\0';
	unit_expect(gives(&run, &attempt, row->value) && !run.err[0]);
	unit_result("names that are nearly an option's are not ours");
}

/* Longer than a line: cut, but a line all the same. */
static void long_value(const struct row *row)
{
	struct attempt attempt = { row, row->name, NULL };
	struct ktap_run run;
	char words[2000];
	char *end;

	memset(words, 'y', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	attempt.words = words;
	unit_expect(gives(&run, &attempt, row->value));
	end = strchr(run.err, '\n');
	unit_expect(end && end[1] == '\0');
	unit_result("a value longer than a line costs one line");
}

static int read_nothing(void *arg)
{
	(void)arg;
	environ = NULL;
	hak_options_read();
	return hak_option(HAK_OPTION_HUGE) != rows[HAK_OPTION_HUGE].value;
}

/* All defaults of a profile, but for an option set by name. */
static int read_profile(void *arg)
{
	bool lean = strcmp(arg, "lean") == 0;
	unsigned int option;
	uint64_t expected;

	setenv("HAKMEM_PREWARM", "7", 1);
	setenv("HAKMEM_PROFILE", arg, 1);
	hak_options_read();
	for (option = HAK_OPTION_PROFILE + 1; option < HAK_OPTIONS; option++) {
		expected = lean ? rows[option].lean : rows[option].speed;
		if (option == HAK_OPTION_PREWARM)
			expected = 7;
		unit_expect(hak_option(option) == expected);
	}
	return atomic_load(&unit_wrong) != 0;
}

int main(void)
{
	const struct row *row;
	struct ktap_run run;

	ksft_print_header();
	for (row = rows; row < rows + HAK_OPTIONS; row++)
		unit_need(unsetenv(row->name) == 0);
	for (row = rows; row < rows + HAK_OPTIONS; row++) {
		good(row, NULL, row->value);
		if (row->choices && !*row->choices)
			list(row);
		else if (row->choices)
			choice(row);
		else
			number(row);
		near_names(row);
		long_value(row);
	}
	ktap_run_fork(&run, read_nothing, NULL, 10);
	ktap_run_result(&run, "no environment at all");
	ktap_run_fork(&run, read_profile, (void *)"speed", 10);
	ktap_run_result(&run, "the profile speed");
	ktap_run_fork(&run, read_profile, (void *)"lean", 10);
	ktap_run_result(&run, "the profile lean");
	return ksft_finished();
}
