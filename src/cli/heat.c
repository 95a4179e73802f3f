/* SPDX-License-Identifier: MIT */
/*
 * heat.c - hakmem heat: shows how often a running program writes its memory.
 *
 * Owns    the command's flags.
 * Calls   monitor.h, say.h.
 */
#include "cli/heat.h"

#include "cli/cli.h"
#include "cli/monitor.h"
#include "cli/say.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLAG_CSV = 256, FLAG_SVG };

void hak_heat_help(void)
{
	puts("\n"
	     "  -d, --interval SECONDS\n"
	     "          take a snapshot at this interval (0.1 to 86400), "
	     "until\n"
	     "          interrupted\n"
	     "  -n, --count COUNT\n"
	     "          take so many snapshots (1 to 1000000000; 1 without "
	     "-d)\n"
	     "  -q, --quiet\n"
	     "          print the sums, but no digits\n"
	     "  --csv FILE\n"
	     "          also write a line for each superslab and snapshot\n"
	     "  --svg FILE\n"
	     "          also draw all snapshots: time to the right, colour "
	     "for heat\n"
	     "\n"
	     "The program has to run with HAKMEM_OBSERVE=heat or locality. "
	     "Each\n"
	     "digit stands for a superslab of 2 MiB: 9 is a write within 1 "
	     "ms, 8\n"
	     "within 2 ms, and so on to 1, within 256 ms; 0 is no write in "
	     "this\n"
	     "time; . is a superslab that was not seen.\n"
	     "\n"
	     "Exits with 125 when hakmem fails.");
}

static bool parse_number(const char *text, double minimum, double maximum,
			 double *ret_number)
{
	char *end;
	double number = strtod(text, &end);

	/* strtod also accepts blanks, "nan" and "0x1p3"; the tool does not. */
	if (!*text || text[strspn(text, "0123456789.")] || *end ||
	    number < minimum || number > maximum)
		return false;
	*ret_number = number;
	return true;
}

static int read_heat_flag(int flag, struct hak_monitor *monitor)
{
	double number;

	switch (flag) {
	case 'd':
		if (parse_number(optarg, 0.1, 86400, &monitor->interval))
			return 0;
		hak_cli_say("heat: -d %s: use seconds from 0.1 to 86400",
			    optarg);
		return -1;
	case 'n':
		if (!strchr(optarg, '.') &&
		    parse_number(optarg, 1, 1e9, &number)) {
			monitor->snapshots = (unsigned long)number;
			return 0;
		}
		hak_cli_say("heat: -n %s: use a number from 1 to 1000000000",
			    optarg);
		return -1;
	case 'q':
		monitor->quiet = true;
		return 0;
	case FLAG_CSV:
		monitor->csv = optarg;
		return 0;
	case FLAG_SVG:
		monitor->svg = optarg;
		return 0;
	default:
		return -1; /* getopt has printed the reason */
	}
}

static int read_heat_flags(int argc, char **argv, struct hak_monitor *monitor)
{
	static char name[] = "hakmem: heat"; /* for getopt's messages */
	static const struct option flags[] = {
		{ "interval", required_argument, 0, 'd' },
		{ "count", required_argument, 0, 'n' },
		{ "quiet", no_argument, 0, 'q' },
		{ "csv", required_argument, 0, FLAG_CSV },
		{ "svg", required_argument, 0, FLAG_SVG },
		{ 0 },
	};
	double number;
	int flag;

	argv[0] = name;
	while ((flag = getopt_long(argc, argv, "d:n:q", flags, NULL)) != -1)
		if (read_heat_flag(flag, monitor))
			return -1;
	if (argc - optind != 1) {
		hak_cli_say("heat: use hakmem heat [OPTION]... PID");
		return -1;
	}
	if (strchr(argv[optind], '.') ||
	    !parse_number(argv[optind], 1, INT32_MAX, &number)) {
		hak_cli_say("heat: %s is no process ID", argv[optind]);
		return -1;
	}
	monitor->process = (pid_t)number;
	if (monitor->interval == 0 && !monitor->snapshots)
		monitor->snapshots = 1;
	if (monitor->interval == 0)
		monitor->interval = 1;
	return 0;
}

int hak_cli_heat(int argc, char **argv)
{
	struct hak_monitor monitor = { .process = 0 };

	return read_heat_flags(argc, argv, &monitor)
		       ? HAK_CLI_FAILED
		       : hak_monitor_process(&monitor);
}
