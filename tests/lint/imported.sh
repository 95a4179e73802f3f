#!/bin/bash
# SPDX-License-Identifier: MIT
# The library imports only what imported.txt allows: a stray fprintf would come
# back into malloc.
. "$(dirname "$0")/common.sh"
need_tool nm binutils
need_library

lint_empty "imports nothing that is not allowed" "$(comm -23 \
	<(nm -D -u "$lib" | awk '{ sub(/@.*/, "", $2); print $2 }' | sort) \
	<(sed 's/[ \t]*#.*//; /^$/d' tests/lint/imported.txt | sort))"

ktap_done
