#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The superslab's states hold with reuse, decommits in flight and fork, and
# the model tells each known fault.
# shellcheck disable=SC2154
set -u
# shellcheck source=tests/models/common.sh
. "${top_srcdir:-.}/tests/models/common.sh" || exit 1

holds "two allocating threads, a decommitter, fork" superslab.pml
for bug in $(bugs superslab.pml); do
	finds "$bug" superslab.pml
done
ktap_done
