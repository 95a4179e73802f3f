#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The slab's remote word with more threads than remote.sh has time for: one or
# two minutes a search, 5 to 10 million states. The slab has one block: with two
# blocks and these threads a search does not end at 66 million states.
# shellcheck disable=SC2154
set -u
MEMORY_MIB=4000
SECONDS_MAX=900
# shellcheck source=tests/models/common.sh
. "${top_srcdir:-.}/tests/models/common.sh" || exit 1

holds "a slab of one block, two owners, two freers" remote.pml \
	-DALL=1 -DFREERS=2
holds "a slab of one block, three owners, one freer" remote.pml \
	-DALL=1 -DADOPTERS=3
ktap_done
