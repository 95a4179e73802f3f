/* SPDX-License-Identifier: MIT */
/*
 * options.c - what the environment asked for.
 *
 * Owns    the option values.
 * Calls   text.h.   Called by  front/init.c, and whoever asks for a value.
 */
#include "options.h"

#include "compiler.h"
#include "text.h"

#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static const struct option {
	const char *name;
	const char *choices; /* NULL: a number */
	uint64_t value;
	uint64_t minimum;
	uint64_t maximum;
} table[HAK_OPTIONS] = {
#define HAK_CHOICE(id, name, value, choices, doc) \
	[HAK_OPTION_##id] = { name, choices, value, 0, 0 },
#define HAK_NUMBER(id, name, value, minimum, maximum, doc) \
	[HAK_OPTION_##id] = { name, NULL, value, minimum, maximum },
#include "options.def"
#undef HAK_CHOICE
#undef HAK_NUMBER
};

static uint64_t values[HAK_OPTIONS];

static bool parse_number(const struct option *option, const char *words,
			 uint64_t *ret_value)
{
	uint64_t n = 0;

	if (!*words)
		return false;
	for (; *words; words++) {
		if (*words < '0' || *words > '9' || n > option->maximum)
			return false;
		n = n * 10 + (uint64_t)(*words - '0');
	}
	if (n < option->minimum || n > option->maximum)
		return false;
	*ret_value = n;
	return true;
}

static bool parse_choice(const struct option *option, const char *words,
			 uint64_t *ret_value)
{
	const char *choice = option->choices;
	size_t length;
	uint64_t n;

	for (n = 0; *choice; n++) {
		length = strcspn(choice, " ");
		if (length == strlen(words) &&
		    memcmp(choice, words, length) == 0) {
			*ret_value = n;
			return true;
		}
		choice += length;
		choice += *choice == ' ';
	}
	return false;
}

static HAK_COLD void complain(const struct option *option, const char *words)
{
	struct hak_text line = { 0 };

	hak_text_add(&line, "hakmem: ");
	hak_text_add(&line, option->name);
	hak_text_add(&line, "=");
	hak_text_add(&line, words);
	hak_text_add(&line, ": use ");
	if (option->choices) {
		hak_text_add(&line, "one of: ");
		hak_text_add(&line, option->choices);
	} else {
		hak_text_add(&line, "a number from ");
		hak_text_add_number(&line, option->minimum);
		hak_text_add(&line, " to ");
		hak_text_add_number(&line, option->maximum);
	}
	hak_text_add(&line, "; using the default\n");
	hak_text_print(&line);
}

static void set(const struct option *option, const char *words)
{
	uint64_t *value = &values[option - table];

	if (option->choices ? !parse_choice(option, words, value) :
			      !parse_number(option, words, value))
		complain(option, words);
}

void hak_options_read(void)
{
	const struct option *option;
	size_t length;
	char **word;

	for (option = table; option < table + HAK_OPTIONS; option++)
		values[option - table] = option->value;
	if (!environ || getauxval(AT_SECURE))
		return;
	for (word = environ; *word; word++) {
		if (strncmp(*word, "HAKMEM_", 7) != 0)
			continue;
		for (option = table; option < table + HAK_OPTIONS; option++) {
			length = strlen(option->name);
			if (strncmp(*word, option->name, length) == 0 &&
			    (*word)[length] == '=')
				set(option, *word + length + 1);
		}
	}
}

uint64_t hak_option(enum hak_option option)
{
	return values[option];
}
