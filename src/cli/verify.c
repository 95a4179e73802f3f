/* SPDX-License-Identifier: MIT */
/*
 * verify.c - judges whether a preloaded library takes effect in a program.
 *
 * Owns    the order of the questions; the answers are in verdicts.def.
 * Calls   program.h, elffile.h, loader.h.   Called by run.c.
 */
#include "verify.h"
#include "elffile.h"
#include "loader.h"
#include "program.h"
#include "say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum verdict {
	GOOD,
#define HAK_VERDICT(id, what, advice) id,
#include "verdicts.def"
#undef HAK_VERDICT
};

static const struct {
	const char *what;
	const char *advice;
} verdicts[] = {
	[GOOD] = { "", "" },
#define HAK_VERDICT(id, what, advice) [id] = { what, advice },
#include "verdicts.def"
#undef HAK_VERDICT
};

/* What all the questions are asked about. */
struct inquiry {
	char program[PATH_MAX]; /* the file the kernel executes */
	const char *library;
	struct hak_elf elf;
	struct hak_trace trace;
	bool verbose;
};

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum verdict judge_file(struct inquiry *about)
{
	struct hak_elf library;
	int result = hak_elf_read(about->program, &about->elf);

	if (result)
		return result == -ENOEXEC ? NOT_ELF : UNREADABLE;
	if (hak_elf_read(about->library, &library))
		return BROKEN_LIBRARY;
	if (about->elf.class != library.class ||
	    about->elf.order != library.order ||
	    about->elf.machine != library.machine)
		return OTHER_MACHINE;
	return GOOD;
}

/*
 * The mode bit counts whoever asks: for the file's owner the loader would
 * still preload, but a verdict that holds for one user only misleads.
 */
static enum verdict judge_privilege(struct inquiry *about)
{
	struct stat status;

	if (getauxval(AT_SECURE))
		return SECURE;
	if (stat(about->program, &status))
		return UNREADABLE;
	if (status.st_mode & S_ISUID ||
	    (status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		return PRIVILEGED;
	if (getxattr(about->program, "security.capability", NULL, 0) > 0)
		return CAPABLE;
	return GOOD;
}

static enum verdict judge_loader(struct inquiry *about)
{
	const char *loader = base_of(about->elf.loader);

	if (!about->elf.loader[0])
		return STATIC;
	if (strncmp(loader, "ld-linux", 8) && strncmp(loader, "ld64.so", 7) &&
	    strncmp(loader, "ld.so", 5))
		return OTHER_LIBC;
	return about->elf.defines_malloc ? OWN_MALLOC : GOOD;
}

static enum verdict judge_account(struct inquiry *about)
{
	struct hak_trace *trace = &about->trace;

	if (hak_trace_program(about->elf.loader, about->program, about->library,
			      trace))
		return NO_LOADER;
	if (trace->complaint[0])
		hak_cli_say("%s", trace->complaint);
	if (!trace->loaded || trace->refused)
		return NOT_LOADED;
	if (trace->elsewhere && !trace->bound)
		return BOUND_ELSEWHERE;
	if (about->verbose)
		hak_cli_say("%s: loads %s; malloc is bound to it by %d "
			    "objects, to others by %d",
			    about->program, about->library, trace->bound,
			    trace->elsewhere);
	return GOOD;
}

static enum verdict judge(struct inquiry *about)
{
	static enum verdict (*const questions[])(struct inquiry *about) = {
		judge_file,
		judge_privilege,
		judge_loader,
		judge_account,
	};
	enum verdict verdict = GOOD;

	for (size_t i = 0;
	     i < sizeof(questions) / sizeof(questions[0]) && verdict == GOOD;
	     i++)
		verdict = questions[i](about);
	return verdict;
}

/* The statuses of a command that is not there or cannot be run. */
static int cannot(const char *path, int result)
{
	hak_cli_say("%s: %s", path, strerror(-result));
	return result == -ENOENT ? HAK_CLI_NOT_FOUND : HAK_CLI_CANNOT;
}

int hak_verify(const char *command, const char *library, bool verbose)
{
	struct inquiry about = { .library = library, .verbose = verbose };
	enum verdict verdict;
	int result;

	result = hak_program_find(command, about.program);
	if (result)
		return cannot(command, result);
	result = hak_program_follow(about.program);
	if (result == -ENOENT || result == -ELOOP)
		return cannot(about.program, result);
	/* An unreadable file of mode 0111 is judged, not given up here. */
	verdict = result == -ENOEXEC ? NOT_ELF : judge(&about);
	if ((verbose || verdict != GOOD) && strcmp(about.program, command))
		hak_cli_say("%s runs %s", command, about.program);
	if (verdict == GOOD)
		return HAK_CLI_OK;
	hak_cli_say("%s %s; %s", about.program, verdicts[verdict].what,
		    verdicts[verdict].advice);
	return HAK_CLI_FAILED;
}
