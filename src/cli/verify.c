/* SPDX-License-Identifier: MIT */
/*
 * verify.c - decides whether a preloaded library takes effect in a program.
 *
 * Owns    the order of the questions; verdicts.def has the answers.
 * Calls   program.h, elffile.h, loader.h, say.h.
 */
#include "cli/verify.h"

#include "cli/elffile.h"
#include "cli/loader.h"
#include "cli/program.h"
#include "cli/say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum verdict {
	VERDICT_GOOD,
#define HAK_VERDICT(id, what, advice) VERDICT_##id,
#include "cli/verdicts.def"
#undef HAK_VERDICT
};

static const struct {
	const char *what;
	const char *advice;
} verdict_table[] = {
	[VERDICT_GOOD] = { "", "" },
#define HAK_VERDICT(id, what, advice) [VERDICT_##id] = { what, advice },
#include "cli/verdicts.def"
#undef HAK_VERDICT
};

/* What the functions judge_...() know about the program. */
struct inquiry {
	char program[PATH_MAX]; /* the file that the kernel executes */
	const char *library;
	struct hak_elf elf;
	struct hak_loader_answer answer;
	bool verbose;
};

static const char *file_name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum verdict judge_file(struct inquiry *about)
{
	struct hak_elf library;
	int result = hak_elf_read(about->program, &about->elf);

	if (result)
		return result == -ENOEXEC ? VERDICT_NOT_ELF
					  : VERDICT_UNREADABLE;
	if (hak_elf_read(about->library, &library))
		return VERDICT_BROKEN_LIBRARY;
	if (about->elf.class != library.class ||
	    about->elf.order != library.order ||
	    about->elf.machine != library.machine)
		return VERDICT_OTHER_MACHINE;
	return VERDICT_GOOD;
}

/*
 * Refuse a setuid or setgid program for every user. For the file's owner the loader
 * would still preload the library, but a verdict must hold for all users.
 */
static enum verdict judge_privilege(struct inquiry *about)
{
	struct stat status;

	if (getauxval(AT_SECURE))
		return VERDICT_SECURE;
	if (stat(about->program, &status))
		return VERDICT_UNREADABLE;
	if (status.st_mode & S_ISUID ||
	    (status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		return VERDICT_PRIVILEGED;
	if (getxattr(about->program, "security.capability", NULL, 0) > 0)
		return VERDICT_CAPABLE;
	return VERDICT_GOOD;
}

static enum verdict judge_loader(struct inquiry *about)
{
	const char *loader = file_name_of(about->elf.loader);

	if (!about->elf.loader[0])
		return VERDICT_STATIC;
	if (strncmp(loader, "ld-linux", 8) && strncmp(loader, "ld64.so", 7) &&
	    strncmp(loader, "ld.so", 5))
		return VERDICT_OTHER_LIBC;
	return about->elf.defines_malloc ? VERDICT_OWN_MALLOC : VERDICT_GOOD;
}

static enum verdict judge_answer(struct inquiry *about)
{
	struct hak_loader_answer *answer = &about->answer;

	if (hak_loader_ask(about->elf.loader, about->program, about->library,
			   answer))
		return VERDICT_NO_LOADER;
	if (answer->complaint[0])
		hak_cli_say("%s", answer->complaint);
	if (!answer->loaded || answer->refused)
		return VERDICT_NOT_LOADED;
	if (answer->elsewhere && !answer->bound)
		return VERDICT_BOUND_ELSEWHERE;
	if (about->verbose)
		hak_cli_say("%s: loads %s; %d objects take malloc from it, "
			    "%d from others",
			    about->program, about->library, answer->bound,
			    answer->elsewhere);
	return VERDICT_GOOD;
}

static enum verdict judge_program(struct inquiry *about)
{
	static enum verdict (*const questions[])(struct inquiry *about) = {
		judge_file,
		judge_privilege,
		judge_loader,
		judge_answer,
	};
	enum verdict verdict = VERDICT_GOOD;

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]) &&
			   verdict == VERDICT_GOOD;
	     i++)
		verdict = questions[i](about);
	return verdict;
}

/* Return the exit status for a command that is missing or cannot be run. */
static int refuse_to_run(const char *path, int result)
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
		return refuse_to_run(command, result);
	result = hak_program_follow(about.program);
	if (result == -ENOENT || result == -ELOOP)
		return refuse_to_run(about.program, result);
	/* A file of mode 0111 runs, but cannot be read: judge_file() decides. */
	verdict = result == -ENOEXEC ? VERDICT_NOT_ELF : judge_program(&about);
	if ((verbose || verdict != VERDICT_GOOD) &&
	    strcmp(about.program, command))
		hak_cli_say("%s runs %s", command, about.program);
	if (verdict == VERDICT_GOOD)
		return HAK_CLI_OK;
	hak_cli_say("%s %s; %s", about.program, verdict_table[verdict].what,
		    verdict_table[verdict].advice);
	return HAK_CLI_FAILED;
}
