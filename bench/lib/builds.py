# SPDX-License-Identifier: MIT
"""builds.py - a side of an experiment: a revision, a library, a setting.

Owns    the cache BUILD/.ab: a library for each revision and configuration.
Calls   git, configure, make.
"""
import os
import shlex
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

from allocators import (PEERS, REVISION, Allocator, NotInstalled,
                        check_settings, parse_allocator, split_form)
from machine import output_of
from tree import Tree, UsageError, clean_environment


def commit_of(tree: Tree, text: str) -> str:
    """The full name of a revision, or nothing."""
    return output_of("git", "-C", str(tree.source), "rev-parse", "--verify",
                     "--quiet", "--end-of-options", text + "^{commit}")


def configuration(tree: Tree) -> list[str]:
    """What the build tree was configured with: both sides are alike."""
    return shlex.split(output_of(str(tree.build / "config.status"),
                                 "--config"))


def run_step(command: list[str], directory: Path) -> None:
    done = subprocess.run(command, cwd=directory, env=clean_environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode:
        raise UsageError(f"{' '.join(command[:3])} failed:\n"
                         + done.stdout[-2000:])


def build_revision(tree: Tree, commit: str, say: Callable[[str], None],
                   more: tuple[str, ...] = ()) -> Path:
    """The library of a revision; built once. An archive and no worktree:
    it leaves nothing behind in .git when it is thrown away. MORE: options
    of configure beside those of the build tree."""
    options = [*configuration(tree), *more]
    cache = tree.build / ".ab"
    mark = zlib.crc32("\0".join(options).encode())
    kept = cache / f"{commit[:12]}-{mark:08x}" / "libhakmem.so.0"
    if kept.exists():
        return kept
    cache.mkdir(exist_ok=True)
    (cache / ".gitignore").write_text("*\n")
    say(f"building {commit[:12]}")
    with tempfile.TemporaryDirectory(dir=cache, prefix="build-") as work:
        place = Path(work)
        archive = place / "source.tar"
        run_step(["git", "archive", "--format=tar", f"--output={archive}",
                  commit], tree.source)
        run_step(["tar", "-xf", str(archive)], place)
        run_step(["autoreconf", "-i"], place)
        run_step(["./configure", "--quiet", *options], place)
        run_step(["make", "-s", f"-j{os.cpu_count()}", "libhakmem.la"], place)
        kept.parent.mkdir(exist_ok=True)
        part = kept.with_suffix(".part")
        shutil.copy(place / ".libs" / "libhakmem.so.0", part)
        part.rename(kept)       # whole, or not there
    return kept


def find_side(tree: Tree, letter: str, text: str, say: Callable[[str], None],
              more: tuple[str, ...] = ()) -> tuple[Allocator, str]:
    """What A or B is, and its commit if it is a revision."""
    _, which, settings = split_form(text)
    file = "/" in which and Path(which).is_file()
    known = file or which in ("hakmem", "glibc", *PEERS)
    commit = "" if known else commit_of(tree, which)
    if not known and not commit:
        raise UsageError(f"{which}: neither a library nor a revision of git")
    if commit:
        library = build_revision(tree, commit, say, more).resolve()
        side = Allocator(letter, f"{REVISION}{commit[:12]}", library,
                         settings)
        check_settings(side)
        return side, commit
    try:
        side = parse_allocator(text, tree.library)
    except NotInstalled as absent:
        raise UsageError(str(absent)) from absent
    return Allocator(letter, side.base, side.library, side.settings), commit


def text_bytes(library: Path) -> int:
    """Bytes of instructions in it."""
    for line in output_of("size", "-A", str(library)).splitlines():
        if line.startswith(".text"):
            return int(line.split()[1])
    raise UsageError(f"no size of {library}: install the package binutils")


def code_growth(tree: Tree, a: Allocator, b: Allocator,
                commits: tuple[str, str]) -> tuple[bool, str]:
    """Whether B has more code than A, and how much, in words."""
    if not a.library or not b.library:
        raise UsageError("--code: glibc's size is not compared")
    grown = text_bytes(b.library) - text_bytes(a.library)
    words = f"{grown:+d} bytes of text"
    lines = 0
    if all(commits):
        stat = output_of("git", "-C", str(tree.source), "diff", "--numstat",
                         *commits, "--", "arch", "numa", "src")
        for line in stat.splitlines():
            added, removed, _ = line.split("\t", 2)
            if added != "-":
                lines += int(added) - int(removed)
        words += f", {lines:+d} lines"
    return grown > 0 or lines > 0, words
