"""Counts by id what the simulator received and answered. A million consecutive ids take about 30 MB."""

from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any

#: Neighbouring ids share a page of arrays. Message ids are consecutive, and arrays need no object for each number.
_PAGE_BITS = 8
_PAGE = 1 << _PAGE_BITS


class _Page:
    """The counts of 256 neighbouring ids."""

    __slots__ = ("accepted", "delivered", "first_at", "last_at", "receipts")

    def __init__(self) -> None:
        self.receipts = array("I", bytes(4 * _PAGE))
        self.accepted = array("I", bytes(4 * _PAGE))
        self.delivered = array("I", bytes(4 * _PAGE))
        self.first_at = array("d", bytes(8 * _PAGE))
        self.last_at = array("d", bytes(8 * _PAGE))


class Counts:
    """Counts of receipts, deliveries and answers. Times are unix seconds at which a request began to arrive."""

    def __init__(self) -> None:
        self.requests = 0
        self.whole = 0
        self.connections = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.by_answer: Counter[str] = Counter()
        self._distinct = self._repeated = self._accepted = self._delivered = self._deliveries = 0
        self._first_at: float | None = None
        self._last_at: float | None = None
        self._pages: dict[int, _Page] = {}
        self._faults: dict[int, Counter[str]] = {}

    def receive(self, message: int, at: float) -> None:
        """Count a complete request with a good token and body."""
        page = self._page(message)
        index = message & (_PAGE - 1)
        receipts = page.receipts[index] = page.receipts[index] + 1
        if receipts == 1:
            self._distinct += 1
            page.first_at[index] = at
        elif receipts == 2:
            self._repeated += 1
        page.last_at[index] = at
        if self._first_at is None:
            self._first_at = at
        self._last_at = at

    def deliver(self, message: int, *, idempotent: bool) -> bool:
        """Count a delivery. A repeated id is delivered again only if ``idempotent`` is false: else return False."""
        page = self._page(message)
        index = message & (_PAGE - 1)
        before = page.delivered[index]
        if before and idempotent:
            return False
        page.delivered[index] = before + 1
        self._deliveries += 1
        self._delivered += not before
        return True

    def accept(self, message: int) -> None:
        """Count an answer with status 200 and code 0."""
        page = self._page(message)
        index = message & (_PAGE - 1)
        self._accepted += not page.accepted[index]
        page.accepted[index] += 1

    def fail(self, message: int, fault: str) -> None:
        """Count an answer with a fault, or a missing answer."""
        self._page(message)
        self._faults.setdefault(message, Counter())[fault] += 1

    def totals(self) -> dict[str, Any]:
        """Return all totals as values for JSON. :mod:`vestnik.simulator.control` explains them."""
        return {
            "requests": self.requests,
            "whole": self.whole,
            "distinct": self._distinct,
            "repeated": self._repeated,
            "accepted": self._accepted,
            "delivered": self._delivered,
            "deliveries": self._deliveries,
            "first_at": self._first_at,
            "last_at": self._last_at,
            "by_answer": dict(self.by_answer),
            "connections": self.connections,
            "in_flight": self.in_flight,
            "most_in_flight": self.most_in_flight,
        }

    def ids(self, *, after: int) -> Iterator[dict[str, Any]]:
        """Yield every id greater than ``after``, in ascending order."""
        start = max(0, after + 1)
        for number in sorted(number for number in self._pages if number >= start >> _PAGE_BITS):
            page = self._pages[number]
            for index, receipts in enumerate(page.receipts):
                message = (number << _PAGE_BITS) + index
                if (receipts or message in self._faults) and message >= start:
                    yield self._row(message, page, index)

    def _row(self, message: int, page: _Page, index: int) -> dict[str, Any]:
        return {
            "id": message,
            "receipts": page.receipts[index],
            "accepted": page.accepted[index],
            "delivered": page.delivered[index],
            "first_at": page.first_at[index],
            "last_at": page.last_at[index],
            "faults": dict(self._faults.get(message, {})),
        }

    def _page(self, message: int) -> _Page:
        number = message >> _PAGE_BITS
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = _Page()
        return page
