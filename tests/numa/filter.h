/* SPDX-License-Identifier: MIT */
/* filter.h - the seccomp filter of a real systemd unit. */
#pragma once

#include "kernel/bpf.h"

/*
 * Numbers of the x86_64 system calls that SystemCallFilter=@system-service and
 * SystemCallFilter=~@privileged @resources allow. These two lines are in Debian
 * 12's redis-server.service; `systemd-analyze syscall-filter` of systemd 252
 * lists the calls. Every other call kills.
 */
static const struct filter_row {
	short first, last;
} filter_redis[] = {
	{ 0, 26 },    { 28, 91 },   { 95, 100 },  { 102, 102 }, { 104, 104 },
	{ 106, 112 }, { 114, 115 }, { 118, 121 }, { 123, 125 }, { 127, 133 },
	{ 135, 135 }, { 137, 138 }, { 140, 140 }, { 143, 143 }, { 145, 152 },
	{ 157, 158 }, { 162, 162 }, { 186, 202 }, { 204, 211 }, { 213, 226 },
	{ 228, 235 }, { 239, 245 }, { 247, 250 }, { 252, 255 }, { 257, 259 },
	{ 261, 278 }, { 280, 297 }, { 299, 299 }, { 302, 303 }, { 306, 312 },
	{ 315, 316 }, { 318, 319 }, { 322, 328 }, { 332, 334 }, { 424, 427 },
	{ 434, 437 }, { 439, 441 }, { 449, 449 },
};

static KTAP_UNUSED bool filter_take_redis(void)
{
	struct bpf filter;

	bpf_begin(&filter);
	for (size_t i = 0; i < sizeof(filter_redis) / sizeof(*filter_redis);
	     i++) {
		bpf_add(&filter, BPF_JMP | BPF_JGE | BPF_K,
			(unsigned int)filter_redis[i].first, 0, 2);
		bpf_add(&filter, BPF_JMP | BPF_JGT | BPF_K,
			(unsigned int)filter_redis[i].last, 1, 0);
		bpf_add(&filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	}
	return bpf_install(&filter, SECCOMP_RET_KILL_PROCESS, 0);
}
