#!/bin/bash
# SPDX-License-Identifier: MIT
#
# smoke.sh - many programs, a row each: the same output and status under the
# library as plain, nothing more on standard error. The programs are those of
# PACKAGES; others.sh has what is run only where it is.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

make_text
mkdir "$work/tree"
(cd "$work/tree" && seq 1500 | split -l 2 -a 4 && mkdir -p a/b/c/d && ln -s . l)
export tree=$work/tree

# shellcheck disable=SC2016
rows='
true|coreutils|for n in $(seq 40); do env true && echo $n; done
sort|coreutils|sort --parallel=2 -S 1M -k2,3 -k1n $text | cksum
env|coreutils|export MALLOC_ARENA_MAX=1 MALLOC_PERTURB_=7 MALLOC_TRIM_THRESHOLD_=1 \
	MALLOC_CHECK_=3 GLIBC_TUNABLES=glibc.malloc.tcache_count=0; \
	sort $text | cksum
cp|coreutils|cp -a $tree c && du -s --apparent-size c/a && ls -lR c | wc -l
join|coreutils|join <(sort $text) <(sort $text | head -n 500) | cksum
awk|mawk|awk "{ c[\$3] += \$1; s[\$1 % 5000] = s[\$1 % 5000] \$0 } END {
	for (i = 0; i < 97; i++) print c[i]; print length(s[7]) }" $text
gawk|gawk|gawk "{ c[\$3] += \$1 } END { n = asorti(c, d); print n, d[5] }" $text
sed|sed|sed -E "s/([0-9]+) row ([0-9])/\2 \1/;N;N;P;D" $text | cksum
grep|grep|grep -cE "(.)\1.*row 9" $text; grep -r 77 $tree | sort | cksum
find|findutils|find $tree -type f -size -9 -name "x*a" -print0 | sort -z | cksum
xargs|findutils|seq 900 | xargs -n 30 -P 2 echo | wc
tar|tar|tar -C $tree --sort=name --mtime=@0 -cf - . | tar -xf - && ls | wc -l
gzip|gzip|gzip -n9 <$text >z && gzip -t z && cksum z
xz|xz-utils|xz -T2 --block-size=200K <$text >z && cksum z && xz -dT2 <z | cksum
bzip2|bzip2|bzip2 <$text | tee z | cksum; bzip2 -d <z | cksum
zstd|zstd|zstd -q -T2 -15 <$text | zstd -d | cksum
diff|diffutils|diff <(sort $text) <(sort -n $text) | cksum
m4|m4|seq 3000 | sed "s/.*/define(m&, x&)m&/" | m4 | cksum
bc|bc|echo "scale = 800; 4 * a(1); 2 ^ 9999 % 12345" | bc -l
file|file|file -b /bin/true $text | cut -c 1-40
openssl|openssl|openssl req -x509 -newkey rsa:1024 -nodes -keyout k -subj /CN=x \
	-out c 2>e && openssl verify -CAfile c c; openssl dgst -sha256 $text
curl|curl|curl --version && curl -s file://$text | cksum
nroff|groff|nroff -man <(zcat -f /usr/share/man/man1/*.1* | head -n 900) | cksum
man|man-db|man --version
gdb|gdb|gdb -nx -q -batch -ex "python print(sum(range(99999)))" \
	-ex "break exit" -ex run -ex kill /bin/true 2>&1 | grep -v process
objdump|binutils|objdump -d /bin/true | cksum; readelf -aW /bin/true | cksum
strace|strace|strace -qq -e trace=none true && echo traced
valgrind|valgrind|valgrind -q --tool=none true && echo run
unshare|util-linux|unshare -Ur id -u || echo refused
su|util-linux|su -s /bin/sh -c "id -un" "$(id -un)" || echo refused
setpriv|util-linux|setpriv --no-new-privs id -un
ssh-keygen|openssh-client|ssh-keygen -q -t ed25519 -N "" -f k && wc -l <k
systemd-analyze|systemd|systemd-analyze calendar --base-time=2020-01-01 weekly
getent|libc-bin|getent passwd root; getent hosts 127.0.0.1
localedef|libc-bin|localedef -i C -f UTF-8 -c ./x; echo $?
ruby|ruby|ruby -e "p (1..90000).map { |i| [i.to_s * 3] }.flatten.uniq.size;
	t = 4.times.map { |n| Thread.new { (1..9000).map { |i| (i * n).to_s }.join.size } };
	p t.map(&:value); GC.compact; p Process.wait2(fork { exit 3 })[1].exitstatus"
tclsh|tcl|echo "set x [string repeat ab 90000]; puts [string length \$x]" | tclsh
lua|lua5.4|lua -e "local t = {} for i = 1, 2e5 do t[i] = i .. \"\" end
	local s = table.concat(t) print(#t, #s, #s:rep(20), select(2, s:gsub(\"77\", \"\")))"
php|php-cli|php -r "\$a = range(1, 90000); shuffle(\$a); sort(\$a); echo \$a[7],
	md5(serialize(array_chunk(\$a, 7))), preg_match_all(\"/9+/\", join(\$a));"
clang|clang|echo "int f(int x) { return x * 3; }" | clang -O2 -xc -S -o - - | cksum
'

# shellcheck disable=SC2016
loads "sort awk sed grep" bash -c 'sort $text | awk 1 | sed -n 1p | grep -c .'
rows "$rows"
ktap_done
