#!/bin/bash
# SPDX-License-Identifier: MIT
# Every header compiles alone, and the public one in any dialect.
. "$(dirname "$0")/common.sh"

# alone COMPILER HEADER FLAG...
# shellcheck disable=SC2317  # ktap_test calls it
alone() {
	local compiler=$1 header=$2

	shift 2
	"$compiler" "$@" -fsyntax-only -include "./$header" -x c /dev/null
}

# The port's header needs the port's compiler.
compiler_of() {
	case $1 in
	arch/*/arch.h)
		set -- "$(basename "$(dirname "$1")")"
		case $("$CC" -dumpmachine) in
		"$1"-*) echo "$CC" ;;
		*) echo "$1-linux-gnu-gcc" ;;
		esac ;;
	*) echo "$CC" ;;
	esac
}

# try HEADER FLAG...
try() {
	local header=$1 compiler

	shift
	compiler=$(compiler_of "$header")
	if command -v "$compiler" >/dev/null; then
		ktap_test "$header" alone "$compiler" "$header" "$@" \
			-Wno-unused-function
	else
		ktap_skip "$header" "install the package gcc-${compiler%-gcc}"
	fi
}

for header in $(library_sources | grep '\.h$') \
	$(find src/cli tests bench -name '*.h' | sort); do
	try "$header" "${compile_flags[@]}"
done

ktap_test "hakmem.h in C99, pedantic" alone "$CC" src/base/hakmem.h \
	-std=c99 -pedantic -Wall -Wextra -Werror
if command -v g++ >/dev/null; then
	ktap_test "hakmem.h in C++98" g++ -std=c++98 -pedantic -Wall -Wextra -Werror \
		-fsyntax-only -include src/base/hakmem.h -x c++ /dev/null
else
	ktap_skip "hakmem.h in C++98" "install the package g++"
fi

ktap_done
