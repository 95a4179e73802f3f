/* SPDX-License-Identifier: MIT */
/*
 * task.c - reads a thread's name, processor and signals from /proc, and sends signals.
 *
 * Locks   none, and no thread-local variables, because the handler of SIGSEGV
 *         calls some of these functions (watch/guard.c).
 * Calls   file.h, status.h.
 */
#include "os/task.h"

#include "os/file.h"
#include "os/status.h"
#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum {
	NAME_BYTES = 64,
	STAT_BYTES = 512, /* bytes of /proc/.../stat up to the processor's field */
	CPU_FIELD = 39,	  /* number of this field; the thread's name is field 2 */
};

static const char *path_of(uint32_t thread, const char *file,
			   struct hak_text *path)
{
	path->used = 0;
	hak_text_add(path, "/proc/self/task/");
	hak_text_add_number(path, thread);
	hak_text_add(path, file);
	path->bytes[path->used] = '\0';
	return path->bytes;
}

static long read(uint32_t thread, const char *file, char *ret_text,
		 size_t bytes)
{
	struct hak_text path;

	return hak_file_read(path_of(thread, file, &path), ret_text, bytes);
}

/* Copy the text, with '?' in place of each unprintable character. */
static void print(const char *text, char ret_name[HAK_TASK_NAME])
{
	unsigned i;

	for (i = 0; i < HAK_TASK_NAME - 1 && text[i] && text[i] != '\n'; i++)
		ret_name[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
	ret_name[i] = '\0';
}

void hak_task_name(uint32_t thread, char ret_name[HAK_TASK_NAME])
{
	char text[NAME_BYTES];

	if (read(thread, "/comm", text, sizeof(text)) <= 0)
		strcpy(text, "?");
	print(text, ret_name);
}

void hak_task_own_name(char ret_name[HAK_TASK_NAME])
{
	char text[NAME_BYTES] = "?";

	sys_get_name(text);
	print(text, ret_name);
}

bool hak_task_takes(uint32_t thread, int signal)
{
	char text[HAK_STATUS_BYTES];
	struct hak_status status = { .buffer = text, .bytes = sizeof(text) };
	struct hak_text path;
	bool takes;

	status.fd = hak_file_open(path_of(thread, "/status", &path), O_RDONLY);
	if (status.fd < 0)
		return false;
	takes = !hak_status_stops(&status, signal);
	hak_file_close(status.fd);
	return takes;
}

int hak_task_cpu(uint32_t thread)
{
	char text[STAT_BYTES];
	const char *at = text;
	const char *paren;
	unsigned field;
	int cpu = 0;

	if (read(thread, "/stat", text, sizeof(text)) <= 0)
		return -ESRCH;
	/*
	 * The thread's name stands in parentheses, and may itself contain parentheses
	 * and blanks. So skip everything up to the last parenthesis.
	 */
	while ((paren = strchr(at, ')')))
		at = paren + 1;
	for (field = 2; field < CPU_FIELD && (at = strchr(at, ' ')); field++)
		at++;
	if (!at)
		return -EINVAL;
	for (; *at >= '0' && *at <= '9'; at++)
		cpu = cpu * 10 + (*at - '0');
	return cpu;
}

static long send(uint32_t thread, int signal)
{
	long pid = sys_getpid();

	return sys_tgkill(pid, thread, signal);
}

bool hak_task_is_ours(uint32_t thread)
{
	return thread && send(thread, 0) != -ESRCH;
}

void hak_task_signal(uint32_t thread, int signal)
{
	send(thread, signal);
}
