"""The output of the demo: a live bar in a terminal, plain lines without one."""

import time
from dataclasses import dataclass, field
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from vestnik.printable import lines, one_line

#: Seconds between plain lines.
LINE_SECONDS = 1.0
_COLOURS = {
    "queued": "bright_black", "sending": "yellow", "sent": "green", "delivered": "green", "undelivered": "magenta",
    "failed": "red", "expired": "magenta", "cancelled": "bright_black", "unknown": "red",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of the totals side by side: Vestnik's number, and the gateway's."""

    our_name: str
    ours: int
    gateway_name: str
    gateways: int

    @property
    def equal(self) -> bool:
        """Return whether the two agree."""
        return self.ours == self.gateways


@dataclass(slots=True)
class Pace:
    """Messages a second, over the last seconds and over all."""

    began: float = field(default_factory=time.monotonic)
    points: list[tuple[float, int]] = field(default_factory=lambda: [(time.monotonic(), 0)])

    def note(self, done: int) -> float:
        """Add a count; return the rate over the last three seconds."""
        now = time.monotonic()
        self.points = [point for point in self.points if now - point[0] < 3.0] or self.points[-1:]
        self.points.append((now, done))
        since, before = self.points[0]
        return (done - before) / (now - since) if now > since else 0.0


class Screen:
    """The demo's output. Use it as a context manager round the sending; outside of it there is no live part."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._live: Live | None = None
        self._pace = Pace()
        self._said = 0.0
        self._progress = Progress(
            TextColumn("  [bold]{task.description}"),
            BarColumn(bar_width=None, complete_style="green"),
            MofNCompleteColumn(),
            TextColumn("[bold cyan]{task.fields[rate]:>8,.0f} messages/s"),
            TimeElapsedColumn(),
            expand=True,
        )
        self._task = self._progress.add_task("sending", start=False, total=None, rate=0.0)

    def note(self, text: str, style: str = "dim") -> None:
        """A line that is not a step: a message of the cluster."""
        self.console.print(f"  {lines(text)}", style=style, markup=False, soft_wrap=True)

    def step(self, text: str) -> None:
        """Show what happens now."""
        self.console.print(f"▸ {one_line(text)}", style="bold", markup=False, soft_wrap=True)

    def __enter__(self) -> Self:
        self._pace = Pace()
        self._progress.start_task(self._task)
        if self.console.is_terminal:
            self._live = Live(console=self.console, refresh_per_second=8)
            self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.__exit__(None, None, None)
            self._live = None

    def progress(self, *, total: int, by_state: dict[str, int], final: bool) -> None:
        """Show how far a mailing is.

        Args:
            total: its messages so far.
            by_state: how many are in each state.
            final: it is over, and the whole rate is shown.
        """
        done = total - by_state["queued"] - by_state["sending"]
        rate = self._pace.note(done)
        if final:
            rate = done / max(0.001, time.monotonic() - self._pace.began)
        if self._live is not None:
            self._progress.update(self._task, total=total or None, completed=done, rate=rate)
            self._live.update(Group(self._progress, _states(by_state)))
        elif final or (total and time.monotonic() - self._said >= LINE_SECONDS):
            self._said = time.monotonic()
            states = ", ".join(f"{count:,} {state}" for state, count in by_state.items() if count)
            self.console.print(f"  {done:,} of {total:,}  {rate:,.0f} messages/s  {states}", soft_wrap=True)

    def totals(self, comparisons: list[Comparison], *, balanced: bool) -> None:
        """Both totals side by side, and whether they agree."""
        table = Table(box=None, padding=(0, 1))
        for heading in ("Vestnik's totals", "", "   the gateway's", "", ""):
            table.add_column(heading, justify="left" if heading else "right", no_wrap=True)
        for line in comparisons:
            mark = Text("equal", "green") if line.equal else Text("DIFFERENT", "bold red")
            theirs = f"   {line.gateway_name}"
            table.add_row(
                line.our_name, Text(f"{line.ours:,}", "bold"), theirs, Text(f"{line.gateways:,}", "bold"), mark
            )
        self.console.print(Panel(table, border_style="green" if balanced else "red", expand=False))
        verdict = "The totals add up, and equal the gateway's." if balanced else "THE TOTALS DO NOT AGREE."
        self.console.print(f"  {verdict}", style="bold green" if balanced else "bold red")

    def places(self, title: str, places: list[tuple[str, str]]) -> None:
        """Show where to look next."""
        self.console.print(f"\n{title}", style="bold")
        for name, place in places:
            # Never wrapped: what is to be clicked or copied stays whole.
            self.console.print(Text(f"  {name:<21}", "bold") + Text(one_line(place), "not bold"), soft_wrap=True)


def _states(by_state: dict[str, int]) -> Text:
    text = Text("  ")
    for state, count in by_state.items():
        if count:
            text.append(f"{count:,} ", f"bold {_COLOURS[state]}").append(f"{state}   ", _COLOURS[state])
    return text
