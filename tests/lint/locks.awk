# SPDX-License-Identifier: MIT
# locks.awk - functions whose name, attributes and body say different things about
# the caller's lock, as FILE: NAME: WHAT. Reads C in the project's style.

function say(what) { print FILENAME ": " name ": " what }

# A prototype, or a definition without one elsewhere.
function check_head() {
	if (name ~ /_locked$/ && head !~ /HAK_REQUIRES\(/)
		say("no HAK_REQUIRES")
	if (name !~ /_locked$/ && head ~ /HAK_REQUIRES\(/)
		say("HAK_REQUIRES without _locked")
}

function find_name() {
	name = match(head, /[a-z_0-9]+\(/) ? substr(head, RSTART, RLENGTH - 1) : ""
}

FNR == 1 || /^[#\/]/ { head = name = "" }
/^[a-z]|^HAK_/ { head = "" }
/^[a-z]|^HAK_/ || (head != "" && /^[ \t]/) {
	head = head $0
	if (/;$/) {
		find_name()
		check_head()
		head = name = ""
	}
	next
}
/^\{/ {
	find_name()
	if (head ~ /^(static|HAK_INLINE)/)
		check_head()
	asserts = 0
	head = ""
}
/hak_lock_assert\(/ { asserts = 1 }
/^\}/ {
	if (name ~ /_locked$/ && !asserts)
		say("no hak_lock_assert")
	name = ""
}
