"""The table that a run prints."""

from statistics import median

from rich.console import Console
from rich.table import Table

from bench.findings import Findings, Row


def print_report(console: Console, findings: Findings, seconds: float) -> None:
    """Print every row: figure, what stands beside it, ratio, goal."""
    table = Table(title="bench: medians; ratios are medians of pairs measured in turn")
    for name in ("piece", "what", "beside"):
        table.add_column(name)
    for name in ("ours", "theirs", "unit", "ratio", "spread", "goal", ""):
        table.add_column(name, justify="right", no_wrap=True)
    last = ""
    for row in findings.rows:
        if last and row.piece != last:
            table.add_section()
        table.add_row("" if row.piece == last else row.piece, *_cells(row))
        last = row.piece
    console.print(table)
    for problem in findings.problems:
        console.print(f"not measured: {problem}", style="red", markup=False)
    console.print(f"{seconds:.0f} s", highlight=False)


def _cells(row: Row) -> list[str]:
    verdict = row.verdict
    color = "green" if verdict == "met" else "red"
    return [
        row.what,
        row.against,
        figure(median(row.ours)),
        figure(median(row.beside)) if row.beside else "",
        row.unit,
        "" if row.ratio is None else f"{row.ratio:.2f}",
        spread(row),
        "" if row.goal is None else str(row.goal),
        f"[{color}]{verdict}[/{color}]" if verdict else "",
    ]


def spread(row: Row) -> str:
    """The least and the greatest of what the goal bounds: how sure the median is."""
    values = row.samples
    return f"{figure(min(values))}-{figure(max(values))}" if len(values) > 1 else ""


def figure(value: float) -> str:
    """A figure with as many digits as mean something."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
