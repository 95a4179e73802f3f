/* SPDX-License-Identifier: MIT */
/*
 * bpf.h - seccomp filters for tests: a call kills, or returns an error.
 *
 * A filter is permanent, but holds for a single thread. So a test can filter a
 * thread, let the thread end, and then check that the other threads recover.
 */
#pragma once

#include "util.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#define BPF_RULES 64

struct bpf {
	struct sock_filter code[2 * BPF_RULES + 2];
	unsigned short len;
};

static UTIL_UNUSED void bpf_add(struct bpf *f, unsigned short code,
				unsigned int k, unsigned char jt,
				unsigned char jf)
{
	f->code[f->len++] = (struct sock_filter){ code, jt, jf, k };
}

static UTIL_UNUSED void bpf_begin(struct bpf *f)
{
	f->len = 0;
	bpf_add(f, BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, nr), 0, 0);
}

/* system call NR gets VERDICT (SECCOMP_RET_...) */
static UTIL_UNUSED void bpf_rule(struct bpf *f, long nr, unsigned int verdict)
{
	bpf_add(f, BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)nr, 0, 1);
	bpf_add(f, BPF_RET | BPF_K, verdict, 0, 0);
}

static UTIL_UNUSED void bpf_errno(struct bpf *f, long nr, int error)
{
	bpf_rule(f, nr, SECCOMP_RET_ERRNO | (unsigned int)error);
}

/* the same, but only if the lower half of argument ARG equals VALUE */
static UTIL_UNUSED void bpf_errno_if(struct bpf *f, long nr, unsigned int arg,
				     unsigned int value, int error)
{
	unsigned int half = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;

	bpf_add(f, BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)nr, 0, 4);
	bpf_add(f, BPF_LD | BPF_W | BPF_ABS,
		(unsigned int)offsetof(struct seccomp_data, args) + 8 * arg +
			half, 0, 0);
	bpf_add(f, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	bpf_add(f, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)error, 0,
		0);
	bpf_add(f, BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, nr), 0, 0);
}

/* every other call gets VERDICT; false if filters are not available */
static UTIL_UNUSED bool bpf_install(struct bpf *f, unsigned int verdict,
				    unsigned int flags)
{
	struct sock_fprog prog = { f->len + 1, f->code };

	bpf_add(f, BPF_RET | BPF_K, verdict, 0, 0);
	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}
