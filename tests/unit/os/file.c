/* SPDX-License-Identifier: MIT */
/* file.c - small files read whole, cut, and not there. */
#include "os/file.h"

#include <fcntl.h>
#include <stdlib.h>

#include "unit/unit.h"

int main(void)
{
	char path[] = "/tmp/hakmem-file-XXXXXX";
	char text[64];
	int fd = mkstemp(path), next;

	ksft_print_header();
	ksft_set_plan(3);
	unit_need(fd >= 0 && write(fd, "0-1,4\n", 6) == 6);
	unit_expect(hak_file_read(path, text, sizeof(text)) == 6);
	unit_expect(strcmp(text, "0-1,4\n") == 0);
	memset(text, 'x', sizeof(text));
	unit_expect(hak_file_read(path, text, 4) == 3);
	unit_expect(strcmp(text, "0-1") == 0 && text[4] == 'x');
	unit_result("read whole, or as far as there is room");
	unlink(path);
	errno = 77;
	unit_expect(hak_file_read(path, text, sizeof(text)) == -ENOENT);
	unit_expect(hak_file_read("/", text, sizeof(text)) == -EISDIR);
	unit_expect(errno == 77);
	unit_result("errors come as -errno");
	next = dup(fd);
	close(next);
	hak_file_read("/proc/self/stat", text, sizeof(text));
	hak_file_read("/", text, sizeof(text));
	unit_expect(dup(fd) == next);
	unit_result("no descriptor is left open");
	return ksft_finished();
}
