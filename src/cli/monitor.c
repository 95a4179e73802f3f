/* SPDX-License-Identifier: MIT */
/*
 * monitor.c - looks at a process as often as asked, and keeps the files.
 *
 * Owns    the files, the signals, and the time between looks.
 * Calls   process.h, snapshot.h, show.h, csv.h, timeline.h, svg.h.   Called by heat.c.
 */
#include "monitor.h"
#include "csv.h"
#include "process.h"
#include "say.h"
#include "show.h"
#include "svg.h"
#include "timeline.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* What there is while it looks. */
struct state {
	const struct hak_watch *watch;
	uint64_t page; /* its address in the process */
	char name[HAK_PROCESS_NAME_BYTES];
	sigset_t stop; /* signals that end it in order */
	double first;  /* time of the first look, by CLOCK_MONOTONIC */
	bool ended;    /* the process did */
	FILE *csv;
	FILE *svg;
	struct hak_film *film;
};

static double now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int open_file(const char *path, FILE **ret_file)
{
	if (!path)
		return 0;
	*ret_file = fopen(path, "we");
	if (*ret_file)
		return 0;
	hak_cli_say("heat: %s: %s", path, strerror(errno));
	return -1;
}

/* Returns whether all of it could be written; says so if not. */
static bool close_file(const char *path, FILE *file)
{
	bool failed;

	if (!file)
		return true;
	failed = ferror(file);
	failed |= fclose(file) != 0;
	if (failed)
		hak_cli_say("heat: %s cannot be written", path);
	return !failed;
}

static int open_files(struct state *state)
{
	if (open_file(state->watch->csv, &state->csv) ||
	    open_file(state->watch->svg, &state->svg))
		return -1;
	if (state->csv)
		hak_csv_head(state->csv);
	if (!state->svg)
		return 0;
	state->film = hak_film_new();
	if (!state->film)
		hak_cli_say("heat: out of memory");
	return state->film ? 0 : -1;
}

/* Returns whether all of them are complete. */
static bool close_files(struct state *state)
{
	char title[HAK_PROCESS_NAME_BYTES + 32];
	bool complete;

	if (state->film) {
		snprintf(title, sizeof(title), "%d (%s)", state->watch->process,
			 state->name);
		hak_svg_write(state->film, title, state->svg);
		hak_film_free(state->film);
	}
	complete = close_file(state->watch->csv, state->csv);
	return close_file(state->watch->svg, state->svg) && complete;
}

/*
 * The signals stay blocked between the looks too, so that none is lost and no
 * handler is needed; who had them ignored keeps that.
 */
static void take_signals(sigset_t *stop)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action;

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &action) &&
		    action.sa_handler != SIG_IGN)
			sigaddset(stop, signals[i]);
	sigprocmask(SIG_BLOCK, stop, NULL);
}

/* Wait for the time of a look. Returns whether it came before a signal. */
static bool wait_until(const struct state *state, double time)
{
	double left = time - now(CLOCK_MONOTONIC);
	struct timespec timeout = { 0 };
	int signal;

	if (left > 0) {
		timeout.tv_sec = (time_t)left;
		timeout.tv_nsec = (long)((left - (double)timeout.tv_sec) * 1e9);
	}
	do {
		signal = sigtimedwait(&state->stop, NULL, &timeout);
	} while (signal < 0 && errno == EINTR);
	return signal < 0;
}

/* Add a look to the files. */
static int keep(struct state *state, const struct hak_look *look)
{
	double seconds = now(CLOCK_MONOTONIC) - state->first;

	if (state->csv) {
		hak_csv_add(state->csv, look, now(CLOCK_REALTIME));
		if (fflush(state->csv))
			return HAK_CLI_FAILED; /* closing it will say so */
	}
	if (!state->film || !hak_film_add(state->film, look, seconds))
		return HAK_CLI_OK;
	hak_cli_say("heat: out of memory");
	return HAK_CLI_FAILED;
}

static int look_once(struct state *state, unsigned long past)
{
	const struct hak_watch *watch = state->watch;
	struct hak_look look;
	int status = hak_sight_look(watch->process, state->page, &look);

	/* What was seen before is worth as much. */
	state->ended = status == -ESRCH && past;
	if (status)
		return state->ended ? HAK_CLI_OK : HAK_CLI_FAILED;
	/* Not before there is something to write into them. */
	status = past || !open_files(state) ? HAK_CLI_OK : HAK_CLI_FAILED;
	if (status == HAK_CLI_OK) {
		if (past)
			putchar('\n');
		hak_show(watch->process, state->name, &look, !watch->quiet);
		status = hak_cli_written();
	}
	if (status == HAK_CLI_OK)
		status = keep(state, &look);
	hak_sight_free(&look);
	return status;
}

int hak_watch(const struct hak_watch *watch)
{
	struct state state = { .watch = watch };
	int status;

	if (hak_process_find_page(watch->process, &state.page))
		return HAK_CLI_FAILED;
	hak_process_name(watch->process, state.name);
	sigemptyset(&state.stop);
	if (watch->looks != 1)
		take_signals(&state.stop);
	state.first = now(CLOCK_MONOTONIC);
	for (unsigned long past = 0;;) {
		status = look_once(&state, past);
		if (status != HAK_CLI_OK || state.ended ||
		    ++past == watch->looks ||
		    !wait_until(&state,
				state.first + (double)past * watch->interval))
			break;
	}
	return close_files(&state) ? status : HAK_CLI_FAILED;
}
