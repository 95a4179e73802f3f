#!/bin/bash
# SPDX-License-Identifier: MIT
#
# python.sh - python3: json, pickle, growth, threads, fork, subprocess,
# multiprocessing and ctypes, with its own small-object pools and without.
# Both Debian's interpreter and the first in PATH, where they differ.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1

need python3 python3
pythons=()
for python in /usr/bin/python3 python3; do
	found=$("$python" -c 'import os, sys
print(os.path.realpath(sys.executable))' 2>/dev/null) || continue
	case " ${pythons[*]} " in
	*" $found "*) ;;
	*) pythons+=("$found") ;;
	esac
done

for python in "${pythons[@]}"; do
	name=$("$python" -V)
	loads "${python##*/}" "$python" -c 'import json, threading'
	[ "$python" != "${pythons[0]}" ] ||
		same "$name, its own pools" "$python" "$here/python.py"
	PYTHONMALLOC=malloc \
		same "$name, every object by malloc" "$python" "$here/python.py"
done
export python=${pythons[0]}
# shellcheck disable=SC2016
same "start and end, 30 times" bash -c '
	for n in $(seq 30); do "$python" -Sc "print($n)"; done'
ktap_done
