/* SPDX-License-Identifier: MIT */
/*
 * monitor.c - takes snapshots of a process at an interval, and writes the files.
 *
 * Owns    the files, the signals, and the time between snapshots.
 * Calls   process.h, snapshot.h, show.h, csv.h, timeline.h, svg.h, say.h.
 */
#include "cli/monitor.h"

#include "cli/csv.h"
#include "cli/process.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/svg.h"
#include "cli/timeline.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* The state of one run of the command. */
struct monitor_state {
	const struct hak_monitor *monitor;
	uint64_t page; /* address of the stats page in the process */
	char name[HAK_PROCESS_NAME_BYTES];
	sigset_t stop; /* signals that end the run in order */
	double first;  /* CLOCK_MONOTONIC in seconds at the first snapshot */
	bool ended;    /* the observed process has ended */
	FILE *csv;
	FILE *svg;
	struct hak_timeline *timeline;
};

static double read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int open_output(const char *path, FILE **ret_file)
{
	if (!path)
		return 0;
	*ret_file = fopen(path, "we");
	if (*ret_file)
		return 0;
	hak_cli_say("heat: %s: %s", path, strerror(errno));
	return -1;
}

/* Return true if the whole file was written; otherwise print a message. */
static bool close_output(const char *path, FILE *file)
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

static int open_outputs(struct monitor_state *state)
{
	if (open_output(state->monitor->csv, &state->csv) ||
	    open_output(state->monitor->svg, &state->svg))
		return -1;
	if (state->csv)
		hak_csv_write_head(state->csv);
	if (!state->svg)
		return 0;
	state->timeline = hak_timeline_new();
	if (!state->timeline)
		hak_cli_say("heat: out of memory");
	return state->timeline ? 0 : -1;
}

/* Return true if both files are complete. */
static bool close_outputs(struct monitor_state *state)
{
	char title[HAK_PROCESS_NAME_BYTES + 32];
	bool complete;

	if (state->timeline) {
		snprintf(title, sizeof(title), "%d (%s)",
			 state->monitor->process, state->name);
		hak_svg_write(state->timeline, title, state->svg);
		hak_timeline_free(state->timeline);
	}
	complete = close_output(state->monitor->csv, state->csv);
	return close_output(state->monitor->svg, state->svg) && complete;
}

/*
 * Block the signals that end the command. wait_until() receives the signals while they
 * are blocked, so no signal is lost and the tool needs no handler. A signal that the
 * tool's parent ignored stays ignored.
 */
static void block_signals(sigset_t *stop)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action;

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &action) &&
		    action.sa_handler != SIG_IGN)
			sigaddset(stop, signals[i]);
	sigprocmask(SIG_BLOCK, stop, NULL);
}

/*
 * Wait until CLOCK_MONOTONIC reaches time. Return false if a signal arrives
 * first.
 */
static bool wait_until(const struct monitor_state *state, double time)
{
	double left = time - read_clock(CLOCK_MONOTONIC);
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

/* Add a snapshot to the files. */
static int store_snapshot(struct monitor_state *state,
			  const struct hak_snapshot *snapshot)
{
	double seconds = read_clock(CLOCK_MONOTONIC) - state->first;

	if (state->csv) {
		hak_csv_write_snapshot(state->csv, snapshot,
				       read_clock(CLOCK_REALTIME));
		if (fflush(state->csv))
			return HAK_CLI_FAILED; /* close_output() prints why */
	}
	if (!state->timeline ||
	    !hak_timeline_add(state->timeline, snapshot, seconds))
		return HAK_CLI_OK;
	hak_cli_say("heat: out of memory");
	return HAK_CLI_FAILED;
}

static int take_snapshot(struct monitor_state *state, unsigned long taken)
{
	const struct hak_monitor *monitor = state->monitor;
	struct hak_snapshot snapshot;
	int status =
		hak_snapshot_take(monitor->process, state->page, &snapshot);

	/* If the process ends after a first snapshot, the command does not fail. */
	state->ended = status == -ESRCH && taken;
	if (status)
		return state->ended ? HAK_CLI_OK : HAK_CLI_FAILED;
	/* Create the files only when there is a snapshot to write. */
	status = taken || !open_outputs(state) ? HAK_CLI_OK : HAK_CLI_FAILED;
	if (status == HAK_CLI_OK) {
		if (taken)
			putchar('\n');
		hak_show_snapshot(monitor->process, state->name, &snapshot,
				  !monitor->quiet);
		status = hak_cli_written();
	}
	if (status == HAK_CLI_OK)
		status = store_snapshot(state, &snapshot);
	hak_snapshot_free(&snapshot);
	return status;
}

int hak_monitor_process(const struct hak_monitor *monitor)
{
	struct monitor_state state = { .monitor = monitor };
	int status;

	if (hak_process_find_page(monitor->process, &state.page))
		return HAK_CLI_FAILED;
	hak_process_name(monitor->process, state.name);
	sigemptyset(&state.stop);
	if (monitor->snapshots != 1)
		block_signals(&state.stop);
	state.first = read_clock(CLOCK_MONOTONIC);
	for (unsigned long taken = 0;;) {
		status = take_snapshot(&state, taken);
		if (status != HAK_CLI_OK || state.ended ||
		    ++taken == monitor->snapshots ||
		    !wait_until(&state,
				state.first +
					(double)taken * monitor->interval))
			break;
	}
	return close_outputs(&state) ? status : HAK_CLI_FAILED;
}
