/* SPDX-License-Identifier: MIT */
/*
 * recorder.c - preloaded by bench/trace/record: writes each call of the malloc
 * family into $HAKMEM_TRACE_FILE and passes it to the allocator underneath.
 *
 * Owns    the file, made by the script with its header and mapped shared: what
 *         is in it stays however the program ends. No child records.
 * Locks   none: an event's place in the file is drawn from a common counter,
 *         before a block is given back and after one is got.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"

static struct {
	__typeof__(&malloc) malloc;
	__typeof__(&calloc) calloc;
	__typeof__(&realloc) realloc;
	__typeof__(&free) free;
	__typeof__(&posix_memalign) posix_memalign;
	__typeof__(&aligned_alloc) aligned_alloc;
	__typeof__(&memalign) memalign;
} next;

static struct raw_header *_Atomic raw;
static _Atomic uint32_t threads;
static __thread uint32_t self; /* from 1, drawn at the first event */

/* What dlsym itself allocates while it looks for the first malloc. */
static _Alignas(16) char early[16384];
static size_t early_used;

static bool is_early(const void *p)
{
	return (uintptr_t)p - (uintptr_t)early < sizeof(early);
}

/* Before there are threads; zeroed, for it is never given twice. */
static void *early_alloc(size_t bytes)
{
	size_t at = early_used;

	if (bytes > sizeof(early) - at - 16)
		return NULL;
	early_used = at + ((bytes + 15) & ~(size_t)15);
	return early + at;
}

/* The allocator underneath is known; false only for dlsym's own calls. */
static bool found(void)
{
	static bool looking;

	if (next.malloc)
		return true;
	if (looking)
		return false;
	looking = true;
	next.calloc = dlsym(RTLD_NEXT, "calloc");
	next.realloc = dlsym(RTLD_NEXT, "realloc");
	next.free = dlsym(RTLD_NEXT, "free");
	next.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
	next.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
	next.memalign = dlsym(RTLD_NEXT, "memalign");
	next.malloc = dlsym(RTLD_NEXT, "malloc");
	looking = false;
	return true;
}

static void note_aligned(enum trace_kind kind, const void *address,
			 size_t bytes, size_t align)
{
	struct raw_header *file =
		atomic_load_explicit(&raw, memory_order_relaxed);
	struct raw_event *event;
	uint64_t at;

	if (!file || !address)
		return;
	/*
	 * Relaxed: whoever passes a block on to another thread synchronises
	 * with it, and then the counter keeps that order.
	 */
	at = atomic_fetch_add_explicit(&file->events, 1, memory_order_relaxed);
	if (at >= file->room)
		return;
	if (!self)
		self = 1 + atomic_fetch_add_explicit(&threads, 1,
						     memory_order_relaxed);
	event = (struct raw_event *)(file + 1) + at;
	event->address = (uintptr_t)address;
	event->bytes = bytes;
	event->thread = self - 1;
	event->shift = align ? __builtin_ctzll(align) : 0;
	event->kind = kind;
}

static void note(enum trace_kind kind, const void *address, size_t bytes)
{
	note_aligned(kind, address, bytes, 0);
}

void *malloc(size_t bytes)
{
	void *p;

	if (!found())
		return early_alloc(bytes);
	p = next.malloc(bytes);
	note(TRACE_MALLOC, p, bytes);
	return p;
}

void *calloc(size_t count, size_t each)
{
	void *p;

	if (!found())
		return early_alloc(count * each);
	p = next.calloc(count, each);
	note(TRACE_CALLOC, p, count * each);
	return p;
}

void *realloc(void *old, size_t bytes)
{
	void *p;

	if (!old)
		return malloc(bytes);
	if (!found())
		return NULL;
	if (is_early(old)) {
		size_t most = early + sizeof(early) - (char *)old;

		p = malloc(bytes);
		return p ? memcpy(p, old, bytes < most ? bytes : most) : NULL;
	}
	note(TRACE_MOVING, old, bytes);
	p = next.realloc(old, bytes);
	/* failed: it is where it was; or freed, if nothing was asked for */
	if (p || bytes)
		note(TRACE_REALLOC, p ? p : old, p ? bytes : SIZE_MAX);
	return p;
}

void free(void *p)
{
	if (!p || is_early(p) || !found())
		return;
	note(TRACE_FREE, p, 0);
	next.free(p);
}

int posix_memalign(void **ret_p, size_t align, size_t bytes)
{
	int error = found() ? next.posix_memalign(ret_p, align, bytes) : ENOMEM;

	if (!error)
		note_aligned(TRACE_ALIGNED, *ret_p, bytes, align);
	return error;
}

void *aligned_alloc(size_t align, size_t bytes)
{
	void *p = found() ? next.aligned_alloc(align, bytes) : NULL;

	note_aligned(TRACE_ALIGNED, p, bytes, align);
	return p;
}

void *memalign(size_t align, size_t bytes)
{
	void *p = found() ? next.memalign(align, bytes) : NULL;

	note_aligned(TRACE_ALIGNED, p, bytes, align);
	return p;
}

static void stop(void)
{
	atomic_store_explicit(&raw, NULL, memory_order_relaxed);
}

/* The name goes out of the environment: what the program starts is another. */
__attribute__((constructor)) static void start(void)
{
	const char *name = getenv("HAKMEM_TRACE_FILE");
	struct raw_header *file = MAP_FAILED;
	struct stat st;
	int fd;

	if (!name)
		return;
	fd = open(name, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && !fstat(fd, &st) && st.st_size > (off_t)sizeof(*file))
		file = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (file == MAP_FAILED) {
		dprintf(STDERR_FILENO, "recorder: cannot map %s\n", name);
		_exit(1);
	}
	file->magic = RAW_MAGIC;
	file->room = (st.st_size - sizeof(*file)) / sizeof(struct raw_event);
	unsetenv("HAKMEM_TRACE_FILE");
	if (pthread_atfork(NULL, NULL, stop))
		_exit(1);
	atomic_store_explicit(&raw, file, memory_order_relaxed);
}
