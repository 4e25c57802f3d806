"""The logs of a home are searched for whatever is about one thing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vestnik.cluster.home import Home

#: When a line was written: console lines begin with it, JSON has it as a field.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


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
