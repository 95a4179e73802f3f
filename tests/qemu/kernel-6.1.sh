#!/bin/bash
# SPDX-License-Identifier: MIT
# Every topology, and tests/numa in it, on Linux 6.1 as Debian has it.
. "$(dirname "$0")/common.sh"

on_kernel 6.1
