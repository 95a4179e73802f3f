# SPDX-License-Identifier: MIT
"""soaklog.py - what a soak saw, as TSV: a line a record, the latest last.

Owns    the form: lines that begin with # say of what it is, then the names
        of the columns, then records; - where a leg does not have a figure.
"""
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TextIO

from tree import UsageError

EPOCH, TRACED, IDLE = "epoch", "traced", "idle"


@dataclass(frozen=True)
class Record:
    """One side, once. Times are seconds, time itself since the beginning."""
    time: float
    leg: str                    # an epoch; or a run or a rest under strace
    side: str
    ops: int
    cpu: float
    wall: float
    mops: float | None = None   # million operations a second of CPU time
    rss_kib: int | None = None
    huge_kib: int | None = None
    threads: int | None = None
    faults: int | None = None   # minor ones, since this side's last record
    calls: int | None = None    # of the application's threads
    keeper_calls: int | None = None


COLUMNS = [column.name for column in fields(Record)]
WORDS = ("leg", "side")
REALS = ("time", "cpu", "wall", "mops")


@dataclass
class Log:
    """A whole file."""
    head: list[tuple[str, str]] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)     # by side
    records: list[Record] = field(default_factory=list)

    def about(self, name: str) -> str:
        return dict(self.head).get(name, "")

    def of(self, leg: str, side: str) -> list[Record]:
        return [record for record in self.records
                if (record.leg, record.side) == (leg, side)]


def write_head(out: TextIO, head: dict[str, str],
               sides: dict[str, tuple[str, str]]) -> None:
    """SIDES: what kind each is, and its version."""
    for name, value in head.items():
        print(f"# {name}\t{value}", file=out)
    for side, (kind, version) in sides.items():
        print(f"# side\t{side}\t{kind}\t{version}", file=out)
    print(*COLUMNS, sep="\t", file=out, flush=True)


def text_of(record: Record) -> Iterator[str]:
    for name in COLUMNS:
        value = getattr(record, name)
        yield ("-" if value is None else
               f"{value:.6f}" if name in REALS else str(value))


def write_record(out: TextIO, record: Record) -> None:
    """Whole at once: who stops a soak has what there was until then."""
    print(*text_of(record), sep="\t", file=out, flush=True)


def record_of(words: list[str]) -> Record:
    values = {}
    for name, word in zip(COLUMNS, words, strict=True):
        kind = str if name in WORDS else float if name in REALS else int
        values[name] = None if word == "-" else kind(word)
    return Record(**values)


def read_log(path: Path) -> Log:
    log = Log()
    named = False
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        words = line.removeprefix("# ").split("\t")
        try:
            if line.startswith("# side\t"):
                _, side, kind, version = words
                log.kinds[side] = kind
                log.head.append((f"  {side}", version))
            elif line.startswith("# "):
                name, value = words
                log.head.append((name, value))
            elif words == COLUMNS:
                named = True
            else:
                log.records.append(record_of(words))
                if not named or log.records[-1].side not in log.kinds:
                    raise ValueError
        except ValueError as error:
            raise UsageError(f"{path}:{number}: this is not what bench/soak "
                             "writes") from error
    if not any(record.leg == EPOCH for record in log.records):
        raise UsageError(f"{path}: no epoch in it")
    return log
