/* SPDX-License-Identifier: MIT */
/*
 * loader.h - asks the dynamic loader how it would load a program.
 */
#pragma once

#include <stdbool.h>

struct hak_loader_answer {
	bool loaded;	     /* the loader loads the library */
	bool refused;	     /* the loader misses a file, or rejects the library */
	int bound;	     /* number of objects that take malloc from the library */
	int elsewhere;	     /* number of objects that take malloc from another object */
	char complaint[512]; /* the loader's first message if refused */
};

/*
 * Ask a loader of glibc how it would load program with library preloaded. `loader` is
 * the path in the program's PT_INTERP. The caller has set LD_PRELOAD. No code of
 * program runs. Returns 0, or -errno when the loader cannot be run.
 */
int hak_loader_ask(const char *loader, const char *program, const char *library,
		   struct hak_loader_answer *ret_answer);
