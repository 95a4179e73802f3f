#!/bin/bash
# SPDX-License-Identifier: MIT
# Stands in for the C++ tests where configure found no compiler for them.
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"
ktap_skip_all "no C++ compiler: install the package g++"
