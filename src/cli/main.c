/* SPDX-License-Identifier: MIT */
/*
 * main.c - finds and calls the command that the user names; prints help.
 *
 * Owns    the command table (commands.def).
 * Calls   the commands, library.h, setting.h, heat.h, say.h.
 */
#include "cli/cli.h"
#include "cli/heat.h"
#include "cli/library.h"
#include "cli/say.h"
#include "cli/setting.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const struct hak_command {
	const char *name;
	const char *arguments;
	const char *summary;
	int (*function)(int argc, char **argv);
} command_table[] = {
#define HAK_COMMAND(id, name, arguments, summary) \
	{ name, arguments, summary, hak_cli_##id },
#include "cli/commands.def"
#undef HAK_COMMAND
};

#define COMMAND_COUNT (sizeof(command_table) / sizeof(command_table[0]))

static const struct hak_command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(command_table[i].name, name))
			return &command_table[i];
	return NULL;
}

static int refuse_command(const char *name)
{
	hak_cli_say("no command %s; 'hakmem help' lists the commands", name);
	return HAK_CLI_FAILED;
}

static int print_help(void)
{
	puts("Usage: hakmem COMMAND [ARG]...\n"
	     "\n"
	     "A malloc for NUMA servers, preloaded into programs as they are.\n"
	     "\n"
	     "Commands:");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-9s %s\n", command_table[i].name,
		       command_table[i].summary);
	puts("\n'hakmem help COMMAND' describes a command; hakmem(1) describes "
	     "all.");
	return hak_cli_written();
}

static int print_command_help(const struct hak_command *command)
{
	printf("Usage: hakmem %s%s%s\n\n%c%s.\n", command->name,
	       command->arguments[0] ? " " : "", command->arguments,
	       command->summary[0] - 'a' + 'A', command->summary + 1);
	if (command->function == hak_cli_run)
		hak_setting_help();
	if (command->function == hak_cli_heat)
		hak_heat_help();
	return hak_cli_written();
}

int hak_cli_help(int argc, char **argv)
{
	const struct hak_command *command;

	if (argc > 2) {
		hak_cli_say("help takes one command");
		return HAK_CLI_FAILED;
	}
	if (argc < 2)
		return print_help();
	command = find_command(argv[1]);
	return command ? print_command_help(command) : refuse_command(argv[1]);
}

int hak_cli_version(int argc, char **argv)
{
	char path[PATH_MAX];

	(void)argv;
	if (argc > 1) {
		hak_cli_say("version takes no argument");
		return HAK_CLI_FAILED;
	}
	puts("hakmem " HAK_VERSION);
	if (!hak_library_find(path))
		printf("library: %s\n", path);
	else
		puts("library: not found");
	return hak_cli_written();
}

static int is_help_flag(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

int main(int argc, char **argv)
{
	const struct hak_command *command;

	if (argc < 2) {
		hak_cli_say("no command; 'hakmem help' lists the commands");
		return HAK_CLI_FAILED;
	}
	if (is_help_flag(argv[1]))
		return print_help();
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return hak_cli_version(1, argv + 1);
	command = find_command(argv[1]);
	if (!command)
		return refuse_command(argv[1]);
	if (argc == 3 && is_help_flag(argv[2]))
		return print_command_help(command);
	return command->function(argc - 1, argv + 1);
}
