/* SPDX-License-Identifier: MIT */
/*
 * text.c - a line of text, built on the stack.
 *
 * Calls   the write and open system calls.
 */
#include "base/text.h"

#include "base/atomic.h"
#include "base/sys.h"
#include "arch/arch.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

static void add_byte(struct hak_text *text, char byte)
{
	if (text->used < sizeof(text->bytes))
		text->bytes[text->used++] = byte;
}

static void add_digits(struct hak_text *text, uint64_t number, unsigned base)
{
	char digits[20];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	while (n)
		add_byte(text, digits[--n]);
}

void hak_text_add(struct hak_text *text, const char *words)
{
	while (*words)
		add_byte(text, *words++);
}

void hak_text_add_number(struct hak_text *text, uint64_t number)
{
	add_digits(text, number, 10);
}

char *hak_text_digits(char *end, uint32_t number)
{
	do
		*--end = (char)('0' + number % 10);
	while (number /= 10);
	return end;
}

void hak_text_add_pointer(struct hak_text *text, const void *pointer)
{
	hak_text_add(text, "0x");
	add_digits(text, (uintptr_t)pointer, 16);
}

/*
 * Thread pointers of the keeper and the watcher, while they have their own table of
 * descriptors; 0: no such thread.
 */
static _Atomic uintptr_t apart[2];

void hak_text_from_apart(unsigned which, bool is)
{
	hak_write_once(&apart[which], is ? arch_thread_pointer() : 0);
}

/* The kernel's id of a thread with the program's descriptors; 0: none known. */
static _Atomic uint32_t lender;

void hak_text_lender(uint32_t thread)
{
	hak_write_once(&lender, thread);
}

/* Open the file of descriptor 2 of a thread anew. */
static int open_of(uint32_t thread)
{
	static const char head[] = "/proc/self/task/";
	static const char tail[] = "/fd/2";
	char path[sizeof(head) + 10 + sizeof(tail)];
	char *at = path + sizeof(path) - sizeof(tail);

	memcpy(at, tail, sizeof(tail));
	at = hak_text_digits(at, thread);
	at -= sizeof(head) - 1;
	memcpy(at, head, sizeof(head) - 1);
	return (int)sys_open(at, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
}

/*
 * Get the program's descriptor 2 for a thread with its own table of descriptors. The
 * first thread has the program's descriptors. Duplicate its descriptor 2 if the kernel
 * allows (Linux 5.6), because the descriptor may be a socket. Otherwise open the same
 * file again.
 */
static int borrow(void)
{
	uint32_t other = hak_read_once(&lender);
	long pid = sys_getpid();
	long process = sys_pidfd_open(pid);
	long fd = -1;

	if (process >= 0) {
		fd = sys_pidfd_getfd(process, 2);
		sys_close(process);
	}
	if (fd < 0)
		fd = open_of((uint32_t)pid);
	if (fd < 0 && other)
		fd = open_of(other);
	return (int)fd;
}

/* Does the running thread have its own table of descriptors? */
static bool is_apart(void)
{
	uintptr_t self = arch_thread_pointer();

	return hak_read_once(&apart[0]) == self ||
	       hak_read_once(&apart[1]) == self;
}

void hak_text_print(struct hak_text *text)
{
	int fd;

	if (text->used == sizeof(text->bytes))
		text->bytes[text->used - 1] = '\n';
	fd = is_apart() ? borrow() : -1;
	/*
	 * In the own table of keeper and watcher, descriptor 2 is not writable
	 * (self.h). So if borrow() has failed, the text reaches no file and is lost.
	 */
	sys_write(fd < 0 ? 2 : fd, text->bytes, text->used);
	if (fd >= 0)
		sys_close(fd);
	text->used = 0;
}
