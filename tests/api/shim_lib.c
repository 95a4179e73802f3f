/* SPDX-License-Identifier: MIT */
/*
 * shim_lib.c - preloaded beside the library: interposes the libc functions an
 * allocator might call. Each calls dlsym and malloc, so an allocator using libc
 * instead of system calls would call itself.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static atomic_long calls;
static __thread int depth __attribute__((tls_model("initial-exec")));

long shim_calls(void)
{
	return calls;
}

int shim_loaded(void)
{
	return 1;
}

/* The next definition of a name, looked up at each call. */
static void *next(const char *name)
{
	void *found;

	calls++;
	if (depth < 3) {
		depth++;
		free(malloc(4000));
		free(realloc(calloc(3, 700), 9000));
		depth--;
	}
	found = dlsym(RTLD_NEXT, name);
	if (!found)
		abort();
	return found;
}

#define NEXT(name)	((__typeof__(&name))next(#name))

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	return NEXT(mmap)(addr, len, prot, flags, fd, off);
}

int munmap(void *addr, size_t len)
{
	return NEXT(munmap)(addr, len);
}

int mprotect(void *addr, size_t len, int prot)
{
	return NEXT(mprotect)(addr, len, prot);
}

void *mremap(void *addr, size_t len, size_t to_len, int flags, ...)
{
	va_list args;
	void *to = NULL;

	va_start(args, flags);
	if (flags & MREMAP_FIXED)
		to = va_arg(args, void *);
	va_end(args);
	return NEXT(mremap)(addr, len, to_len, flags, to);
}

int madvise(void *addr, size_t len, int advice)
{
	return NEXT(madvise)(addr, len, advice);
}

int open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, int) : 0;
	va_end(args);
	return NEXT(open)(path, flags, mode);
}

ssize_t read(int fd, void *buf, size_t len)
{
	return NEXT(read)(fd, buf, len);
}

ssize_t write(int fd, const void *buf, size_t len)
{
	return NEXT(write)(fd, buf, len);
}

int close(int fd)
{
	return NEXT(close)(fd);
}

char *getenv(const char *name)
{
	return NEXT(getenv)(name);
}

char *secure_getenv(const char *name)
{
	return NEXT(secure_getenv)(name);
}

int sched_getaffinity(pid_t pid, size_t len, cpu_set_t *set)
{
	return NEXT(sched_getaffinity)(pid, len, set);
}

int sched_getcpu(void)
{
	return NEXT(sched_getcpu)();
}

long sysconf(int name)
{
	return NEXT(sysconf)(name);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	return NEXT(clock_gettime)(clock, time);
}

__attribute__((constructor)) static void born(void)
{
	free(next("malloc_usable_size") ? malloc(100) : NULL);
}
