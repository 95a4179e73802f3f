# SPDX-License-Identifier: MIT
"""curve.py - what is resident after much was freed and nothing more is asked.

Owns    how bench/programs/decommit_idle is read, the plot of RSS over time, its summary.
Calls   svg, rounds, report.
"""
from collections.abc import Iterator
from pathlib import Path

from allocators import Allocator
from report import number, table
from rounds import Results
from rows import Row
from runner import Run
from stats import sample
from svg import pyplot, write

SEEN_AT = (0.0, 2.0, 12.0)      # s after the last free; in the summary

Curve = dict[float, float]      # MiB by s


def curve_of(runs: list[Run]) -> Curve:
    """Medians over the rounds; nothing if a run failed."""
    if not runs or any(run.failed for run in runs):
        return {}
    return {float(name.removeprefix("at_")):
            sample([run.figures[name].value for run in runs]).median
            for name in runs[0].figures if name.startswith("at_")}


def summary(row: Row, results: Results, allocators: list[Allocator]
            ) -> Iterator[str]:
    """A table: MiB at some times, and over what is live."""
    lines = [["", *(f"{at:g} s" for at in SEEN_AT),
              *(f"/live {at:g} s" for at in SEEN_AT)]]
    live = 0.0
    for allocator in allocators:
        runs = results.runs[row.name][allocator.name]
        curve = curve_of(runs)
        if not curve:
            lines.append([allocator.name, "failed"]
                         + [""] * (2 * len(SEEN_AT) - 1))
            continue
        live = runs[0].figures["live"].value
        lines.append([allocator.name,
                      *(number(curve[at]) if at in curve else "-"
                        for at in SEEN_AT),
                      *(f"{curve[at] / live:.2f}" if at in curve else "-"
                        for at in SEEN_AT)])
    yield f"{row.name}: {row.what}; MiB, {number(live)} of them live"
    yield from table(lines)


def draw(path: Path, rows: list[Row], results: Results,
         allocators: list[Allocator]) -> None:
    """A picture a row, side by side on the same scale."""
    figure, pictures = pyplot.subplots(1, len(rows), sharey=True,
                                       squeeze=False,
                                       figsize=(1 + 4.5 * len(rows), 4.5))
    for axes, row in zip(pictures[0], rows, strict=True):
        for place, allocator in enumerate(allocators):
            curve = curve_of(results.runs[row.name][allocator.name])
            axes.plot(list(curve), list(curve.values()), color=f"C{place}",
                      linestyle="-" if allocator.ours else "--",
                      label=allocator.name)
        axes.set_title(row.what, loc="left", fontsize=9)
        axes.set_xlabel("s after the last free")
        axes.set_ylim(bottom=0)
        axes.grid(color="0.88", linewidth=0.6)
    pictures[0][0].set_ylabel("resident MiB")
    figure.legend(*pictures[0][0].get_legend_handles_labels(),
                  loc="lower center", ncol=len(allocators), frameon=False)
    figure.tight_layout(rect=(0, 0.08, 1, 1))
    write(figure, path)
