#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The command table: each command is listed, describes itself and is
# dispatched; anything else is refused with status 125.
# shellcheck disable=SC2012,SC2016,SC2154,SC2317
set -u
# shellcheck source=tests/cli/common.sh
. "${top_srcdir:-.}/tests/cli/common.sh" || exit 1

table=$top_srcdir/src/cli/commands.def
commands=$(sed -n 's/^HAK_COMMAND([a-z]*, "\([a-z]*\)".*/\1/p' "$table")
listed=$("$hakmem" help | sed -n 's/^  \([a-z]*\)  *.*/\1/p')

ktap_is "help lists exactly the table" "$listed" "$commands"
ktap_is "--help is help" "$("$hakmem" --help)" "$("$hakmem" help)"
ktap_is "-h is help" "$("$hakmem" -h)" "$("$hakmem" help)"
for command in $commands; do
	says "help $command" "Usage: hakmem $command" \
		"$("$hakmem" help "$command")"
	ktap_is "$command --help" "$("$hakmem" "$command" --help)" \
		"$("$hakmem" help "$command")"
done
version=$(sed -n 's/^AC_INIT(\[hakmem\], \[\(.*\)\]).*/\1/p' \
	"$top_srcdir/configure.ac")
ktap_is "version" "$("$hakmem" version | head -n 1)" "hakmem $version"
ktap_is "--version" "$("$hakmem" --version)" "$("$hakmem" version)"
says "version names the library" "library: $(realpath "$top_builddir")" \
	"$("$hakmem" version)"

# Each option of the library is a flag of run.
flags=$(sed -n 's/^HAK_[A-Z]*([A-Z_]*, "HAKMEM_\([A-Z0-9_]*\)".*/\1/p' \
	"$top_srcdir/src/base/options.def" | tr 'A-Z_' 'a-z-')
for flag in $flags; do
	says "help run has --$flag" "--$flag=" "$("$hakmem" help run)"
done

# Each reason of --verify is in the manual, too.
page=$(grep -v '^\.\\"' "$top_srcdir/docs/hakmem.1")
sed -n 's/^HAK_VERDICT(.*,$//; s/^\t    "\(.*\)",$/\1/p' \
	"$top_srcdir/src/cli/verdicts.def" >reasons
while read -r reason; do
	says "hakmem(1): $reason" ".It $reason" "$page"
done <reasons

ktap_is "no command" "$(status "$hakmem")" 125
ktap_is "unknown command" "$(status "$hakmem" frobnicate)" 125
says "unknown command is named" frobnicate "$(errors "$hakmem" frobnicate)"
ktap_is "help of an unknown command" "$(status "$hakmem" help frob)" 125
ktap_is "help of two commands" "$(status "$hakmem" help run help)" 125
ktap_is "version with an argument" "$(status "$hakmem" version 1)" 125
if [ -c /dev/full ]; then
	"$hakmem" help >/dev/full 2>/dev/null
	ktap_is "help that cannot be written" $? 125
else
	ktap_skip "help that cannot be written" "no /dev/full"
fi
ktap_done
