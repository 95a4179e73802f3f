/* SPDX-License-Identifier: MIT */
/*
 * heat.h - the help text of hakmem heat. commands.def declares the command.
 */
#pragma once

/* Print the command's flags, and the meaning of its output. */
void hak_heat_help(void);
