#!/bin/bash
# SPDX-License-Identifier: MIT
#
# git.sh - git: a repository made with many files and commits, cloned,
# repacked by threads, checked, searched; object names must be the same.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

export GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
export GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@example.org

grow() {
	local n

	git init -q -b main a
	cd a || return
	git config gc.auto 0
	for n in $(seq 14); do
		export GIT_AUTHOR_DATE="2020-01-$n 00:00:00 +0000"
		export GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
		awk -v n="$n" 'BEGIN { for (i = 0; i < 60; i++) {
			d = "d" i % 7; system("mkdir -p " d)
			f = d "/f" i; for (j = 0; j < n * 20; j++)
				print "line " j * i % 97 " of " f > f
			close(f) } }'
		git add . && git commit -qm "change $n"
	done
	git checkout -qb side HEAD~5
	echo other >new && git add new && git commit -qm side
	git checkout -q main && git merge -qm merge side
	git log --stat --format='%H %s' | cksum
	git rev-parse HEAD
}

use() {
	grow || return
	git -c pack.threads=4 gc -q --prune=now
	git count-objects -v | grep -E 'count|in-pack|packs'
	git fsck --full --strict && git verify-pack .git/objects/pack/*.idx
	git clone -q --no-local . ../b && cd ../b || return
	git log -p --all -M --format=%H | cksum
	git -c grep.threads=4 grep -c 'line 9[0-9]* of' | cksum
	git blame -s d1/f1 | cksum
	git diff --stat HEAD~10 | tail -n 1
	git rebase -q HEAD~2 && git stash list
	git archive HEAD | cksum
}
export -f grow

need git git
loads "git git" git -c alias.x='!git --version' x
same "commit, merge, gc, fsck, clone, log, grep, blame, archive" use
ktap_done
