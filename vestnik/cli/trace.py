"""``vestnik trace``: what is known of a message, a mailing or a client, from the ledger and the logs.

It parses, calls and answers. Models can be imported only after ``talk_to``, so the command does it itself.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from vestnik.cli.printing import say
from vestnik.cli.session import home_option, talk_to
from vestnik.cluster.home import Home
from vestnik.message_lines import MESSAGES_LOGGER

#: When a line was written: console lines begin with it, JSON has it as a field.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


@click.command()
@click.argument("kind", type=click.Choice(["message", "mailing", "client"]))
@click.argument("number", metavar="ID", type=click.IntRange(1, 2**63 - 1))
@click.option("--logs/--no-logs", default=True, show_default=True, help="search the logs of the home, too")
@home_option
def trace(kind: str, number: int, logs: bool, home: Path | None) -> None:
    """Print the history of one message, mailing or client: from the ledger, then from the home's logs.

    Of a mailing, the lines of its single messages are left out of the logs: trace one of them.
    """
    talk_to(home)
    from vestnik.health import trace as tracing

    for event in getattr(tracing, f"trace_{kind}")(number):
        when = event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if event.at else "now"
        say(f"{when:<28} ledger         {event.words}")
    folder = os.environ.get("VESTNIK_HOME")
    if not logs or not folder:
        return
    without = MESSAGES_LOGGER if kind == "mailing" else ""
    for line in find_lines(Home(Path(folder)), field=kind, value=number, without=without):
        say(f"{line.at:<28} {line.process:<14} {line.words.removeprefix(line.at).lstrip()}")


@dataclass(frozen=True, slots=True, order=True)
class LogLine:
    """A line of a process's log. ``at``: as it stands there (UTC), so that lines sort by it."""

    at: str
    process: str
    words: str


def find_lines(home: Home, *, field: str, value: int, without: str = "") -> list[LogLine]:
    """The lines of all processes that say ``field=value``, by time, as far as the logs go back.

    Args:
        home: whose logs.
        field: ``message``, ``mailing`` or ``client``.
        value: its id.
        without: leave out lines with this in them.
    """
    wanted = re.compile(rf'(?<!\w){field}"?[=:] ?{value}(?!\w)')
    return sorted(
        LogLine(_time_of(line), process, line)
        for process, line in _lines(home)
        if wanted.search(line) and not (without and without in line)
    )


def _lines(home: Home) -> Iterator[tuple[str, str]]:
    for file in sorted(home.logs.glob("*.log*")):
        with file.open(encoding="utf-8", errors="replace") as lines:
            yield from ((file.name.partition(".log")[0], line.rstrip("\n")) for line in lines)


def _time_of(line: str) -> str:
    found = _TIME.search(line)
    return found.group() if found else ""
