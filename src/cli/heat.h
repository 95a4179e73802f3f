/* SPDX-License-Identifier: MIT */
/*
 * heat.h - the help of hakmem heat; the command itself is in commands.def.
 */
#pragma once

/* Print what the command takes, and what it prints. */
void hak_heat_help(void);
