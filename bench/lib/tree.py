# SPDX-License-Identifier: MIT
"""tree.py - where the source and the build are, and making what is missing.

Owns    the two directories, and the list of what a tool needs built.
Calls   make, in the build tree.
"""
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


class UsageError(Exception):
    """What was asked for cannot be done; its text says why."""


@dataclass(frozen=True)
class Tree:
    """A source directory and the directory it was built in."""
    source: Path
    build: Path

    @property
    def library(self) -> Path:
        return self.build / ".libs" / "libhakmem.so.0"

    @property
    def launcher(self) -> Path:
        return self.programs / "launch"

    @property
    def programs(self) -> Path:
        return self.build / "bench" / "programs"

    @property
    def loads(self) -> Path:
        return self.build / "bench" / "loads"


def find_tree(script: str) -> Tree:
    """The tree of bench/SCRIPT; top_builddir names another build."""
    source = Path(script).resolve().parent.parent
    build = Path(os.environ.get("top_builddir", source)).resolve()
    return Tree(source, build)


def clean_environment() -> dict[str, str]:
    """The environment without what would choose or tune an allocator."""
    tuned = ("HAKMEM_", "MIMALLOC_", "MALLOC_", "TCMALLOC_", "TBB_MALLOC_",
             "GLIBC_TUNABLES", "LD_PRELOAD", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    return {name: value for name, value in os.environ.items()
            if not name.startswith(tuned)}


def make(tree: Tree, programs: list[Path]) -> None:
    """Brings the programs up to date; without a Makefile they must be there."""
    if (tree.build / "Makefile").exists():
        names = [str(program.relative_to(tree.build)) for program in programs]
        done = subprocess.run(
            ["make", "-s", "-C", str(tree.build), *names],
            env=clean_environment(), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            raise UsageError("make failed:\n" + done.stdout[-2000:])
    for program in programs:
        if not os.access(program, os.X_OK):
            raise UsageError(f"no {program}: build it first")
