/* SPDX-License-Identifier: MIT */
/*
 * status.c - values from a thread's status file.
 *
 * Calls   file.h.
 */
#include "os/status.h"

#include "os/file.h"

#include <errno.h>
#include <stdint.h>

/*
 * Copy the rest of the line that starts with `name` into the buffer. Returns the length
 * or -errno.
 */
static long value_of(const struct hak_status *status, const char *name)
{
	return hak_file_line(status->fd, name, status->buffer, status->bytes);
}

static long number_of(const struct hak_status *status, const char *name)
{
	const char *at = status->buffer;
	long got = value_of(status, name);
	long number = 0;

	if (got < 0)
		return got;
	if (*at < '0' || *at > '9')
		return -EINVAL;
	for (; *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (*at - '0');
	return number;
}

/* Is the signal set in the hexadecimal mask on the line that starts with `name`? */
static bool in_mask(const struct hak_status *status, const char *name,
		    int signal)
{
	const char *at = status->buffer;
	uint64_t mask = 0;

	if (value_of(status, name) <= 0)
		return true;
	for (; *at > ' '; at++)
		mask = mask << 4 |
		       (uint64_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
	return mask >> (signal - 1) & 1;
}

long hak_status_seccomp(const struct hak_status *status)
{
	long mode = number_of(status, "Seccomp:\t");

	return mode == -ENODATA ? 0 : mode;
}

long hak_status_threads(const struct hak_status *status)
{
	return number_of(status, "Threads:\t");
}

bool hak_status_stops(const struct hak_status *status, int signal)
{
	return in_mask(status, "SigBlk:\t", signal) ||
	       in_mask(status, "SigIgn:\t", signal);
}

bool hak_status_nodes(const struct hak_status *status,
		      struct hak_nodeset *ret_nodes)
{
	long got = value_of(status, "Mems_allowed_list:\t");

	/* A value that fills the buffer may have been cut. */
	return got > 0 && (size_t)got < status->bytes - 1 &&
	       hak_nodeset_parse(ret_nodes, status->buffer);
}
