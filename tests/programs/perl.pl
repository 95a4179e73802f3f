# SPDX-License-Identifier: MIT
# perl.pl - a deterministic load for perl.sh: hashes, strings, regex, fork.
use strict;
use warnings;

my $state = 12345;
sub rnd {
	$state = ($state * 1103515245 + 12345) % 2147483648;
	return int($state / 65536) % shift;
}

# hashes: grow, overwrite, delete
my %h;
for my $i (1 .. 120000) {
	my $k = rnd(20000);
	if (rnd(4)) { $h{$k} = "v" x rnd(300) . $i } else { delete $h{$k} }
}
my $all = join ",", map { "$_=$h{$_}" } sort { $a <=> $b } keys %h;
print "hash ", scalar(keys %h), " ", unpack("%32C*", $all), "\n";

# nested structures and sorting
my @rows = map { { id => $_, tags => [ map { rnd(100) } 0 .. rnd(12) ] } }
	1 .. 15000;
my @order = sort { @{ $a->{tags} } <=> @{ $b->{tags} } || $a->{id} <=> $b->{id} }
	@rows;
print "rows $order[0]{id} $order[-1]{id} ", scalar(@order), "\n";

# strings that grow by realloc, regular expressions that copy them
my $text = "";
$text .= "word$_ " . chr(97 + $_ % 26) x ($_ % 50) . "\n" for 1 .. 40000;
my $found = () = $text =~ /\bword(\d*7)\b/g;
(my $changed = $text) =~ s/([a-z])\1{10,}/<$1>/g;
print "text ", length($text), " $found ", length($changed), " ",
	unpack("%32C*", $changed), "\n";

# pack, split, join, sprintf
my $packed = join "", map { pack "NnA10", $_, $_ % 65536, "s$_" } 1 .. 30000;
my $sum = 0;
$sum += $_ for map { (unpack "NnA10", $_)[0] } unpack "(a16)*", $packed;
print "pack $sum\n";

# children made by fork, each with a heap of its own to change
my $ok = 0;
for my $i (1 .. 50) {
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		$h{$_} = "child$i" x 20 for 1 .. 500;
		delete @h{ 200 .. 400 };
		exit(keys(%h) > 0 ? $i % 100 : 255);
	}
	waitpid $pid, 0;
	$ok++ if $? >> 8 == $i % 100;
}
print "fork $ok\n";
print "pipe ", scalar(my @l = `perl -e 'print "x" x 99, "\\n" for 1..9999'`), "\n";
