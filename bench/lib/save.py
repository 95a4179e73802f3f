# SPDX-License-Identifier: MIT
"""save.py - every run as TSV, what they come to as JSON.

Owns    the form of both files.
Calls   summary, verdict.
"""
import json
from dataclasses import asdict
from pathlib import Path

from rounds import Results
from summary import Cell, RowSummary, Summary
from verdict import Judged

COLUMNS = ("row", "allocator", "round", "figure", "value", "unit", "better")


def save_tsv(path: Path, results: Results) -> None:
    """A line a figure of a run; a failed one has its reason as value."""
    with path.open("w") as out:
        print(*COLUMNS, sep="\t", file=out)
        for row, by_allocator in results.runs.items():
            for name, runs in by_allocator.items():
                for number, run in enumerate(runs, 1):
                    if run.failed:
                        print(row, name, number, "failed",
                              run.failed.replace("\t", " "), "-", "-",
                              sep="\t", file=out)
                    for figure, f in run.figures.items():
                        print(row, name, number, figure, f"{f.value:.9g}",
                              f.unit, "higher" if f.higher else "lower",
                              sep="\t", file=out)


def cell_json(cell: Cell) -> dict:
    return {
        "failures": cell.failures,
        "main": cell.main,
        "figures": {
            name: asdict(seen) | {
                "unit": cell.units[name].unit,
                "better": "higher" if cell.units[name].higher else "lower"}
            for name, seen in cell.figures.items()},
    }


def row_json(row: RowSummary) -> dict:
    return {
        "row": row.name,
        "allocators": {name: cell_json(cell)
                       for name, cell in row.cells.items()},
        "lead": {name: asdict(seen) for name, seen in row.ahead.items()},
        "best_peer": row.best,
        "rss_lead": row.leaner,
        "leanest_peer": row.leanest,
        "rss_over_leanest": row.rss,
    }


def save_json(path: Path, top: dict, summary: Summary, judged: list[Judged]
              ) -> None:
    """Everything the report says, for programs."""
    path.write_text(json.dumps(top | {
        "main": summary.main,
        "peers": summary.peers,
        "rounds": summary.rounds,
        "rows": [row_json(row) for row in summary.rows],
        "lead": summary.overall,
        "lead_of_best_single_peer": summary.best_single,
        "lead_row_wise_best": summary.overall_best,
        "rss_over_leanest": summary.overall_rss,
        "verdict": [{"promise": one.promise, "answer": one.answer,
                     "saw": one.saw, "details": one.details}
                    for one in judged],
    }, indent=1) + "\n")
