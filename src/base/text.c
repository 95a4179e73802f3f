/* SPDX-License-Identifier: MIT */
/*
 * text.c - one line of text built on the stack.
 *
 * Calls   the write and open system calls.   Called by  fault.c, options.c, front/info.c
 */
#include "text.h"

#include "arch.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>

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

void hak_text_add_pointer(struct hak_text *text, const void *pointer)
{
	hak_text_add(text, "0x");
	add_digits(text, (uintptr_t)pointer, 16);
}

/* Thread pointers of those that have not the program's descriptors. */
static _Atomic uintptr_t apart[2];

void hak_text_from_apart(unsigned which)
{
	atomic_store_explicit(&apart[which], arch_thread_pointer(),
			      memory_order_relaxed);
}

/*
 * The process has the first thread's descriptors. Taken as it is where the
 * kernel lets us (Linux 5.6), so that it may be a socket; or opened again.
 */
static int borrow(void)
{
	long pid = arch_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
	long process = arch_syscall(SYS_pidfd_open, pid, 0, 0, 0, 0, 0);
	long fd = -1;

	if (process >= 0) {
		fd = arch_syscall(SYS_pidfd_getfd, process, 2, 0, 0, 0, 0);
		arch_syscall(SYS_close, process, 0, 0, 0, 0, 0);
	}
	if (fd < 0)
		fd = arch_syscall(SYS_openat, AT_FDCWD,
				  (long)"/proc/self/fd/2",
				  O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC, 0,
				  0, 0);
	return (int)fd;
}

static bool is_apart(void)
{
	uintptr_t self = arch_thread_pointer();

	return atomic_load_explicit(&apart[0], memory_order_relaxed) == self ||
	       atomic_load_explicit(&apart[1], memory_order_relaxed) == self;
}

void hak_text_print(struct hak_text *text)
{
	int fd;

	if (text->used == sizeof(text->bytes))
		text->bytes[text->used - 1] = '\n';
	fd = is_apart() ? borrow() : -1;
	/* A later thread may have the same pointer, and its own 2. */
	arch_syscall(SYS_write, fd < 0 ? 2 : fd, (long)text->bytes,
		     (long)text->used, 0, 0, 0);
	if (fd >= 0)
		arch_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
	text->used = 0;
}
