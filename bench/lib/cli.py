# SPDX-License-Identifier: MIT
"""cli.py - the arguments that the tools share, and what follows them.

Owns    their words, the CPUs this process and its children are held to.
Calls   rows, runner, tree.
"""
import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from rows import (Row, choose_rows, command_line, command_row, read_rows)
from runner import Runner
from tree import Tree, UsageError, make


def positive(text: str) -> int:
    """A number from 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text}: use a number from 1")
    return value


def natural(text: str) -> int:
    """A number from 0."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text}: use a number from 0")
    return value


def above_zero(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text}: use a number above 0")
    return value


def words(text: str) -> list[str]:
    """A list with commas."""
    return [word for word in text.split(",") if word]


def cpu_list(text: str) -> set[int]:
    """0,2-3 as the kernel writes it."""
    cpus: set[int] = set()
    try:
        for part in words(text):
            first, _, last = part.partition("-")
            cpus |= set(range(int(first), int(last or first) + 1))
    except ValueError:
        cpus = set()
    allowed = os.sched_getaffinity(0)
    if not cpus or not cpus <= allowed:
        raise argparse.ArgumentTypeError(
            f"{text}: use some of {','.join(map(str, sorted(allowed)))}")
    return cpus


def add_place(parser: argparse.ArgumentParser) -> None:
    """What every tool takes."""
    parser.add_argument("-c", "--cpus", type=cpu_list, metavar="CPULIST",
                        help="hold all runs to these CPUs")
    parser.add_argument("--pin", action="store_true", help="hold all runs "
                        "to one CPU, the last; threads share it")
    parser.add_argument("-q", "--quiet", action="store_true",
                        help="no progress on stderr")


def add_shared(parser: argparse.ArgumentParser, set_name: str) -> None:
    """What compare and ab take."""
    parser.add_argument("-l", "--rows", type=words, action="extend",
                        default=[], metavar="ROW,...",
                        help="rows by name; * and ? match (default: a set)")
    parser.add_argument("--set", default=set_name, dest="set_name",
                        metavar="SET", help="rows of bench/rows: quick, full,"
                        " mixed, scaling (default: %(default)s)")
    parser.add_argument("-x", "--command", action="append", default=[],
                        metavar="NAME=COMMAND", help="a row of any program, "
                        "judged by the CPU time it uses; no others then "
                        "unless -l names them")
    parser.add_argument("-s", "--scale", type=above_zero, default=1.0,
                        help="multiplies the loads' work (default: 1)")
    add_place(parser)
    parser.add_argument("--timeout", type=above_zero, default=120.0,
                        metavar="SECONDS", help="a run that takes longer has "
                        "failed (default: 120)")
    parser.add_argument("--seed", type=int, default=1,
                        help="of what is random (default: 1)")
    parser.add_argument("--table", type=Path, metavar="FILE",
                        help="rows from this file (default: bench/rows)")


def hold_to_cpus(args: argparse.Namespace) -> str:
    """Holds this process, which its children inherit; says to what."""
    cpus = args.cpus or os.sched_getaffinity(0)
    if args.pin:
        cpus = {max(cpus)}
    if not args.pin and not args.cpus:
        return ""
    os.sched_setaffinity(0, cpus)
    return ",".join(map(str, sorted(cpus)))


def wanted_rows(args: argparse.Namespace, tree: Tree) -> list[Row]:
    """Those of the table, then the commands."""
    own = [command_row(text) for text in args.command]
    if own and not args.rows:
        return own
    table = args.table or tree.source / "bench" / "rows"
    if not table.exists():
        raise UsageError(f"no {table}")
    return choose_rows(read_rows(table), args.rows, args.set_name) + own


def commands_of(rows: list[Row], tree: Tree, scale: float
                ) -> dict[str, list[str]]:
    """What is run for each row."""
    commands = {row.name: command_line(row, tree.loads, scale)
                for row in rows}
    if len(commands) < len(rows):
        raise UsageError("two rows have the same name")
    return commands


def prepare(args: argparse.Namespace, tree: Tree, rows: list[Row]) -> Runner:
    """Builds what the rows need."""
    commands = commands_of(rows, tree, args.scale)
    programs = {Path(commands[row.name][0]) for row in rows if row.own}
    make(tree, [tree.launcher, *sorted(programs)])
    return Runner(tree.launcher, tree.source, args.timeout)


def guarded(name: str, main: Callable[[], int]) -> int:
    """main(), with what it cannot do said in one line."""
    try:
        return main()
    except UsageError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:     # nobody reads the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
