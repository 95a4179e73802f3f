/* SPDX-License-Identifier: MIT */
/*
 * options.c - the options from the environment.
 *
 * Owns    the option values.
 * Calls   text.h.
 */
#include "base/options.h"

#include "base/compiler.h"
#include "base/nodeset.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

enum { PROFILES = HAK_PROFILE_LEAN + 1 };

static const struct option {
	const char *name;
	/* the possible words, with blanks between; NULL: a number; "": a list of nodes */
	const char *choices;
	uint64_t value[PROFILES]; /* the default in each profile */
	uint64_t minimum;
	uint64_t maximum;
} table[HAK_OPTIONS] = {
#define HAK_CHOICE(id, name, type, preset, doc, words)                     \
	[HAK_OPTION_##id] = {                                              \
		name, &(words)[1], { [0 ... PROFILES - 1] = preset }, 0, 0 \
	},
#define HAK_WORD(value, word, doc) " " word
#define HAK_NUMBER(id, name, unit, minimum, maximum, speed, balanced, lean, \
		   doc)                                                     \
	[HAK_OPTION_##id] = {                                               \
		name, NULL, { speed, balanced, lean }, minimum, maximum     \
	},
#define HAK_LIST(id, name, doc) [HAK_OPTION_##id] = { name, "", { 0 }, 0, 0 },
#include "base/options.def"
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

/*
 * The value of a list is the pointer to the words in the environment. hakmem parses the
 * words again while the heap opens, before the program can change its environment.
 */
static bool parse_list(const char *words, uint64_t *ret_value)
{
	struct hak_nodeset nodes;

	if (!hak_nodeset_parse(&nodes, words))
		return false;
	*ret_value = (uintptr_t)words;
	return true;
}

static bool parse(const struct option *option, const char *words,
		  uint64_t *ret_value)
{
	if (!option->choices)
		return parse_number(option, words, ret_value);
	if (!*option->choices)
		return parse_list(words, ret_value);
	return parse_choice(option, words, ret_value);
}

static HAK_COLD void complain(const struct option *option, const char *words)
{
	struct hak_text line = { 0 };

	hak_text_add(&line, "hakmem: ");
	hak_text_add(&line, option->name);
	hak_text_add(&line, "=");
	hak_text_add(&line, words);
	hak_text_add(&line, ": use ");
	if (option->choices && !*option->choices) {
		hak_text_add(&line, "node numbers as 0-3,8");
	} else if (option->choices) {
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
	if (!parse(option, words, &values[option - table]))
		complain(option, words);
}

/*
 * A variable of the loader. It points to the kernel's data on the stack: argc, the
 * arguments, NULL, the environment, NULL.
 */
extern void *__libc_stack_end __attribute__((weak));

/*
 * Resolvers of indirect functions and .preinit_array may allocate before libc starts, and
 * so before libc sets `environ`. Then find the environment on the stack.
 */
static char **environment(void)
{
	char **words;

	if (environ || !&__libc_stack_end || !__libc_stack_end)
		return environ;
	words = (char **)__libc_stack_end + 1;
	words += *(const long *)__libc_stack_end;
	/* Here must be the NULL after the arguments. The environment is behind it. */
	return *words ? NULL : words + 1;
}

/* Read the options from `first` on, up to but without `end`, from the environment. */
static void read_from(char **word, const struct option *first,
		      const struct option *end)
{
	const struct option *option;
	size_t length;

	for (; *word; word++) {
		if (strncmp(*word, "HAKMEM_", 7) != 0)
			continue;
		for (option = first; option < end; option++) {
			length = strlen(option->name);
			if (strncmp(*word, option->name, length) == 0 &&
			    (*word)[length] == '=')
				set(option, *word + length + 1);
		}
	}
}

/* Set the options from `first` on to their defaults in the profile. */
static void take_profile(const struct option *first)
{
	uint64_t profile = values[HAK_OPTION_PROFILE];

	for (; first < table + HAK_OPTIONS; first++)
		values[first - table] = first->value[profile];
}

void hak_options_read(void)
{
	const struct option *rest = table + HAK_OPTION_PROFILE + 1;
	char **words = environment();

	if (getauxval(AT_SECURE))
		words = NULL; /* a setuid program reads no option */
	values[HAK_OPTION_PROFILE] = HAK_PROFILE_BALANCED;
	/* Read the profile first, because a set option overrides the profile. */
	if (words)
		read_from(words, table, rest);
	take_profile(rest);
	if (words)
		read_from(words, rest, table + HAK_OPTIONS);
}

uint64_t hak_option(enum hak_option option)
{
	return values[option];
}

const char *hak_option_list(enum hak_option option)
{
	return (const char *)(uintptr_t)values[option];
}
