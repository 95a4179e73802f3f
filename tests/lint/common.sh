# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# common.sh - the start of every lint script. The scripts run at the top of the
# source tree and check the tree, or the library in $lib.
set -u

lint_dir=$(cd "$(dirname "$0")" && pwd) || exit 1
: "${top_srcdir:=$(cd "$lint_dir/../.." && pwd)}"
: "${top_builddir:=$top_srcdir}"
lib=${HAKMEM_LIB:-$top_builddir/.libs/libhakmem.so.0}
: "${CC:=cc}"
cd "$top_srcdir" || exit 1
# shellcheck source=tests/ktap.sh
. tests/ktap.sh

export LC_ALL=C

# shellcheck disable=SC2034  # for the scripts
{
	# As in Makefile.am.
	compile_flags=(-std=gnu11 -D_GNU_SOURCE -DHAK_DEBUG=0 '-DHAK_VERSION="0"'
		-Wall -Wextra -Werror -iquote src -iquote . -iquote tests)
}

# library_sources: the files of floors 1 to 9, in floor order.
library_sources() {
	find arch src/base src/os numa src/heap src/cache src/watch \
		src/reclaim src/front -name '*.[ch]' | sort
}

# need_tool COMMAND PACKAGE: skip the whole script without the command.
need_tool() {
	command -v "$1" >/dev/null 2>&1 ||
		ktap_skip_all "no $1: install the package $2"
}

need_library() {
	[ -e "$lib" ] || ktap_bail "there is no $lib: make it first"
}

# manual_pages: the pages of the tree, and the pages that make generates.
manual_pages() {
	[ -e "$top_builddir/docs/hakmem.7" ] ||
		ktap_bail "there is no $top_builddir/docs/hakmem.7: make it first"
	find "$(realpath docs)" "$(realpath "$top_builddir")/docs" \
		-name '*.[1-8]' | sort -u
}

# lint_empty NAME TEXT: pass if a search for offenders found none.
lint_empty() {
	if [ -z "$2" ]; then
		ktap_ok "$1"
	else
		ktap_not_ok "$1"
		ktap_msg "$2"
	fi
}

# code FILE...: print the files without comments and contents of strings, as
# FILE:LINE:TEXT.
code() {
	awk '
	FNR == 1 { inside = 0 }
	{
		text = $0
		out = ""
		while (text != "") {
			if (inside) {
				end = index(text, "*/")
				if (!end)
					break
				text = substr(text, end + 2)
				inside = 0
			} else if (match(text, /\/\*|"/)) {
				out = out substr(text, 1, RSTART - 1)
				inside = substr(text, RSTART, 1) == "/"
				text = substr(text, RSTART + RLENGTH)
				if (inside)
					continue
				match(text, /^([^"\\]|\\.)*"/)
				# an #include keeps its name
				if (out ~ /^#include/)
					out = out "\"" substr(text, 1, RLENGTH)
				else
					out = out "\"\""
				text = substr(text, RLENGTH > 0 ? RLENGTH + 1 : length(text) + 1)
			} else {
				out = out text
				text = ""
			}
		}
		if (out ~ /[^ \t]/)
			print FILENAME ":" FNR ":" out
	}' "$@" /dev/null
}

# code_of_list: the same for file names on standard input.
code_of_list() {
	local files

	mapfile -t files
	code "${files[@]}"
}

# source_files: in a checkout, the files git knows or would add. In an unpacked
# tarball, also inside another checkout, all files except build products. The
# build directory may lie within the tree.
source_files() {
	if [ "$(git rev-parse --show-cdup 2>/dev/null || echo none)" = "" ]; then
		git ls-files -co --exclude-standard
	else
		find . \( -path ./autom4te.cache -o -path ./build-aux \
			-o -path ./_build -o -path ./_inst \
			-o -name .libs -o -name .deps -o -path './hakmem-*' \) \
			-prune -o -type f ! -name '*.o' ! -name '*.lo' \
			! -name '*.la' ! -name '*.log' ! -name '*.trs' \
			! -name '*.part' ! -name Makefile ! -name Makefile.in \
			! -name 'config.*' ! -name configure ! -name '*~' ! -name libtool \
			! -name aclocal.m4 ! -name 'l*.m4' ! -name hakmem.pc \
			! -name .dirstamp ! -name '.*.swp' -print
	fi | sed 's,^\./,,'
}

# project_files: every text file of the project.
project_files() {
	local build

	build=$(realpath --relative-to=. "$top_builddir")
	source_files | sort -u | while read -r file; do
		case $file in
		"$build"/*) ;;
		*) [ ! -f "$file" ] || echo "$file" ;;
		esac
	done | xargs -r grep -lI ''
}
