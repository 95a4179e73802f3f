/* SPDX-License-Identifier: MIT */
/*
 * loader.c - asks the dynamic loader which files and bindings a program gets.
 *
 * The tool starts the loader as ldd does, and lets the loader also print from which
 * object each symbol comes. The loader exits before any code of the program runs.
 */
#include "cli/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static void keep_complaint(const char *line, struct hak_loader_answer *answer)
{
	if (!answer->refused)
		snprintf(answer->complaint, sizeof(answer->complaint), "%s",
			 line + strspn(line, "\t"));
	answer->refused = true;
}

/*
 * Read one line of the loader's output. These lines matter:
 *     <tab>LIBRARY (0xADDRESS)
 *     PID:<tab>binding file A [0] to B [0]: normal symbol `malloc' [VERSION]
 *     <tab>NAME => not found
 * and any other error message that names the library.
 */
static void read_loader_line(char *line, const char *library,
			     struct hak_loader_answer *answer)
{
	static const char symbol[] = "]: normal symbol `malloc'";
	char *binding = strstr(line, "binding file ");
	char *to;

	line[strcspn(line, "\n")] = '\0';
	if (binding) {
		to = strstr(binding, "] to ");
		if (!to || !strstr(to, symbol))
			return;
		if (starts_with(to + 5, library))
			answer->bound++;
		else
			answer->elsewhere++;
		return;
	}
	if (*line == '\t' && starts_with(line + 1, library))
		answer->loaded = true;
	else if (strstr(line, "=> not found") ||
		 (strstr(line, library) &&
		  (strstr(line, "ERROR: ") || strstr(line, " not found "))))
		keep_complaint(line, answer);
}

/* Runs in the child, between fork and exec. */
static void become_loader(const char *loader, const char *program, int output)
{
	setenv("LD_TRACE_LOADED_OBJECTS", "1", 1);
	setenv("LD_WARN", "1", 1);
	setenv("LD_BIND_NOW", "1", 1);
	setenv("LD_DEBUG", "bindings", 1);
	unsetenv("LD_DEBUG_OUTPUT");
	unsetenv("LD_VERBOSE");
	if (dup2(output, STDOUT_FILENO) >= 0 &&
	    dup2(output, STDERR_FILENO) >= 0)
		execl(loader, loader, program, (char *)NULL);
	_exit(127);
}

/*
 * Open a pipe with both ends above 2. dup2 of a descriptor to itself would keep
 * the close-on-exec flag, and the loader would lose its output.
 */
static int open_pipe(int *ret_ends)
{
	int ends[2];
	int result = 0;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	for (int i = 0; i < 2 && !result; i++) {
		ret_ends[i] = fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
		if (ret_ends[i] < 0) {
			result = -errno;
			if (i)
				close(ret_ends[0]);
		}
	}
	close(ends[0]);
	close(ends[1]);
	return result;
}

static int read_loader_lines(int input, const char *library,
			     struct hak_loader_answer *answer)
{
	FILE *lines = fdopen(input, "r");
	char *line = NULL;
	size_t line_bytes = 0;

	if (!lines) {
		close(input);
		return -ENOMEM;
	}
	while (getline(&line, &line_bytes, lines) >= 0)
		read_loader_line(line, library, answer);
	free(line);
	fclose(lines);
	return 0;
}

int hak_loader_ask(const char *loader, const char *program, const char *library,
		   struct hak_loader_answer *ret_answer)
{
	struct hak_loader_answer answer = { .loaded = false };
	int status = 0;
	int ends[2];
	int result;
	pid_t child;

	result = open_pipe(ends);
	if (result)
		return result;
	child = fork();
	if (child < 0) {
		result = -errno;
		close(ends[0]);
		close(ends[1]);
		return result;
	}
	if (!child)
		become_loader(loader, program, ends[1]);
	close(ends[1]);
	result = read_loader_lines(ends[0], library, &answer);
	/* If SIGCHLD is ignored, there is no status; then only the output counts. */
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (!result && WIFEXITED(status) && WEXITSTATUS(status) == 127 &&
	    !answer.loaded && !answer.refused)
		result = -ENOEXEC;
	if (!result)
		*ret_answer = answer;
	return result;
}
