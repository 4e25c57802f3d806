"""``python -m bench [piece …]``: measures, prints the table of ratios, writes JSON and the chart."""

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

from rich.console import Console

from bench import machine
from bench.chart import chart
from bench.context import Context
from bench.findings import Findings
from bench.markdown import write_table
from bench.report import print_report

#: In the order in which they are measured, and the module of each.
PIECES = {
    "dispatch": "dispatch",
    "cost": "cost",
    "transport": "transport",
    "smpp": "smpp",
    "latency": "latency",
    "scale-out": "scale_out",
    "routes": "routes",
    "fan-out": "fan_out",
    "personal": "personal",
    "import": "importing",
    "api": "api",
    "receipts": "receipts",
    "webhooks": "webhooks",
    "messages": "messages",
    "memory": "memory",
    "idle": "idle",
    "statistics": "statistics",
    "pages": "pages",
    "console": "console",
    # Drops a partition: after all that read from the great ledger.
    "partitions": "partitions",
}
#: Pieces after which what was shared so far is not needed any more.
_LAST_USERS = {"cost", "partitions"}
ROOT = Path(__file__).parents[1]


def main() -> int:
    """Measure; the exit status. A missed goal is a finding, not a failure; a piece that could not be measured is."""
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 160)
    about = machine.describe()
    console.print(f"{about['cpu']}, {about['cores']} cores, load {about['load_at_start']}", highlight=False)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        context = Context(Path(folder), options.repeat, options.quick, console, options.rows, options.messages)
        for name in [piece for piece in PIECES if piece in options.pieces]:
            if time.monotonic() - began > options.minutes * 60:
                context.findings.problems.append(f"{name}: no time was left")
                continue
            _measure(context, name)
            _write(context.findings, about, options, time.monotonic() - began)
        context.close_shared()
    seconds = time.monotonic() - began
    print_report(console, context.findings, seconds)
    for file in _write(context.findings, about, options, seconds):
        console.print(f"written: {file}", highlight=False, soft_wrap=True)
    return 1 if context.findings.problems else 0


def _measure(context: Context, name: str) -> None:
    began = time.monotonic()
    try:
        import_module(f"bench.pieces.{PIECES[name]}").measure(context)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are still to be measured
        context.console.print_exception()
        context.findings.problems.append(f"{name}: {error}")
        context.close_shared()
    if name in _LAST_USERS:
        context.close_shared()
    context.say(f"{name}: {time.monotonic() - began:.0f} s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("pieces", nargs="*", metavar="piece", help=f"{', '.join(PIECES)}  [all]")
    parser.add_argument("--repeat", type=int, help="interleaved repetitions  [5; quick: 2]")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size: shows that it works")
    rows = "messages in the great ledger of statistics and pages"
    parser.add_argument("--rows", type=int, default=10_000_000, help=f"{rows}  [10000000]")
    looked_at = "texts that personal looks at, messages of the mailing in messages"
    parser.add_argument("--messages", type=int, help=f"{looked_at}  [1000000; quick: 100000]")
    parser.add_argument("--minutes", type=float, default=30.0, help="no piece begins after that  [30]")
    parser.add_argument("--no-files", action="store_true", help="write no results and no chart")
    options = parser.parse_args()
    unknown = set(options.pieces) - set(PIECES)
    if unknown:
        parser.error(f"no such piece: {', '.join(sorted(unknown))}")
    options.pieces = options.pieces or list(PIECES)
    options.repeat = options.repeat or (2 if options.quick else 5)
    return options


def _write(
    findings: Findings, about: dict[str, str | int | float], options: argparse.Namespace, seconds: float
) -> list[Path]:
    """Write what is known so far; returns the files. Only a whole run's chart goes into the docs."""
    if options.no_files:
        return []
    today = datetime.now(UTC).date()
    content = {
        "date": today.isoformat(), "machine": about, "repeat": options.repeat, "quick": options.quick,
        "seconds": round(seconds), "rows": [row.as_json() for row in findings.rows], "details": findings.details,
        "problems": findings.problems,
    }  # fmt: skip
    file = _result_file(today, str(about["cpu"]), options)
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.quick or set(options.pieces) != set(PIECES):
        return [file]
    picture = ROOT / "docs" / "images" / "performance.svg"
    picture.parent.mkdir(exist_ok=True)
    picture.write_text(chart(findings.rows, about, today), encoding="utf-8")
    page = ROOT / "docs" / "reference" / "performance.md"
    write_table(page, findings.rows, about, today.isoformat(), options.repeat)
    return [file, picture, page]


def _result_file(today: date, cpu: str, options: argparse.Namespace) -> Path:
    part = "" if set(options.pieces) == set(PIECES) else "-" + "-".join(options.pieces)
    quick = "-quick" if options.quick else ""
    return ROOT / "bench" / "results" / f"{today}-{machine.slug(cpu)}{part}{quick}.json"


if __name__ == "__main__":
    sys.exit(main())
