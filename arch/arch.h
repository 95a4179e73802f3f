/* SPDX-License-Identifier: MIT */
/*
 * arch.h - the CPU and the kernel's calling convention.
 *
 * Every port defines arch_cpu_relax(), arch_thread_pointer(), arch_ticks(),
 * arch_load_acquire(), arch_syscall() and ARCH_TAIL_CALL(). No other directory
 * contains assembler.
 */
#pragma once

#if defined(__x86_64__)
#include "arch/x86_64/arch.h"
#elif defined(__aarch64__)
#include "arch/aarch64/arch.h"
#else
#error "hakmem runs on x86_64 and aarch64; HACKING.md says how to add a port"
#endif
