#!/bin/bash
# SPDX-License-Identifier: MIT
#
# memcached.sh - memcached: four threads, values stored, replaced and evicted
# over a unix socket by a small client; the same answers as plain.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

need memcached memcached
need perl perl

cat >"$work/client.pl" <<'PL'
use strict;
use warnings;
use IO::Socket::UNIX;
my @s = map { IO::Socket::UNIX->new($ARGV[0]) // die "connect: $!" } 1 .. 20;
my ($sum, $hits) = (0, 0);
for my $i (1 .. 15000) {
	my $s = $s[$i % @s];
	my $k = "key" . $i * 7919 % 701;
	if ($i % 3) {
		my $v = chr(97 + $i % 26) x ($i * 31 % 9000);
		print $s "set $k 0 0 ", length $v, "\r\n$v\r\n";
		<$s> =~ /^STORED/ or die "set";
	} else {
		print $s "get $k\r\n";
		while ((my $l = <$s>) !~ /^END/) {
			$hits++, $sum += $1 if $l =~ /^VALUE \S+ 0 (\d+)/;
			$sum += ord $l;
		}
	}
}
print "$hits $sum\n";
PL

for mode in plain hak; do
	how=(env)
	[ "$mode" = plain ] || how=("${preload[@]}")
	[ "$(id -u)" != 0 ] || user=(-u root)
	"${how[@]}" memcached "${user[@]}" -s "$work/$mode.sock" -t 4 -m 64 \
		2>"$work/$mode.err" &
	pid=$!
	servers+=("$pid")
	for ((n = 0; n < 1200; n++)); do
		[ ! -S "$work/$mode.sock" ] || break
		sleep 0.1
	done
	if [ "$mode" = hak ]; then
		mapped "$pid"
		verdict $? "memcached: library loaded"
	fi
	timeout "$limit" perl "$work/client.pl" "$work/$mode.sock" >"$work/$mode.out"
	kill -INT "$pid"
	await "$pid"
	echo "status $?" >>"$work/$mode.out"
	servers=()
done
agree out
verdict $? "the same answers and status"
agree err
verdict $? "the same standard error"
ktap_done
