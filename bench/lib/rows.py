# SPDX-License-Identifier: MIT
"""rows.py - the table bench/rows, and which of its rows are asked for.

Owns    the form of the table: fields stand apart by tabs or two blanks.
"""
import re
import shlex
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from tree import UsageError


@dataclass(frozen=True)
class Row:
    """One load: what it is called and what is run for it."""
    name: str
    sets: tuple[str, ...]
    command: tuple[str, ...]    # the program as in the table, then arguments
    what: str
    own: bool = True            # a load of ours: it prints its figures


def read_rows(path: Path) -> list[Row]:
    """All rows of the table, in its order."""
    rows: list[Row] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = re.split(r"\t+ *| {2,}", line.strip(), maxsplit=3)
        if len(fields) < 3:
            raise UsageError(f"{path}:{number}: not a row: {line.strip()}")
        name, sets, command, *what = fields
        rows.append(Row(name, tuple(sets.split(",")),
                        tuple(shlex.split(command)), " ".join(what)))
    if not rows:
        raise UsageError(f"{path}: no rows")
    return rows


def command_row(text: str) -> Row:
    """NAME=COMMAND: a row of any program, judged by its CPU time."""
    name, equals, command = text.partition("=")
    if not name or not equals or not command.strip():
        raise UsageError(f"{text}: not NAME=COMMAND")
    return Row(name, (), tuple(shlex.split(command)), command, own=False)


def choose_rows(rows: list[Row], names: list[str], set_name: str) -> list[Row]:
    """The rows whose names match one of the patterns; else those of the set."""
    for pattern in names:
        if not any(fnmatchcase(row.name, pattern) for row in rows):
            raise UsageError(f"no row {pattern}; there are: "
                             + " ".join(row.name for row in rows))
    if names:
        return [row for row in rows
                if any(fnmatchcase(row.name, pattern) for pattern in names)]
    chosen = [row for row in rows if set_name in row.sets]
    if not chosen:
        sets = sorted({name for row in rows for name in row.sets})
        raise UsageError(f"no set {set_name}; there are: " + " ".join(sets))
    return chosen


def command_line(row: Row, loads: Path, scale: float) -> list[str]:
    """What is run: the load's path, with its own -s multiplied by SCALE."""
    if not row.own:
        return list(row.command)
    program, *words = row.command
    if "-s" in words[:-1]:
        at = words.index("-s")
        words[at + 1] = f"{float(words[at + 1]) * scale:g}"
    elif scale != 1:
        words = ["-s", f"{scale:g}", *words]
    return [str(loads / program), *words]
