"""Keeps the codes that are counted by minute few: a gateway may invent a new one for each message."""

import time
from collections.abc import Callable

#: Codes that are told apart in one period (seconds), and what all others are called.
MAX_CODES, PERIOD, OTHERS = 30, 3_600.0, "other"
#: Characters of a code: it is a part of a key.
LONGEST = 60


class FewCodes:
    """Tells the first codes of an hour apart, and puts the rest together.

    Args:
        clock: gives monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: set[str] = set()
        self._until = clock() + PERIOD

    def shown(self, code: str) -> str:
        """The code, cut, or ``other`` if there were too many others in this hour. An empty one stays."""
        code = code[:LONGEST]
        if not code or code in self._known:
            return code
        if self._clock() >= self._until:
            self._known.clear()
            self._until = self._clock() + PERIOD
        if len(self._known) >= MAX_CODES:
            return OTHERS
        self._known.add(code)
        return code
