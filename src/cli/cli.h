/* SPDX-License-Identifier: MIT */
/*
 * cli.h - the commands of the hakmem tool.
 *
 * Every command is int hak_cli_<name>(argc, argv) with argv[0] its own name,
 * and returns the exit status (say.h).
 */
#pragma once

#define HAK_COMMAND(id, name, arguments, summary) \
	int hak_cli_##id(int argc, char **argv);
#include "commands.def"
#undef HAK_COMMAND
