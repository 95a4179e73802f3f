#!/bin/bash
# SPDX-License-Identifier: MIT
# A function with the suffix _locked names the caller's lock in an attribute, for
# clang, and asserts the lock, for debug builds.
. "$(dirname "$0")/common.sh"

# shellcheck disable=SC2016  # C, not shell
ktap_is "offenders are found, and nothing else" "$(awk -f tests/lint/locks.awk /dev/stdin <<'END'
void good_locked(struct span *span) HAK_REQUIRES(span->lock);
void long_locked(struct span *span,
		 int count)
	HAK_REQUIRES(span->lock);
void bare_locked(struct span *span);
void misnamed(struct span *span) HAK_REQUIRES(span->lock);
static int silent_locked(struct span *span) HAK_REQUIRES(span->lock)
{
	return bare_locked(span);
}
static int whole_locked(struct span *span)
	HAK_REQUIRES(span->lock)
{
	hak_lock_assert(&span->lock);
	return good_locked(span);
}
int outer(struct span *span)
{
	return good_locked(span);
}
END
)" "/dev/stdin: bare_locked: no HAK_REQUIRES
/dev/stdin: misnamed: HAK_REQUIRES without _locked
/dev/stdin: silent_locked: no hak_lock_assert"

mapfile -t files < <(library_sources)
lint_empty "suffix, attribute and assertion agree" \
	"$(awk -f tests/lint/locks.awk "${files[@]}")"

ktap_done
