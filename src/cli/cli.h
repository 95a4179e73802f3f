/* SPDX-License-Identifier: MIT */
/*
 * cli.h - the commands of the hakmem tool.
 *
 * Every command is a function int hak_cli_<name>(argc, argv). argv[0] is the
 * command's name. The function returns the exit status (say.h).
 */
#pragma once

#define HAK_COMMAND(id, name, arguments, summary) \
	int hak_cli_##id(int argc, char **argv);
#include "cli/commands.def"
#undef HAK_COMMAND
