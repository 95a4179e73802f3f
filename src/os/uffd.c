/* SPDX-License-Identifier: MIT */
/*
 * uffd.c - userfaultfd: the kernel reports touches of memory that hakmem chooses.
 *
 * Owns    every userfaultfd call.
 */
#include "os/uffd.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <linux/userfaultfd.h>

enum {
	WP_ASYNC = 1 << 15, /* UFFD_FEATURE_WP_ASYNC, of Linux 6.7 */
	MESSAGES = 16,	    /* most messages of the kernel in one read */
};

static long control(int fd, unsigned long request, void *argument)
{
	return sys_ioctl(fd, request, argument);
}

static int open_device(void)
{
	long device = sys_open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
	long fd;

	if (device < 0)
		return (int)device;
	fd = control((int)device, USERFAULTFD_IOC_NEW,
		     (void *)(O_CLOEXEC | O_NONBLOCK));
	sys_close((int)device);
	return (int)fd;
}

static int open_syscall(int flags)
{
	return (int)sys_userfaultfd(O_CLOEXEC | O_NONBLOCK | flags);
}

static int agree(int fd, uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };

	return (int)control(fd, UFFDIO_API, &api);
}

/*
 * Switch on the features that `kind` needs. Also ask for the exact addresses of
 * touches, if the kernel can report them.
 */
static int set_up(int fd, enum hak_uffd_kind kind)
{
	static const uint64_t needs[] = {
		[HAK_UFFD_MISSING] = UFFD_FEATURE_THREAD_ID,
		[HAK_UFFD_WRITES] = UFFD_FEATURE_THREAD_ID |
				    UFFD_FEATURE_PAGEFAULT_FLAG_WP,
		[HAK_UFFD_NOTES] = WP_ASYNC,
	};

	if (!agree(fd, needs[kind] | UFFD_FEATURE_EXACT_ADDRESS))
		return 0;
	return agree(fd, needs[kind]);
}

enum hak_mode hak_uffd_open(enum hak_uffd_kind kind, struct hak_uffd *ret_uffd)
{
	enum hak_mode mode = HAK_MODE_ON;
	int fd = open_syscall(0);

	if (fd == -ENOSYS)
		return HAK_MODE_ABSENT;
	if (fd < 0)
		fd = open_device();
	if (fd < 0 && kind == HAK_UFFD_WRITES)
		return HAK_MODE_UNPRIVILEGED;
	if (fd < 0) {
		mode = HAK_MODE_USER_ONLY;
		fd = open_syscall(UFFD_USER_MODE_ONLY);
	}
	if (fd < 0)
		return HAK_MODE_FORBIDDEN;
	if (set_up(fd, kind)) {
		sys_close(fd);
		return kind == HAK_UFFD_NOTES ? HAK_MODE_OLD : HAK_MODE_ABSENT;
	}
	*ret_uffd = (struct hak_uffd){ fd, kind };
	/*
	 * The kernel only marks written pages, and stops no thread, so hakmem needs no
	 * privilege.
	 */
	return kind == HAK_UFFD_NOTES ? HAK_MODE_ON : mode;
}

void hak_uffd_close(struct hak_uffd *uffd)
{
	if (uffd->fd >= 0)
		sys_close(uffd->fd);
	uffd->fd = -1;
}

static int protect(const struct hak_uffd *uffd, void *address, size_t bytes,
		   uint64_t mode)
{
	struct uffdio_writeprotect what = {
		.range = { (uintptr_t)address, bytes },
		.mode = mode,
	};

	return (int)control(uffd->fd, UFFDIO_WRITEPROTECT, &what);
}

int hak_uffd_arm(const struct hak_uffd *uffd, void *address, size_t bytes)
{
	bool missing = uffd->kind == HAK_UFFD_MISSING;
	struct uffdio_register what = {
		.range = { (uintptr_t)address, bytes },
		.mode = missing ? UFFDIO_REGISTER_MODE_MISSING
				: UFFDIO_REGISTER_MODE_WP,
	};
	int err = (int)control(uffd->fd, UFFDIO_REGISTER, &what);

	if (err || missing)
		return err;
	err = protect(uffd, address, bytes, UFFDIO_WRITEPROTECT_MODE_WP);
	if (err)
		hak_uffd_disarm(uffd, address, bytes);
	return err;
}

int hak_uffd_disarm(const struct hak_uffd *uffd, void *address, size_t bytes)
{
	struct uffdio_range range = { (uintptr_t)address, bytes };

	return (int)control(uffd->fd, UFFDIO_UNREGISTER, &range);
}

int hak_uffd_release(const struct hak_uffd *uffd, void *address, size_t bytes)
{
	return protect(uffd, address, bytes, 0);
}

int hak_uffd_zero(const struct hak_uffd *uffd, void *address, size_t bytes)
{
	struct uffdio_zeropage what = {
		.range = { (uintptr_t)address, bytes },
	};

	return (int)control(uffd->fd, UFFDIO_ZEROPAGE, &what);
}

void hak_uffd_wake(const struct hak_uffd *uffd, void *address, size_t bytes)
{
	struct uffdio_range range = { (uintptr_t)address, bytes };

	control(uffd->fd, UFFDIO_WAKE, &range);
}

int hak_uffd_read(const struct hak_uffd *uffd, struct hak_touch *ret_touches,
		  unsigned most)
{
	struct uffd_msg message[MESSAGES];
	int count = 0;
	long got, i;

	if (most > MESSAGES)
		most = MESSAGES;
	got = sys_read(uffd->fd, message, most * sizeof(*message));
	if (got == -EAGAIN || got == -EINTR)
		return 0;
	if (got < 0)
		return (int)got;
	for (i = 0; i < got / (long)sizeof(*message); i++) {
		if (message[i].event != UFFD_EVENT_PAGEFAULT)
			continue;
		ret_touches[count++] = (struct hak_touch){
			.address = message[i].arg.pagefault.address,
			.thread = message[i].arg.pagefault.feat.ptid,
			.write = message[i].arg.pagefault.flags &
				 UFFD_PAGEFAULT_FLAG_WRITE,
		};
	}
	return count;
}
