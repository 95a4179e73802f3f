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

/* Thread pointer of one that has not the program's descriptors. */
static _Atomic uintptr_t apart;

void hak_text_from_apart(void)
{
	atomic_store_explicit(&apart, arch_thread_pointer(),
			      memory_order_relaxed);
}

/* /proc/self is the process: its first thread's descriptors. */
static long standard_error(void)
{
	long fd;

	if (atomic_load_explicit(&apart, memory_order_relaxed) !=
	    arch_thread_pointer())
		return 2;
	fd = arch_syscall(SYS_openat, AT_FDCWD, (long)"/proc/self/fd/2",
			  O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC, 0, 0, 0);
	/* A later thread may have the same pointer, and a socket there. */
	return fd < 0 ? 2 : fd;
}

void hak_text_print(struct hak_text *text)
{
	if (text->used == sizeof(text->bytes))
		text->bytes[text->used - 1] = '\n';
	arch_syscall(SYS_write, standard_error(), (long)text->bytes,
		     (long)text->used, 0, 0, 0);
	text->used = 0;
}
