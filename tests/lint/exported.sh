#!/bin/bash
# SPDX-License-Identifier: MIT
# The library exports what exported.txt lists, by the versions it lists.
. "$(dirname "$0")/common.sh"
need_tool nm binutils
need_library

got=$(nm -D --defined-only "$lib" | awk '$2 != "A" { print $3 }' | sort)
wanted=$(grep -v '^#' tests/lint/exported.txt | sort)

lint_empty "exports nothing that is not listed" \
	"$(comm -23 <(echo "$got") <(echo "$wanted"))"
lint_empty "exports everything that is listed" \
	"$(comm -13 <(echo "$got") <(echo "$wanted"))"
# A malloc that carries a version interposes for nobody, and nobody notices.
lint_empty "only hakmem_* carry a version" \
	"$(nm -D --defined-only "$lib" | awk '$2 != "A" && $3 ~ /@/ && $3 !~ /^hakmem_/')"

ktap_done
