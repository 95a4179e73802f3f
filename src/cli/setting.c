/* SPDX-License-Identifier: MIT */
/*
 * setting.c - the library's options as flags of hakmem run.
 *
 * Owns    the flags' names. base/options.def lists the options.
 * Calls   base/nodeset.h, say.h.
 * The tool refuses each value that the library would refuse later.
 */
#include "cli/setting.h"

#include "cli/say.h"
#include "base/nodeset.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_PREFIX "HAKMEM_"
#define FLAG_BYTES  48
#define DOC_INDENT  10

static const struct setting {
	const char *name;    /* as in the environment: HAKMEM_... */
	const char *choices; /* the words, with blanks; NULL: a number; "": nodes */
	unsigned long value; /* the default: a number, or the index of a word */
	unsigned long minimum;
	unsigned long maximum;
	const char *doc;
} setting_table[HAK_OPTIONS] = {
#define HAK_CHOICE(id, name, type, value, doc, words) \
	[HAK_OPTION_##id] = { name, &(words)[1], value, 0, 0, doc },
#define HAK_WORD(value, word, doc) " " word
#define HAK_NUMBER(id, name, unit, minimum, maximum, speed, balanced, lean, \
		   doc)                                                     \
	[HAK_OPTION_##id] = { name, NULL, balanced, minimum, maximum, doc },
#define HAK_LIST(id, name, doc) [HAK_OPTION_##id] = { name, "", 0, 0, 0, doc },
#include "base/options.def"
};

/* For each option with words: a text for each word, and a '\0' behind each text. */
static const char *const word_docs[HAK_OPTIONS] = {
#define HAK_CHOICE(id, name, type, value, doc, words) [HAK_OPTION_##id] = words,
#define HAK_WORD(value, word, doc)		      word ": " doc "\0"
#include "base/options.def"
};

/*
 * The options that HAKMEM_GUARD needs besides. A guard watches only memory that went
 * back to the kernel, so the library has to give all free memory back at once.
 */
static const struct guard_setting {
	enum hak_option option;
	const char *value;
} guard_settings[] = {
	{ HAK_OPTION_PROFILE, "lean" },
	{ HAK_OPTION_KEEP_MB, "0" },
	{ HAK_OPTION_KEEP_PERCENT, "0" },
	{ HAK_OPTION_DECOMMIT_DELAY, "0" },
};
enum { GUARD_SETTINGS = sizeof(guard_settings) / sizeof(*guard_settings) };

const char *hak_setting_flag(enum hak_option option)
{
	static char flags[HAK_OPTIONS][FLAG_BYTES];
	const char *from = setting_table[option].name + strlen(NAME_PREFIX);
	char *flag = flags[option];

	for (size_t i = 0; from[i] && i < FLAG_BYTES - 1; i++)
		flag[i] = from[i] == '_' ? '-' : (char)tolower(from[i]);
	return flag;
}

/* Return the start of word n in a blank-separated list, or the list's end. */
static const char *skip_choices(const char *choices, unsigned long n)
{
	for (; n && *choices; n--) {
		choices += strcspn(choices, " ");
		choices += *choices == ' ';
	}
	return choices;
}

static bool is_list(const struct setting *setting)
{
	return setting->choices && !*setting->choices;
}

static bool takes_choice(const struct setting *setting, const char *value)
{
	const char *at = setting->choices;

	for (unsigned long n = 0; *at; at = skip_choices(setting->choices, ++n))
		if (strcspn(at, " ") == strlen(value) &&
		    !strncmp(at, value, strlen(value)))
			return true;
	return false;
}

static bool takes_number(const struct setting *setting, const char *value)
{
	unsigned long number = 0;

	if (!*value || value[strspn(value, "0123456789")])
		return false;
	for (; *value; value++) {
		if (number > setting->maximum)
			return false;
		number = number * 10 + (unsigned long)(*value - '0');
	}
	return number >= setting->minimum && number <= setting->maximum;
}

int hak_setting_set(enum hak_option option, const char *value)
{
	const struct setting *setting = &setting_table[option];
	struct hak_nodeset nodes;

	if (is_list(setting) && !hak_nodeset_parse(&nodes, value)) {
		hak_cli_say("run: %s=%s: use node numbers as 0-3,8",
			    setting->name, value);
		return -1;
	}
	if (setting->choices && !is_list(setting) &&
	    !takes_choice(setting, value)) {
		hak_cli_say("run: %s=%s: use one of: %s", setting->name, value,
			    setting->choices);
		return -1;
	}
	if (!setting->choices && !takes_number(setting, value)) {
		hak_cli_say("run: %s=%s: use a number from %lu to %lu",
			    setting->name, value, setting->minimum,
			    setting->maximum);
		return -1;
	}
	if (setenv(setting->name, value, 1)) {
		hak_cli_say("run: cannot set %s: out of memory", setting->name);
		return -1;
	}
	return 0;
}

/* Is this the option with the flag? HAKMEM_KEEP_MB, KEEP_MB and keep_mb are keep-mb. */
static bool same_name(const char *name, size_t name_length, const char *flag)
{
	if (name_length > strlen(NAME_PREFIX) &&
	    !strncasecmp(name, NAME_PREFIX, strlen(NAME_PREFIX))) {
		name += strlen(NAME_PREFIX);
		name_length -= strlen(NAME_PREFIX);
	}
	if (name_length != strlen(flag))
		return false;
	for (size_t i = 0; i < name_length; i++)
		if ((name[i] == '_' ? '-' : tolower(name[i])) != flag[i])
			return false;
	return true;
}

int hak_setting_set_pair(const char *pair)
{
	size_t name_length = strcspn(pair, "=");

	if (!pair[name_length]) {
		hak_cli_say("run: -o %s: use NAME=VALUE", pair);
		return -1;
	}
	for (int i = 0; i < HAK_OPTIONS; i++)
		if (same_name(pair, name_length, hak_setting_flag(i)))
			return hak_setting_set(i, pair + name_length + 1);
	hak_cli_say("run: -o %s: no such option; 'hakmem help run' lists all",
		    pair);
	return -1;
}

int hak_setting_imply(void)
{
	const char *guard = getenv(setting_table[HAK_OPTION_GUARD].name);

	if (!guard || !*guard || !strcmp(guard, "off"))
		return 0;
	for (int i = 0; i < GUARD_SETTINGS; i++)
		if (setenv(setting_table[guard_settings[i].option].name,
			   guard_settings[i].value, 0)) {
			hak_cli_say("run: cannot guard: out of memory");
			return -1;
		}
	return 0;
}

/* Print words in lines of at most 76 columns, all but the first indented. */
static void print_folded(const char *words, int indent)
{
	size_t column = 0;

	while (*words) {
		size_t length = strcspn(words, " ");

		if (column && indent + column + 1 + length > 76) {
			printf("\n%*s", indent, "");
			column = 0;
		}
		printf("%s%.*s", column ? " " : "", (int)length, words);
		column += (column ? 1 : 0) + length;
		words += length;
		words += *words == ' ';
	}
	putchar('\n');
}

static void print_setting(enum hak_option option)
{
	const struct setting *setting = &setting_table[option];
	const char *preset;

	printf("  --%s=", hak_setting_flag(option));
	if (is_list(setting)) {
		printf("LIST");
	} else if (!setting->choices) {
		printf("N   (%lu to %lu; %lu)", setting->minimum,
		       setting->maximum, setting->value);
	} else {
		preset = skip_choices(setting->choices, setting->value);
		for (const char *at = setting->choices; *at; at++)
			putchar(*at == ' ' ? '|' : *at);
		printf("   (%.*s)", (int)strcspn(preset, " "), preset);
	}
	printf("\n%*s", DOC_INDENT, "");
	print_folded(setting->doc, DOC_INDENT);
	for (const char *doc = word_docs[option]; doc && *doc;
	     doc += strlen(doc) + 1) {
		printf("%*s", DOC_INDENT, "");
		print_folded(doc, DOC_INDENT + 2);
	}
}

void hak_setting_help(void)
{
	puts("\n"
	     "  --verify\n"
	     "          first check that the library takes effect in CMD; if\n"
	     "          not, print the reason and do not run CMD\n"
	     "  -v, --verbose\n"
	     "          print LD_PRELOAD, and the findings of --verify\n"
	     "  -o, --set NAME=VALUE\n"
	     "          set an option of the library by its name\n"
	     "\n"
	     "Options of the library, with their defaults. The library also\n"
	     "reads each option from the environment, as HAKMEM_NAME:\n");
	for (int i = 0; i < HAK_OPTIONS; i++)
		print_setting(i);
	printf("\n--guard also sets these options, if they are not set "
	       "already:\n ");
	for (int i = 0; i < GUARD_SETTINGS; i++)
		printf(" --%s=%s", hak_setting_flag(guard_settings[i].option),
		       guard_settings[i].value);
	puts("\n\n"
	     "Exits with the status of CMD; 125 when hakmem itself fails, 126\n"
	     "when CMD cannot be run, 127 when CMD does not exist.");
}
