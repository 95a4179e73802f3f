#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# long.sh - the tests of this directory that are shortened in `make check`,
# at the size that is promised: 2 GiB of 100-byte blocks, 100,000 cycles of
# growth beyond 32 MiB.
set -u
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"

ktap_test "mappings after 100,000 cycles" \
	"${top_builddir:-.}/tests/kernel/maps" 100000
ktap_test "footprint, full size" env FOOTPRINT_MIB=2048 \
	"${top_srcdir:-.}/tests/kernel/footprint.sh"
ktap_done
