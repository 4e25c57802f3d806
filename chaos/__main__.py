"""``python -m chaos``: plays the scenarios and prints the table; exit status 1 when a promise was broken.

``--seeds 20`` plays all of it with 20 seeds, one after the other, and ends with a line for each.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vestnik.settings")

from chaos.scenarios import ALL, DISK, IDEMPOTENT, STRICT, TLS, TWO, TWO_IDEMPOTENT, Scenario
from chaos.stage import Result, Stage
from chaos.theatre import theatre
from chaos.verify import Verdict

#: Seconds that the whole may take with one seed: no scenario begins after that.
BOUND = 1_200.0


def main() -> int:
    """Play; the exit status."""
    options = _options()
    first = options.seed if options.seed is not None else int.from_bytes(os.urandom(3))
    console = Console(width=None if sys.stdout.isatty() else 150)
    lines, bad = [], False
    for seed in range(first, first + options.seeds):
        console.print(f"seed {seed} (the same seed breaks in the same order)")
        began = time.monotonic()
        results = _play_all(console, options, seed)
        bad = bad or not results or any(result.verdict.problems for result in results)
        console.print(_table(results))
        lines.append(_summary(results, seed, time.monotonic() - began))
        console.print(lines[-1], markup=False)
    if options.seeds > 1:
        console.print("\n".join(["", *lines]), markup=False)
    return int(bad)


def _play_all(console: Console, options: argparse.Namespace, seed: int) -> list[Result]:
    """Play all chosen scenarios with one seed."""
    chosen = [scenario for scenario in ALL if _is_chosen(scenario, options)]
    results: list[Result] = []
    began = time.monotonic()
    with _folder(options.keep and options.keep / str(seed)) as folder:
        for where in (IDEMPOTENT, STRICT, TWO, TWO_IDEMPOTENT, TLS, DISK):
            here = [scenario for scenario in chosen if where in scenario.where and _fits(where, options)]
            if not here:
                continue
            messages = options.messages
            with theatre(folder / where, where, seed=seed, short=options.short, messages=messages) as stage:
                for scenario in here:
                    if time.monotonic() - began > BOUND:
                        results.append(_unplayed(scenario, where, "no time was left"))
                        continue
                    stage.messages = max(500, int(messages * scenario.share))
                    results.append(_play(console, stage, scenario, where))
    return results


def _summary(results: list[Result], seed: int, seconds: float) -> str:
    """What one seed came to, in a line."""
    verdicts = [result.verdict for result in results]
    bad = [result.name for result in results if result.verdict.problems]
    lost, twice, unknown = (sum(getattr(each, name) for each in verdicts) for name in ("lost", "twice", "unknown"))
    slowest = max((result.recovery or 0.0 for result in results), default=0.0)
    figures = (
        f"{len(results)} scenarios", f"{sum(result.messages for result in results):,} messages", f"lost {lost:,}",
        f"sent twice {twice:,}", f"unknown {unknown:,}", f"slowest recovery {max(0.0, slowest):.1f} s",
        f"{seconds:.0f} s",
    )  # fmt: skip
    return f"seed {seed}: {', '.join(figures)}: " + (f"BROKEN in {', '.join(bad)}" if bad else "ok")


def _play(console: Console, stage: Stage, scenario: Scenario, where: str) -> Result:
    """Play one scenario; where the suite itself falls over, that is a broken promise, too."""
    try:
        result = stage.result(scenario.name, scenario.play(stage))
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are still to be played
        console.print_exception()
        result = _unplayed(scenario, where, f"the suite fell over: {error!r}")
    verdict = "; ".join(result.verdict.problems) or "ok"
    words = f"; {result.words}" if result.words else ""
    console.print(f"{result.name} ({result.gateway}): {verdict}{words} [{result.seconds:.0f} s]", markup=False)
    return result


def _unplayed(scenario: Scenario, where: str, why: str) -> Result:
    return Result(
        name=scenario.name, gateway=where, messages=0, times=0, verdict=Verdict(problems=[why]), samples=0, totals="?",
        recovery=None, seconds=0.0,
    )  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="reproduces the order and the moments of the faults")
    parser.add_argument("--seeds", type=int, default=1, metavar="COUNT", help="play with so many seeds  [1]")
    parser.add_argument("--messages", type=int, default=None, help="of the largest mailings  [100000; short: 6000]")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="part of a scenario's name; repeat")
    parser.add_argument("--gateway", choices=(IDEMPOTENT, STRICT, TWO, TWO_IDEMPOTENT), help="only this kind")
    parser.add_argument("--short", action="store_true", help="at most 90 s: what matters most")
    parser.add_argument("--keep", type=Path, help="keep homes and logs in this folder")
    options = parser.parse_args()
    options.messages = options.messages or (6_000 if options.short else 100_000)
    return options


def _is_chosen(scenario: Scenario, options: argparse.Namespace) -> bool:
    if options.only:
        return any(part.lower() in scenario.name.lower() for part in options.only)
    return scenario.short or not options.short


def _fits(where: str, options: argparse.Namespace) -> bool:
    """The short form plays where most can go wrong."""
    if options.gateway:
        return bool(where == options.gateway)
    if where == DISK and os.geteuid() != 0:
        sys.stdout.write("not root: the disk is not filled\n")
        return False
    return where == STRICT or not options.short or bool(options.only)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _table(results: list[Result]) -> Table:
    table = Table(title="chaos")
    for name in ("fault", "gateway"):
        table.add_column(name)
    for name in ("messages", "injected", "lost", "sent twice", "again", "unknown", "samples", "totals", "recovered"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for result in results:
        verdict = result.verdict
        figures = (result.messages, result.times, verdict.lost, verdict.twice, verdict.again, verdict.unknown)
        table.add_row(
            result.name,
            result.gateway,
            *(f"{figure:,}" for figure in (*figures, result.samples)),
            result.totals,
            "never" if result.recovery is None else f"{max(0.0, result.recovery):.1f} s",
            "[red]" + "; ".join(verdict.problems) + "[/red]" if verdict.problems else "[green]ok[/green]",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
