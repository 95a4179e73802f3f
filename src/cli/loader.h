/* SPDX-License-Identifier: MIT */
/*
 * loader.h - what the dynamic loader would do with a program.
 */
#pragma once

#include <stdbool.h>

struct hak_loader_answer {
	bool loaded;	     /* the library is among what it loads */
	bool refused;	     /* it lacks something, or refuses the library */
	int bound;	     /* objects that take malloc from the library */
	int elsewhere;	     /* objects that take it from another one */
	char complaint[512]; /* its words about that */
};

/*
 * Ask loader (PT_INTERP of program, glibc's) for its account of loading
 * program with library preloaded; nothing of program is run. LD_PRELOAD has
 * to be set already. Returns 0 or -errno when the loader cannot be run.
 */
int hak_loader_ask(const char *loader, const char *program, const char *library,
		   struct hak_loader_answer *ret_answer);
