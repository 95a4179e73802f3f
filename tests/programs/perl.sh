#!/bin/bash
# SPDX-License-Identifier: MIT
#
# perl.sh - perl: hashes, growing strings, regular expressions, sort, fork.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

need perl perl
loads perl perl -e 'print "x\n"'
same "hashes, strings, regex, pack, fork" perl "$here/perl.pl"
same "with every block freed at exit" \
	env PERL_DESTRUCT_LEVEL=2 perl "$here/perl.pl"
# shellcheck disable=SC2016
same "10 MB string built by realloc" \
	perl -e '$s .= "0123456789" for 1 .. 1e6; print unpack("%32C*", $s)'
ktap_done
