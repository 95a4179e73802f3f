# SPDX-License-Identifier: MIT
"""summary.py - what all the runs come to.

Owns    cells (row x allocator), the ratios of the main allocator, and the
        means over rows. A cell with a failed run has no ratio and is named.
Calls   stats.
"""
from dataclasses import dataclass, field

from allocators import Allocator
from rounds import Results
from runner import Figure, Run
from stats import Sample, geomean, ratios, sample

# Whose peak RSS the leanest is looked for among.
LEAN_PEERS = ("mimalloc", "jemalloc", "tcmalloc")


@dataclass
class Cell:
    """A row under an allocator."""
    failures: list[str] = field(default_factory=list)
    count: int = 0
    main: str = ""
    figures: dict[str, Sample] = field(default_factory=dict)
    units: dict[str, Figure] = field(default_factory=dict)
    values: dict[str, list[float]] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return bool(self.failures)

    @property
    def time(self) -> Sample:
        return self.figures[self.main]


@dataclass
class RowSummary:
    """A row: its cells and how far ahead the main allocator is."""
    name: str
    cells: dict[str, Cell]
    ahead: dict[str, Sample] = field(default_factory=dict)
    best: str = ""                  # the best of the peers, by median
    leaner: dict[str, float] = field(default_factory=dict)
    leanest: str = ""               # the leanest of LEAN_PEERS that ran
    rss: float = 0.0                # main's peak RSS over the leanest's


@dataclass
class Summary:
    """Everything the report, the files and the verdict are made from."""
    main: str
    others: list[str]               # all but the main one
    peers: list[str]                # others that are not this project's
    rows: list[RowSummary]
    rounds: int
    kinds: dict[str, str] = field(default_factory=dict)     # by name
    overall: dict[str, float] = field(default_factory=dict)
    overall_best: float | None = None
    best_single: str = ""
    overall_rss: float | None = None
    control: str = ""               # the main one again
    figure: str = ""                # what rows are judged by; '': their time

    def named(self, kind: str) -> str:
        """What mimalloc, say, is called here; '' if it was not run."""
        return next((p for p in self.peers if self.kinds[p] == kind), "")


def make_cell(runs: list[Run], figure: str) -> Cell:
    """Failed if one run is; figures only where every run gave them. FIGURE
    is what the row is judged by; '' is what the load prints first."""
    cell = Cell(count=len(runs))
    cell.failures = [run.failed for run in runs if run.failed]
    if cell.failures or not runs:
        return cell
    cell.main = figure or runs[0].main
    for name, figure in runs[0].figures.items():
        if all(name in run.figures for run in runs):
            cell.values[name] = [run.figures[name].value for run in runs]
            cell.figures[name] = sample(cell.values[name])
            cell.units[name] = figure
    if not min(cell.values.get(cell.main, [0])) > 0:
        cell.failures = [f"its {cell.main} is not above 0"]
    return cell


def sum_row(name: str, cells: dict[str, Cell], main: str, peers: list[str],
            lean_peers: list[str]) -> RowSummary:
    """The ratios of a row, where both sides ran."""
    row = RowSummary(name, cells)
    own = cells[main]
    if own.failed:
        return row
    higher = own.units[own.main].higher
    for other, cell in cells.items():
        if other == main or cell.failed:
            continue
        row.ahead[other] = sample(ratios(own.values[own.main],
                                         cell.values[cell.main], higher))
        row.leaner[other] = (cell.figures["peak_rss"].median
                             / own.figures["peak_rss"].median)
    ran = [peer for peer in peers if peer in row.ahead]
    if ran:
        def median(peer: str) -> float:
            return cells[peer].time.median
        row.best = max(ran, key=median) if higher else min(ran, key=median)
    lean = [peer for peer in lean_peers if peer in row.leaner]
    if lean:
        row.leanest = min(lean, key=lambda peer: row.leaner[peer])
        row.rss = 1 / row.leaner[row.leanest]
    return row


def sum_up(results: Results, allocators: list[Allocator], control: str,
           figure: str = "") -> Summary:
    """The first allocator is the main one; CONTROL is it again, or ''."""
    main, *others = [allocator.name for allocator in allocators]
    peers = [a.name for a in allocators[1:]
             if not a.ours and a.name != control]
    summary = Summary(main, others, peers, [], results.rounds,
                      {a.name: a.kind for a in allocators},
                      control=control, figure=figure)
    lean_peers = [peer for peer in peers if summary.kinds[peer] in LEAN_PEERS]
    for name, by_allocator in results.runs.items():
        cells = {key: make_cell(runs, figure)
                 for key, runs in by_allocator.items()}
        summary.rows.append(sum_row(name, cells, main, peers,
                                    lean_peers))
    for other in others:
        ahead = [row.ahead[other].median for row in summary.rows
                 if other in row.ahead]
        if ahead:
            summary.overall[other] = geomean(ahead)
    known = [peer for peer in peers if peer in summary.overall]
    if known:
        summary.best_single = min(known, key=lambda p: summary.overall[p])
        summary.overall_best = geomean(
            [row.ahead[row.best].median for row in summary.rows if row.best])
    lean = [row.rss for row in summary.rows if row.leanest]
    if lean:
        summary.overall_rss = geomean(lean)
    return summary
