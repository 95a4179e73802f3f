#!/bin/bash
# SPDX-License-Identifier: MIT
#
# others.sh - languages, servers and viewers that are too large to install for a
# test: run, as smoke.sh has it, where they are.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

make_text
PATH=$PATH:/usr/sbin
[ ! -d "$user_home/.rustup" ] || export RUSTUP_HOME=$user_home/.rustup
[ ! -d "$user_home/.cargo" ] || export CARGO_HOME=$user_home/.cargo

# What several rows need: a server in the background, until it answers.
# await_answer CURL-OPTION...
# shellcheck disable=SC2317	# the rows call it
await_answer() {
	for _ in {1..1200}; do
		curl -sf "$@" >/dev/null && return
		sleep 0.1
	done
	echo "no answer"
}
export -f await_answer

# shellcheck disable=SC2016
rows 'Rscript|r-base-core|Rscript --vanilla -e "x <- matrix(1:160000 %% 97 + 0.5, 400);
	print(sum(x %*% t(x))); l <- lapply(1:20000, function(i) rep(i, i %% 50));
	print(length(unlist(l))); d <- data.frame(g = 1:9e4 %% 7, v = sqrt(1:9e4));
	print(aggregate(v ~ g, d, mean)); print(summary(lm(v ~ g, d)))"
octave-cli|octave|octave-cli --norc --no-history --quiet --eval "
	a = reshape(mod(1:90000, 97), 300, 300); disp(sum(sum(a * a)));
	c = cell(1, 5000); for i = 1:5000, c{i} = repmat(char(97 + mod(i, 26)), 1,
	mod(i, 70)); end; disp(numel([c{:}])); disp(numel(strsplit([c{:}], \"a\")))"
gs|ghostscript|printf "%s\n" "%!PS" "/Times-Roman findfont 20 scalefont setfont" \
	"1 1 300 { 2 mul dup moveto (hakmem) show } for" \
	"0 1 200 { 3 mul 10 moveto 300 700 lineto stroke } for showpage" >p.ps;
	gs -q -dNOPAUSE -dBATCH -sDEVICE=png16m -r150 -sOutputFile=- p.ps | cksum;
	gs -q -dNOPAUSE -dBATCH -sDEVICE=pdfwrite -sOutputFile=p.pdf p.ps &&
	gs -q -dNOPAUSE -dBATCH -dNumRenderingThreads=4 -dBandHeight=50 \
	-dMaxBitmap=1 -sDEVICE=ppmraw -r150 -sOutputFile=- p.pdf | cksum
emacs|emacs-nox|emacs -Q --batch --eval "(let (l)
	(dotimes (i 90000) (push (number-to-string i) l)) (garbage-collect)
	(princ (length (apply (function concat) l))) (with-temp-buffer
	(dotimes (i 2000) (insert (format \"(defun f%d ())\n\" i)))
	(emacs-lisp-mode) (font-lock-ensure) (princ (buffer-size))))"
ffmpeg|ffmpeg|ffmpeg -v error -f lavfi -i testsrc=size=320x240:rate=25:duration=2 \
	-c:v mpeg2video -threads 4 o.mpg && ffmpeg -v error -i o.mpg -f md5 -
convert|imagemagick|convert -seed 7 -size 300x200 plasma:fractal -swirl 90 \
	-resize 50% -blur 0x2 ppm:- | wc -c
pdflatex|texlive-latex-base|printf "%s\n" "\\documentclass{article}" \
	"\\begin{document}" "\\section{a} \$x^2\$ \\newpage b" "\\end{document}" >t.tex;
	SOURCE_DATE_EPOCH=1 pdflatex -interaction=batchmode t.tex; wc -c <t.pdf
bwrap|bubblewrap|bwrap --ro-bind / / --dev /dev --proc /proc --unshare-all \
	sh -c "echo \$\$; id -u; ls /proc | grep -c ^1" 2>&1
perl|perl|perl -Mthreads -e "print join(q(,), map { \$_->join } map { my \$n = \$_;
	threads->create(sub { my %h = map { \$_ => \$_ * \$n } 1 .. 9000;
	scalar(keys %h) + \$h{77} }) } 1 .. 6), qq(\n)"
erl|erlang-base|erl -noshell -eval "P = self(), [spawn(fun() ->
	P ! lists:sum([X * N || X <- lists:seq(1, 9000)]) end) || N <- lists:seq(1, 50)],
	io:format(\"~p~n\", [lists:sum([receive S -> S end || _ <- lists:seq(1, 50)])]),
	B = binary:copy(<<7>>, 5000000), io:format(\"~p~n\", [erlang:md5(B)]), halt()."
guile|guile-3.0|GUILE_AUTO_COMPILE=0 guile -c "(use-modules (ice-9 threads))
	(display (apply + (par-map (lambda (n) (vector-length (make-vector (* n 1000) n)))
	(iota 40)))) (gc) (display (string-length (apply string-append
	(map number->string (iota 50000)))))"
go|golang-go|printf "%s\n" "package main" "// #include <stdlib.h>" \
	"import \"C\"" "import (\"fmt\"; \"sync\"; \"unsafe\")" "func main() {" \
	"var w sync.WaitGroup; s := make([]int, 8)" "for t := 0; t < 8; t++ {" \
	"w.Add(1); go func(t int) { defer w.Done()" "for i := 1; i < 3000; i++ {" \
	"p := C.CString(fmt.Sprint(i)); s[t] += len(C.GoString(p))" \
	"C.free(unsafe.Pointer(p)) } }(t) }; w.Wait(); fmt.Println(s) }" >m.go;
	HOME=$user_home GO111MODULE=off CGO_ENABLED=1 go build -o m m.go && ./m
rustc|rustc|printf "%s\n" "use std::{collections::HashMap, thread}; fn main() {" \
	"let v: Vec<_> = (0..6).map(|n| thread::spawn(move || {" \
	"let mut m = HashMap::new(); for i in 0..9000u64 {" \
	"m.insert(i * n, vec![n as u8; (i % 300) as usize]); }" \
	"m.values().map(|x| x.len()).sum::<usize>() })).collect();" \
	"for t in v { println!(\"{}\", t.join().unwrap()); } }" >m.rs;
	rustc -O m.rs && ./m
cargo|cargo|cargo --version
cmake|cmake|cmake --version
ocamlopt|ocaml-nox|printf "%s\n" "let rec f n acc =" \
	"if n = 0 then acc else f (n - 1) (string_of_int n :: acc)" \
	"let () = Gc.compact (); let s = String.concat \"\" (f 90000 []) in" \
	"print_int (String.length s + Bytes.length (Bytes.create 9000000))" >m.ml;
	ocaml m.ml && ocamlopt m.ml -o m && ./m
nginx|nginx-light|[ "$(id -u)" != 0 ] || echo "user root;" >c; mkdir t; cp $text b;
	printf "%s\n" "daemon off; pid t/pid; error_log stderr warn; worker_processes 2;" \
	"events { } http { access_log off; client_body_temp_path t/1;" \
	"proxy_temp_path t/2; fastcgi_temp_path t/3; uwsgi_temp_path t/4;" \
	"scgi_temp_path t/5; server { listen unix:s; root .; aio threads; gzip on;" \
	"gzip_types *; } }" >>c; nginx -p $PWD -c c & await_answer --unix-socket s h/b;
	for n in {1..20}; do curl -s --compressed --unix-socket s h/b | cksum; done;
	kill -QUIT $!; wait $!; echo $?
chromium|chromium|echo "<p id=x><script>s = 0; for (i = 0; i < 1e6; i++) s += i % 7;
	x.textContent = s + JSON.stringify([...Array(999).keys()]).length</script>" >p.html;
	chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
	--user-data-dir=$PWD/d --dump-dom file://$PWD/p.html 2>e
'

# Debian's mod_php, whose modules are bound to their own symbols first.
module=$(find /usr/lib/apache2/modules -name 'libphp*.so' 2>/dev/null | head -n 1)
export module
php_page() {
	local modules=${module%/*} port

	port=$((20000 + RANDOM % 20000))
	cat >c <<-TEXT
		ServerName h
		ServerRoot $PWD
		PidFile p
		Listen 127.0.0.1:$port
		ErrorLog e
		DocumentRoot $PWD
		LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
		LoadModule authz_core_module $modules/mod_authz_core.so
		LoadModule mime_module $modules/mod_mime.so
		LoadModule php_module $module
		TypesConfig /dev/null
		AddType application/x-httpd-php .php
	TEXT
	[ "$(id -u)" != 0 ] || printf '%s\n' "User nobody" "Group nogroup" >>c
	echo '<?php echo md5(serialize(range(1, 90000))), PDO::class, PHP_EOL;' >i.php
	chmod 755 .. .
	chmod 644 i.php
	setsid apache2 -DFOREGROUND -f "$PWD/c" &
	await_answer "http://127.0.0.1:$port/i.php"
	for _ in {1..10}; do
		curl -s "http://127.0.0.1:$port/i.php"
	done
	kill -TERM $!
	wait $!
	echo $?
}
if [ -n "$module" ] && command -v apache2 >/dev/null; then
	same "apache2 with mod_php" php_page
else
	ktap_skip "apache2 with mod_php" "apt-get install libapache2-mod-php"
fi
ktap_done
