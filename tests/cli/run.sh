#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hakmem run becomes the program: statuses, arguments, input, signals and
# environment are as if the program had been started by itself.
# shellcheck disable=SC2012,SC2016,SC2154,SC2317
set -u
# shellcheck source=tests/cli/common.sh
. "${top_srcdir:-.}/tests/cli/common.sh" || exit 1

show='printf "%s\n" "$LD_PRELOAD"'

# --- exit statuses, as env(1) has them
ktap_is "status 0" "$(status "$hakmem" run -- true)" 0
ktap_is "status of CMD" "$(status "$hakmem" run -- sh -c 'exit 37')" 37
ktap_is "not found: 127" "$(status "$hakmem" run -- ./nothing)" 127
ktap_is "not in PATH: 127" \
	"$(PATH=/usr/bin:/bin status "$hakmem" run nothing-of-the-kind)" 127
touch plain
ktap_is "not executable: 126" "$(status "$hakmem" run -- ./plain)" 126
ktap_is "not executable in PATH: 126" \
	"$(PATH=$work:$PATH status "$hakmem" run -- plain)" 126
ktap_is "a directory: 126" "$(status "$hakmem" run -- /)" 126
ktap_is "no CMD: 125" "$(status "$hakmem" run)" 125
ktap_is "unknown flag: 125" "$(status "$hakmem" run --frob true)" 125
says "unknown flag is named" frob "$(errors "$hakmem" run --frob true)"
ktap_is "no CMD behind --: 125" "$(status "$hakmem" run --)" 125

# --- the program really has the library
file=$(basename "$(realpath "$lib")")
if "$hakmem" run -- cat /proc/self/maps | grep -qF "$file"; then
	ktap_ok "the library is mapped"
else
	ktap_not_ok "the library is mapped"
fi
ktap_is "nothing on stderr" "$(errors "$hakmem" run -- ls /)" ""
preload=$("$hakmem" run -- sh -c "$show")
ktap_is "LD_PRELOAD is absolute" "$preload" \
	"$(realpath "$top_builddir")/.libs/libhakmem.so.0"
mkdir -p below
ktap_is "and works after cd" "$("$hakmem" run -- sh -c \
	'cd below && grep -qF "$0" /proc/self/maps; echo $?' "$file")" 0
(
	cd "$top_builddir" && ./hakmem run -- sh -c "cd / && $show"
) >relative
ktap_is "also when started by a relative name" "$(cat relative)" "$preload"

# --- what is preloaded already
other=$(find /lib /usr/lib -name 'libpthread.so.0' 2>/dev/null | head -n 1)
if [ -n "$other" ]; then
	ktap_is "another LD_PRELOAD is kept behind" \
		"$(LD_PRELOAD=$other "$hakmem" run -- sh -c "$show")" \
		"$preload:$other"
else
	ktap_skip "another LD_PRELOAD is kept behind" "no libpthread.so.0"
fi
ktap_is "run in run preloads once" \
	"$("$hakmem" run -- "$hakmem" run -- sh -c "$show")" "$preload"

# --- arguments, input, output
ktap_is "arguments pass unchanged" \
	"$("$hakmem" run -- printf '<%s>' 'a b' '' '*' -- --verify -o)" \
	"<a b><><*><--><--verify><-o>"
ktap_is "flags behind CMD are its own" \
	"$("$hakmem" run sh -c 'printf %s "$1"' name -v)" "-v"
ktap_is "stdin passes" "$(printf 'one\ntwo\n' | "$hakmem" run -- cat)" \
	"$(printf 'one\ntwo')"
ktap_is "the environment passes" \
	"$(COLOUR='light blue' "$hakmem" run -- sh -c 'echo "$COLOUR"')" \
	"light blue"
ktap_is "the process id stays" "$(sh -c \
	'echo $$; exec "$0" run -- sh -c "echo \$\$"' "$hakmem" | uniq | wc -l)" 1
ktap_is "no descriptor is left open" \
	"$("$hakmem" run --verify -- ls /proc/self/fd 3>&- | tr '\n' ' ')" \
	"$(ls /proc/self/fd 3>&- | tr '\n' ' ')"

# --- signals
"$hakmem" run -- sh -c 'echo up >up; exec sleep 100' &
child=$!
for _ in $(seq 1200); do
	[ -s up ] && break
	sleep 0.05
done
kill -TERM "$child"
wait "$child" 2>/dev/null
ktap_is "SIGTERM reaches CMD" $? $((128 + 15))
ktap_is "death by signal is CMD's" \
	"$(status "$hakmem" run -- sh -c 'kill -KILL $$')" $((128 + 9))
ktap_is "ignored signals stay ignored" "$(trap '' HUP; "$hakmem" run -- sh -c \
	'kill -HUP $$; echo alive')" alive

# --- options of the library
huge='printf "%s" "$HAKMEM_HUGE $HAKMEM_KEEP_MB"'
ktap_is "--huge=off --keep-mb 8" \
	"$("$hakmem" run --huge=off --keep-mb 8 -- sh -c "$huge")" "off 8"
ktap_is "-o in all spellings" "$("$hakmem" run -o huge=off \
	--set HAKMEM_KEEP_MB=9 sh -c "$huge")" "off 9"
ktap_is "-o hakmem_keep_mb" \
	"$("$hakmem" run -o hakmem_keep_mb=6 sh -c "$huge")" " 6"
ktap_is "-o keep-mb" "$("$hakmem" run -okeep-mb=7 sh -c "$huge")" " 7"
ktap_is "a flag wins over the environment" \
	"$(HAKMEM_HUGE=thp "$hakmem" run --huge=off sh -c "$huge")" "off "

# --- a guard sets what it needs, where that is not set
guard='printf "%s " "$HAKMEM_GUARD" "$HAKMEM_PROFILE" "$HAKMEM_KEEP_MB" \
	"$HAKMEM_KEEP_PERCENT" "$HAKMEM_DECOMMIT_DELAY"'
ktap_is "--guard=trap: lean, and nothing is kept" \
	"$("$hakmem" run --guard=trap sh -c "$guard")" "trap lean 0 0 0 "
ktap_is "-o guard=report: the same" \
	"$("$hakmem" run -o guard=report sh -c "$guard")" "report lean 0 0 0 "
ktap_is "HAKMEM_GUARD=report: the same" \
	"$(HAKMEM_GUARD=report "$hakmem" run sh -c "$guard")" \
	"report lean 0 0 0 "
ktap_is "what is set stays, by flags before and behind it" \
	"$("$hakmem" run --keep-mb=3 --guard=trap --decommit-delay=9 sh -c \
		"$guard")" "trap lean 3 0 9 "
ktap_is "and by the environment" "$(HAKMEM_PROFILE=balanced HAKMEM_KEEP_PERCENT=5 \
	"$hakmem" run --guard=trap sh -c "$guard")" "trap balanced 0 5 0 "
ktap_is "no guard, no such settings" \
	"$("$hakmem" run sh -c "$guard")" "     "
ktap_is "--guard=off sets none of them" \
	"$("$hakmem" run -oguard=trap --guard=off sh -c "$guard")" "off     "

for bad in --huge=foo --huge= --huge=th --keep-mb=x --keep-mb=-1 --keep-mb= \
	--keep-mb=1048577 --keep-mb=99999999999999999999 -ofrob=1 -ohuge \
	'-ohuge=thp off'; do
	ktap_is "refused: $bad" "$(status "$hakmem" run "$bad" true)" 125
done
says "a bad value says what is taken" "one of: thp off" \
	"$(errors "$hakmem" run --huge=foo true)"
ktap_is "what run takes the library takes" \
	"$(errors "$hakmem" run --huge=thp --keep-mb=1048576 true)" ""
ktap_done
