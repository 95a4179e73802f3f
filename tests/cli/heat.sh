#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hakmem heat reads the figures of a running process, prints and writes them,
# and says what is in the way when it cannot.
# shellcheck disable=SC2012,SC2016,SC2154,SC2317
set -u
# shellcheck source=tests/cli/common.sh
. "${top_srcdir:-.}/tests/cli/common.sh" || exit 1

fake=$top_builddir/tests/cli/.libs/heat_lib.so
[ -e "$fake" ] || ktap_skip_all "no $fake"
cp "$fake" libhakmem.so.0
chmod 755 . libhakmem.so.0

# start LIBRARY COMMAND...: runs it with a library until the end of the test,
# as $pid; returns when it sleeps, which is after its constructors.
pids=()
start() {
	local file=$1
	shift
	LD_PRELOAD=$file "$@" >/dev/null 2>&1 &
	pid=$!
	pids+=("$pid")
	for _ in $(seq 1200); do
		grep -q "^$pid (sleep) S" "/proc/$pid/stat" && break
		sleep 0.05
	done
}
trap 'kill "${pids[@]}" 2>/dev/null; cd / && rm -rf "$work"' EXIT

# refused NAME PATTERN FAKE: what heat says of a process with such a page.
refused() {
	FAKE=$3 start "$work/libhakmem.so.0" sleep 200
	says "$1" "$2" "$(errors "$hakmem" heat "$pid")"
}

heat() {
	"$hakmem" heat "$@" 2>&1
}

start "$work/libhakmem.so.0" sleep 200
good=$pid
out=$(heat "$good")
case $out in
*"not permitted"* | *"not implemented"*)
	ktap_skip_all "process_vm_readv is not allowed here" ;;
esac

# --- what is printed
ktap_is "first line" "$(head -n 1 <<<"$out")" \
	"$good (sleep): 136 superslabs seen; heat: on"
ktap_is "status" "$(status "$hakmem" heat "$good")" 0
ktap_is "digits, and where there are none" "$(sed -n 2,10p <<<"$out")" \
	"node 0  700 superslabs
       0  0123456789012345678901234567890123456789012345678901234567890123
       *
     640  7...........................................................
node 4  70 superslabs
       0  3333333333333333333333333333333333333333333333333333333333333333
      64  333333
large  2 superslabs
       0  9."
ktap_is "sums" "$(sed -n '11,$p' <<<"$out" | tr -s ' ')" \
	"heat seen 9 8 7 6 5 4 3 2 1 0 never median oldest
node 0 65 6 6 7 6 6 6 7 7 7 7 1 31 s 63 s
node 4 70 0 0 0 0 0 0 70 0 0 0 0 100 s 100 s
large 1 1 0 0 0 0 0 0 0 0 0 0 0 s 0 s"
ktap_is "-q has no digits" "$(heat -q "$good")" \
	"$(sed 2,10d <<<"$out")"
ktap_is "--quiet is -q" "$(heat --quiet "$good")" "$(heat -q "$good")"
ktap_is "no matrix without locality" "$(grep -c 'writes seen' <<<"$out")" 0

FAKE=locality start "$work/libhakmem.so.0" sleep 200
out=$(heat -q "$pid")
says "the words of a mode" "locality: on; accesses by system calls" "$out"
ktap_is "the matrix" "$(sed -n '/writes seen/,$p' <<<"$out" | tr -s ' ')" \
	"16 writes seen, from the line's node to memory of the column's node
 node 0 node 4
node 0 6 37.5 % 2 12.5 %
node 4 1 6.2 % 7 43.8 %"
FAKE=early start "$work/libhakmem.so.0" sleep 200
ktap_is "before the first sample" "$(heat "$pid")" \
	"$pid (sleep): 0 superslabs seen; heat: on"
FAKE=new start "$work/libhakmem.so.0" sleep 200
ktap_is "a later version is read" "$(status "$hakmem" heat "$pid")" 0

# printing COMMAND...: begins it as $monitor; what it prints is the file `printed`.
printing() {
	rm -f printed
	"$@" >printed 2>&1 &
	monitor=$!
}

# until_printed N: until there are so many snapshots.
until_printed() {
	for _ in $(seq 1200); do
		[ -e printed ] &&
			[ "$(grep -c 'superslabs seen' printed)" -ge "$1" ] &&
			break
		sleep 0.05
	done
}

# --- how often
ktap_is "-n 3 takes three snapshots" \
	"$(heat -q -d 0.1 -n 3 "$good" | grep -c 'superslabs seen')" 3
started=$(date +%s%N)
heat -q -d 0.5 -n 3 "$good" >/dev/null
took=$((($(date +%s%N) - started) / 1000000))
if [ "$took" -ge 950 ] && [ "$took" -lt 60000 ]; then
	ktap_ok "-d 0.5 -n 3 takes a second"
else
	ktap_not_ok "-d 0.5 -n 3 takes a second, not $took ms"
fi
ktap_is "the interval without -n has no end" \
	"$(status timeout -s KILL 1 "$hakmem" heat -q -d 0.1 "$good")" 137

# --- files
before=$(date +%s)
ktap_is "--csv: status" \
	"$(status "$hakmem" heat -d 0.1 -n 2 --csv snapshots.csv "$good")" 0
ktap_is "--csv: columns" "$(head -n 1 snapshots.csv)" \
	"time,node,superslab,address,heat,age_s,writer"
ktap_is "--csv: a line for each superslab and snapshot" "$(wc -l <snapshots.csv)" 1545
sed -i 1d snapshots.csv
ktap_is "--csv: times of two snapshots" "$(cut -d, -f1 snapshots.csv | uniq -c |
	awk -v from="$before" '$2 + 1 > from { print $1 }' | tr '\n' ' ')" \
	"772 772 "
ktap_is "--csv: one that was never written" \
	"$(sed -n 1p snapshots.csv | cut -d, -f2-)" "0,0,0x100000000000,0,,"
ktap_is "--csv: one that was not seen" \
	"$(sed -n 65p snapshots.csv | cut -d, -f2-)" "0,64,0x100008000000,,,"
ktap_is "--csv: one that was written since" \
	"$(sed -n 641p snapshots.csv | cut -d, -f2-)" "0,640,0x100050000000,7,0,"
ktap_is "--csv: one with a writer" \
	"$(sed -n 703p snapshots.csv | cut -d, -f2-)" "4,2,0x200000400000,3,100,4"
ktap_is "--csv: one whose writers are even" \
	"$(sed -n 704p snapshots.csv | cut -d, -f2-)" "4,3,0x200000600000,3,100,"
ktap_is "--csv: a large one" \
	"$(sed -n 771p snapshots.csv | cut -d, -f2-)" "large,0,0x300000000000,9,0,"

# well_formed FILE
well_formed() {
	if command -v xmllint >/dev/null; then
		xmllint --noout "$1"
	else
		python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' \
			"$1"
	fi
}
# draws NAME FILE: a sound picture with a rectangle for each row, and legend.
# A third of a picture has 256 rows, so one is four superslabs of node 0.
draws() {
	if command -v xmllint >/dev/null || command -v python3 >/dev/null; then
		ktap_test "$1: well formed" well_formed "$2"
	else
		ktap_skip "$1: well formed" "install the package libxml2-utils"
	fi
	ktap_is "$1: a rectangle for each row that was seen, and the legend" \
		"$(grep -c '<rect class="h[0-9]"' "$2")" 98
	says "$1: which row is many" ">row: 4 superslabs<" "$(cat "$2")"
	says "$1: node 0" ">node 0<" "$(cat "$2")"
	says "$1: node 4" ">node 4<" "$(cat "$2")"
	says "$1: large" ">large<" "$(cat "$2")"
	says "$1: units" ">9: written within 1 ms<" "$(cat "$2")"
	says "$1: units of the coldest" ">1: written within 256 ms<" "$(cat "$2")"
	says "$1: what was cold" ">0: not within 256 ms<" "$(cat "$2")"
	says "$1: what was not seen" ">not seen<" "$(cat "$2")"
}
ktap_is "--svg: status" \
	"$(status "$hakmem" heat -d 0.1 -n 4 --svg snapshots.svg "$good")" 0
draws "--svg" snapshots.svg
says "--svg: how many snapshots" ">4 snapshots, 0.3 s" "$(cat snapshots.svg)"

# One superslab cools down between the second snapshot and the third.
start "$work/libhakmem.so.0" sleep 200
printing "$hakmem" heat -q -d 3 -n 4 --csv cooled.csv --svg cooled.svg "$pid"
until_printed 2
kill -USR1 "$pid"
wait "$monitor"
ktap_is "--csv: what changes" \
	"$(sed -n 's/.*,large,0,[^,]*,\(.\),.*/\1/p' cooled.csv | uniq | tr '\n' ' ')" \
	"9 0 "
ktap_is "--svg: what changes is two rectangles" "$(
	sed -n '/>large</,/<text x="112"/p' cooled.svg | grep -o 'class="h[0-9]" x="[0-9]*' | tr '\n' ' ')" \
	'class="h9" x="112 class="h0" x="160 '

printing "$hakmem" heat -q -d 60 --svg stopped.svg --csv stopped.csv "$good"
until_printed 1
kill -TERM "$monitor"
wait "$monitor"
ktap_is "SIGTERM ends it in order" $? 0
draws "--svg that was ended" stopped.svg
ktap_is "--csv that was ended" "$(wc -l <stopped.csv)" 773
if env --default-signal=INT true 2>/dev/null; then
	printing env --default-signal=INT \
		"$hakmem" heat -q -d 60 --svg interrupted.svg "$good"
	until_printed 1
	kill -INT "$monitor"
	wait "$monitor"
	ktap_is "SIGINT ends it in order" $? 0
	ktap_test "and the picture is complete" grep -q '^</svg>' interrupted.svg
else
	ktap_skip "SIGINT ends it in order" "install coreutils 8.31"
	ktap_skip "and the picture is complete" "install coreutils 8.31"
fi

start "$work/libhakmem.so.0" sleep 200
printing "$hakmem" heat -q -d 0.2 --svg ended.svg "$pid"
until_printed 1
kill "$pid"
wait "$monitor"
ktap_is "a process that ends, ends it" $? 0
says "and that is said" "there is no process $pid" "$(cat printed)"
ktap_test "the picture is complete" grep -q '^</svg>' ended.svg

# --- what is in the way
ktap_is "no PID: 125" "$(status "$hakmem" heat)" 125
says "and how to" "heat [[]OPTION]... PID" "$(errors "$hakmem" heat)"
ktap_is "two: 125" "$(status "$hakmem" heat "$good" "$good")" 125
for bad in x '' 0 -- 1x 1.5 1e3 99999999999 ' 1'; do
	ktap_is "PID '$bad': 125" "$(status "$hakmem" heat -- "$bad")" 125
done
says "nor has a PID a point" "$good.0 is no process ID" \
	"$(errors "$hakmem" heat "$good.0")"
says "no PID is named" "1x is no process ID" "$(errors "$hakmem" heat 1x)"
for bad in 0 0.09 86400.1 -1 x '' 1s nan inf 0x1p3 ' 1' 1e1 1.2.3; do
	ktap_is "-d '$bad': 125" "$(status "$hakmem" heat -d "$bad" "$good")" 125
done
says "and what is taken" "seconds from 0.1 to 86400" \
	"$(errors "$hakmem" heat -d 0 "$good")"
for bad in 0 -1 1.5 x '' 1000000001; do
	ktap_is "-n '$bad': 125" "$(status "$hakmem" heat -n "$bad" "$good")" 125
done
says "and what is taken" "from 1 to 1000000000" \
	"$(errors "$hakmem" heat -n 0 "$good")"
ktap_is "unknown flag: 125" "$(status "$hakmem" heat --frob "$good")" 125
says "unknown flag is named" frob "$(errors "$hakmem" heat --frob "$good")"

sleep 0 &
gone=$!
wait "$gone"
ktap_is "no such process: 125" "$(status "$hakmem" heat "$gone")" 125
says "and that is said" "there is no process $gone" \
	"$(errors "$hakmem" heat "$gone")"
start "" sleep 200
ktap_is "without hakmem: 125" "$(status "$hakmem" heat "$pid")" 125
says "and that is said" "$pid has no libhakmem.so.0 loaded" \
	"$(errors "$hakmem" heat "$pid")"
refused "an older version" \
	"an older hakmem: version 1 of the stats page has no heat" old
refused "no page at all" "not where they should be" magic
refused "heat is off" "heat is off; run the program with HAKMEM_OBSERVE=heat" off
refused "heat is not to be had" "this kernel has no userfaultfd" absent
refused "a mode of another hakmem" "not known to this hakmem" mode
for damage in spans nodes superslabs; do
	refused "damaged: $damage" "records are damaged" $damage
done
for damage in history view; do
	refused "lost: $damage" "not where they should be" $damage
done
ktap_is "nothing else is printed then" "$("$hakmem" heat "$pid" 2>/dev/null)" ""
ktap_is "and the status is 125" "$(status "$hakmem" heat "$pid")" 125
ktap_is "nor is a file made" "$(errors "$hakmem" heat --csv made "$pid" >said
	ls made 2>/dev/null)" ""

for flag in csv svg; do
	ktap_is "--$flag that cannot be opened: 125" \
		"$(status "$hakmem" heat --$flag ./no/file "$good")" 125
	says "and that is said" "./no/file: No such file" \
		"$(errors "$hakmem" heat --$flag ./no/file "$good")"
	if [ -c /dev/full ]; then
		ktap_is "--$flag that is full: 125" \
			"$(status "$hakmem" heat --$flag /dev/full "$good")" 125
		says "and that is said" "/dev/full cannot be written" \
			"$(errors "$hakmem" heat --$flag /dev/full "$good")"
	else
		ktap_skip "--$flag that is full" "no /dev/full"
		ktap_skip "and that is said" "no /dev/full"
	fi
done
if [ -c /dev/full ]; then
	"$hakmem" heat "$good" >/dev/full 2>/dev/null
	ktap_is "stdout that is full: 125" $? 125
else
	ktap_skip "stdout that is full: 125" "no /dev/full"
fi

# --- who may take a snapshot
as_nobody=()
[ "$(id -u)" -ne 0 ] ||
	as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
cp "$hakmem" tool && chmod 755 tool
if "${as_nobody[@]}" ./tool version >/dev/null 2>&1; then
	if [ "$(id -u)" -eq 0 ]; then
		foreign=$good
	else
		foreign=1
	fi
	says "another user's" "not permitted*CAP_SYS_PTRACE" \
		"$("${as_nobody[@]}" ./tool heat "$foreign" 2>&1)"
	cp "$fake" libhakmem.so.0.1
	chmod 755 libhakmem.so.0.1
	start "$work/libhakmem.so.0.1" "${as_nobody[@]}" sleep 200
	says "one's own" "136 superslabs seen" \
		"$("${as_nobody[@]}" ./tool heat -q "$pid" 2>&1)"
	rm libhakmem.so.0.1
	says "whose library was replaced" \
		"libhakmem.so.0.1 was replaced*CAP_CHECKPOINT_RESTORE" \
		"$("${as_nobody[@]}" ./tool heat -q "$pid" 2>&1)"
	if [ "$(id -u)" -eq 0 ] && [ -r "/proc/$pid/map_files" ]; then
		says "which root can read" "136 superslabs seen" "$(heat -q "$pid")"
	else
		ktap_skip "which root can read" "needs root"
	fi
else
	for name in "another user's" "one's own" "whose library was replaced" \
		"which root can read"; do
		ktap_skip "$name" "no setpriv (util-linux)"
	done
fi
ktap_done
