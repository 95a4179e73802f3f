#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The slab's remote word with more threads and slabs than remote.sh has time
# for: some minutes a search, up to 8 GB.
# shellcheck disable=SC2154
set -u
MEMORY_MIB=8000
SECONDS_MAX=900
# shellcheck source=tests/models/common.sh
. "${top_srcdir:-.}/tests/models/common.sh" || exit 1

holds "a slab of two blocks, two owners, two freers" remote.pml -DFREERS=2
holds "a slab of two blocks, three owners, one freer" remote.pml -DADOPTERS=3
holds "two slabs of two blocks, one owner, one freer" remote.pml \
	-DSLABS=2 -DADOPTERS=1
ktap_done
