/* SPDX-License-Identifier: MIT */
/*
 * loader.h - asks the dynamic loader how it would load a program.
 */
#pragma once

#include <stdbool.h>

struct hak_loader_answer {
	bool loaded;	     /* the loader loads the library */
	bool refused;	     /* a file is missing, or the library is rejected */
	int bound;	     /* objects that take malloc from the library */
	int elsewhere;	     /* objects that take malloc from another object */
	char complaint[512]; /* the loader's message if refused */
};

/*
 * Ask loader (PT_INTERP of program, and of glibc) how it would load program
 * with library preloaded. The caller has set LD_PRELOAD. No code of program
 * runs. Returns 0, or -errno when the loader cannot be run.
 */
int hak_loader_ask(const char *loader, const char *program, const char *library,
		   struct hak_loader_answer *ret_answer);
