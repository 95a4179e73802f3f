/* SPDX-License-Identifier: MIT */
/*
 * status.c - the values of a status file do not depend on the file's length or
 * on the size of the buffer; a line that is absent, and a file that is closed.
 */
#include "os/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "unit/unit.h"

enum { GROUPS = 1000, SIGNAL = 14 };

/* A status file like the kernel's, with the number of groups that is asked. */
static int make(unsigned groups)
{
	int fd = memfd_create("status", 0);

	unit_need(fd >= 0);
	dprintf(fd, "Name:\tThreads:\nState:\tR (running)\nGroups:\t");
	for (unsigned i = 0; i < groups; i++)
		dprintf(fd, "%u ", 100000 + i);
	dprintf(fd, "\nThreads:\t417\nSigQ:\t7/31\n"
		    "SigBlk:\t0000000000002000\nSigIgn:\t0000000000000001\n"
		    "NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n"
		    "Mems_allowed:\t00000000,0000000d\n"
		    "Mems_allowed_list:\t0,2-3\n");
	return fd;
}

static void values(const struct hak_status *status)
{
	struct hak_nodeset nodes = { { 0 } };

	unit_expect(hak_status_threads(status) == 417);
	unit_expect(hak_status_seccomp(status) == 2);
	unit_expect(hak_status_stops(status, SIGNAL));
	unit_expect(hak_status_stops(status, 1));
	unit_expect(!hak_status_stops(status, SIGNAL - 1));
	unit_expect(hak_status_nodes(status, &nodes));
	unit_expect(hak_nodeset_count(&nodes) == 3);
	unit_expect(hak_nodeset_next(&nodes, 1) == 2);
}

static void any_length(void)
{
	static char text[4096];
	static const unsigned groups[] = { 0, 3, GROUPS };

	for (unsigned i = 0; i < 3; i++) {
		struct hak_status status = { make(groups[i]), text, 0 };

		for (size_t bytes = 18; bytes <= sizeof(text); bytes += 7) {
			status.bytes = bytes;
			values(&status);
		}
		close(status.fd);
	}
	unit_result("values from files of any length, by buffers of any size");
}

static void absent(void)
{
	char text[HAK_STATUS_BYTES];
	struct hak_nodeset nodes;
	struct hak_status status = { memfd_create("status", 0), text,
				     sizeof(text) };

	unit_need(status.fd >= 0);
	dprintf(status.fd, "Seccomp\nMems_allowed_list:\t");
	for (unsigned i = 0; i < 60; i++)
		dprintf(status.fd, "%s%u", i ? "," : "", 2 * i);
	unit_expect(hak_status_seccomp(&status) == 0);
	unit_expect(hak_status_threads(&status) == -ENODATA);
	unit_expect(hak_status_stops(&status, SIGNAL));
	unit_expect(!hak_status_nodes(&status, &nodes));
	close(status.fd);
	unit_result("absent lines, and a list longer than the buffer");
	unit_expect(hak_status_seccomp(&status) == -EBADF);
	unit_expect(hak_status_threads(&status) == -EBADF);
	unit_expect(hak_status_stops(&status, SIGNAL));
	unit_expect(!hak_status_nodes(&status, &nodes));
	unit_result("a file that is unreadable");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3);
	any_length();
	absent();
	return ksft_finished();
}
