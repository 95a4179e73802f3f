#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The slab's remote word holds with freers, owners, parking and adoption, and
# the model tells each known fault. remote-deep.sh goes further.
# shellcheck disable=SC2154
set -u
# shellcheck source=tests/models/common.sh
. "${top_srcdir:-.}/tests/models/common.sh" || exit 1

holds "a slab of two blocks, two owners, one freer" remote.pml
holds "a slab of two blocks, one owner, two freers" remote.pml \
	-DADOPTERS=1 -DFREERS=2
holds "two slabs of one block, one owner, one freer" remote.pml \
	-DSLABS=2 -DALL=1 -DADOPTERS=1
for bug in $(bugs remote.pml); do
	finds "$bug" remote.pml
done
ktap_done
