"""The table of a whole run, as it stands in the docs."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.findings import Row
from bench.report import figure, spread

_BEGIN, _END = "<!-- measured: written by `make bench` -->", "<!-- end of measured -->"


def write_table(page: Path, rows: Sequence[Row], about: dict[str, str | int | float], date: str, repeat: int) -> None:
    """Replace what stands between the page's two marks."""
    before, rest = page.read_text(encoding="utf-8").split(_BEGIN)
    _, after = rest.split(_END)
    page.write_text(f"{before}{_BEGIN}\n{_section(rows, about, date, repeat)}\n{_END}{after}", encoding="utf-8")


def _section(rows: Sequence[Row], about: dict[str, str | int | float], date: str, repeat: int) -> str:
    machine = (
        f"{date}: {about['cpu']}, {about['cores']} cores, {about['memory_gib']} GiB, Linux {about['kernel']},"
        f" Python {about['python']}, libcurl {about['libcurl']}, PostgreSQL {about['postgresql']} with `fsync` on;"
        f" commit {about['commit']}; {repeat} repetitions; load when it began {about['load_at_start']}."
    )
    names = "| piece | what | ours | beside | theirs | unit | ratio | least-most | goal | |"
    picture = "![How much of each goal is reached](../images/performance.svg)"
    return "\n".join(
        [machine, "", picture, "", names, "|---|---|--:|---|--:|---|--:|--:|--:|---|", *(_line(row) for row in rows)]
    )


def _line(row: Row) -> str:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    verdict = f"**{row.verdict}**" if row.verdict.startswith("missed") else row.verdict
    cells = [
        row.piece, row.what + (f" ({row.note})" if row.note else ""), figure(median(row.ours)), row.against,
        figure(median(row.beside)) if row.beside else "", row.unit, ratio, spread(row), str(row.goal or ""), verdict,
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"
