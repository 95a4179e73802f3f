# SPDX-License-Identifier: MIT
"""report.py - the tables to read.

Owns    their form: what was run where, every row, the ratios, the means.
Calls   summary, verdict.
"""
from collections.abc import Iterator

from runner import COSTS
from stats import Sample
from summary import Cell, RowSummary, Summary
from verdict import MIN_ROUNDS, Judged


def table(lines: list[list[str]], left: int = 1) -> Iterator[str]:
    """Columns as wide as they need; the first LEFT of them start left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(
            text.ljust(width) if number < left else text.rjust(width)
            for number, (text, width) in enumerate(zip(line, widths))
        ).rstrip()


def number(value: float) -> str:
    """Four digits that count."""
    if abs(value) >= 1000 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.4g}"


def head(machine: dict[str, str], versions: dict[str, str],
         settings: dict[str, str]) -> Iterator[str]:
    """What was run, where, when."""
    for name, value in (machine | settings).items():
        yield f"{name:<11}{value}"
    for name, value in versions.items():
        yield f"  {name:<10} {value}"


def cell_line(name: str, cell: Cell, ahead: Sample | None) -> list[str]:
    """One allocator of a row."""
    if cell.failed:
        return [name, f"failed {len(cell.failures)}/{cell.count}",
                "", "", "", "", "", "", ""]
    cost = [number(cell.figures[figure].median) for figure in COSTS]
    return [name, f"{number(cell.time.median)}",
            f"{cell.time.spread:.1%}", f"{cell.time.cv:.1%}",
            f"{ahead.median:.3f}" if ahead else "", *cost]


def extra_lines(cells: dict[str, Cell]) -> Iterator[list[str]]:
    """What a load prints besides its time: a line a figure."""
    ran = {name: cell for name, cell in cells.items() if not cell.failed}
    names = dict.fromkeys(
        figure for cell in ran.values() for figure in cell.figures
        if figure != cell.main and figure not in COSTS)
    if not names:
        return
    yield ["", "unit", *cells]
    for figure in names:
        unit = next(cell.units[figure].unit for cell in ran.values()
                    if figure in cell.units)
        yield [figure, unit, *(
            number(cells[name].figures[figure].median)
            if figure in cells[name].figures else "-" for name in cells)]


def row_block(row: RowSummary, main: str, what: str) -> Iterator[str]:
    """A row in full."""
    ran = [cell for cell in row.cells.values() if not cell.failed]
    unit = ran[0].units[ran[0].main].unit if ran else ""
    yield f"{row.name}: {what}"
    lines = [["", unit, "spread", "CV", f"{main}'s lead", "RSS MiB",
              "faults", "user s", "sys s"]]
    lines += [cell_line(name, cell, row.ahead.get(name))
              for name, cell in row.cells.items()]
    yield from ("  " + line for line in table(lines))
    extras = list(extra_lines(row.cells))
    if extras:
        yield from ("  " + line for line in table(extras, left=2))


def failures(summary: Summary) -> Iterator[str]:
    for row in summary.rows:
        for name, cell in row.cells.items():
            if cell.failed:
                yield (f"FAILED {row.name} under {name}, "
                       f"{len(cell.failures)} of {cell.count} runs: "
                       f"{cell.failures[0]}")


def percent(value: float) -> str:
    """A spread; of some it would be only a long number."""
    return f"{value * 100:.0f}%" if value < 9.99 else ">999%"


def lead(seen: Sample | None) -> str:
    return f"{seen.median:.3f} ±{percent(seen.spread):<5}" if seen else "-"


def ratio_table(summary: Summary) -> Iterator[str]:
    """Main's lead over each, row by row."""
    lines = [["row", *summary.others, "best peer", "RSS/leanest"]]
    for row in summary.rows:
        best = (f"{row.ahead[row.best].median:.3f} {row.best}"
                if row.best else "-")
        rss = f"{row.rss:.3f} {row.leanest}" if row.leanest else "-"
        lines.append([row.name,
                      *(lead(row.ahead.get(o)) for o in summary.others),
                      best, rss])
    mean = ["geometric mean"]
    for other in summary.others:
        value = summary.overall.get(other)
        mean.append(f"{value:.3f}       " if value else "-")
    lines.append([*mean,
                  f"{summary.overall_best:.3f} row-wise"
                  if summary.overall_best else "-",
                  f"{summary.overall_rss:.3f} row-wise"
                  if summary.overall_rss else "-"])
    yield from table(lines)


def incomplete(summary: Summary) -> Iterator[str]:
    """A mean over fewer rows than the others is not beside them."""
    for other in summary.others:
        rows = sum(other in row.ahead for row in summary.rows)
        if rows < len(summary.rows):
            yield (f"the means of {other} are over {rows} of "
                   f"{len(summary.rows)} rows")


def noise(summary: Summary) -> Iterator[str]:
    """How much of all this is the machine's."""
    spreads = sorted(row.cells[summary.main].time.spread
                     for row in summary.rows
                     if not row.cells[summary.main].failed)
    if spreads:
        yield (f"noise: {summary.main}'s own spread is "
               f"{spreads[len(spreads) // 2]:.1%} in the middle row and "
               f"{spreads[-1]:.1%} in the worst")
    if summary.control:
        seen = [(abs(row.ahead[summary.control].median - 1), row.name)
                for row in summary.rows if summary.control in row.ahead]
        if seen:
            worst, name = max(seen)
            yield (f"control: {summary.main} beside itself is "
                   f"{summary.overall[summary.control]:.4f}, and is off by "
                   f"up to {worst:.1%} ({name})")


def judged_lines(judged: list[Judged]) -> Iterator[str]:
    width = max(len(one.promise) for one in judged)
    for one in judged:
        yield f"  {one.word:<4}{one.promise:<{width}}  {one.saw}"
        yield from ("        " + detail for detail in one.details)


def verdict_lines(summary: Summary, judged: list[Judged]) -> Iterator[str]:
    """What it is worth is said first."""
    yield (f"verdict of {len(summary.rows)} rows and {summary.rounds} rounds "
           f"against {', '.join(summary.peers) or 'nobody'}"
           + (f"; one that counts has {MIN_ROUNDS} rounds or more"
              if summary.rounds < MIN_ROUNDS else ""))
    yield from judged_lines(judged)


def report(summary: Summary, judged: list[Judged], top: list[str],
           described: dict[str, str]) -> Iterator[str]:
    """All of it."""
    yield from top
    for row in summary.rows:
        yield ""
        yield from row_block(row, summary.main, described[row.name])
    yield ""
    yield (f"{summary.main}'s lead: the other's {summary.figure or 'time'} / "
           f"{summary.main}'s, "
           f"median of {summary.rounds} rounds ± (max - min) / median; "
           f"above 1 {summary.main} is ahead")
    yield from ratio_table(summary)
    yield from incomplete(summary)
    yield from failures(summary)
    yield from noise(summary)
    if judged:
        yield ""
        yield from verdict_lines(summary, judged)
