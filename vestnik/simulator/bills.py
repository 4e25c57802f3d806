"""What the simulator would charge for: each message that it delivered, with its phone and text.

Providers but SMSC.ru carry no id of ours: that a message went out twice, over whatever gateways, is seen by phone and
text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count, islice
from typing import Any


@dataclass(slots=True)
class Bill:
    """A message that was delivered.

    - ``protocol``: by which it came. ``provider_id``: the id that it got here. ``message``: ours, if it came with it.
    - ``parts``: as operators count them. ``at``: unix seconds.
    - ``fate``: ``accepted``, ``on_its_way``, ``delivered`` or ``undelivered``: what a client that asks is told.
    - ``contradicted``: a receipt says the opposite of its fate.
    """

    protocol: str
    provider_id: str
    message: int | None
    phone: str
    text: str
    parts: int
    at: float
    fate: str = "accepted"
    contradicted: bool = False


class Bills:
    """All bills in their order."""

    def __init__(self) -> None:
        self._bills: list[Bill] = []
        self._by_id: dict[tuple[str, str], Bill] = {}
        self._numbers = count(1)

    def next_number(self) -> int:
        """A number that no message has got yet."""
        return next(self._numbers)

    def add(self, bill: Bill) -> None:
        """Charge for a message. If an id comes again, the last message answers to it, as SMSC.ru has it."""
        self._bills.append(bill)
        self._by_id[bill.protocol, bill.provider_id] = bill

    def find(self, protocol: str, provider_id: str) -> Bill | None:
        """The bill of this id; None: there is none."""
        return self._by_id.get((protocol, provider_id))

    def page(self, *, after: int, limit: int) -> Sequence[dict[str, Any]]:
        """Return up to ``limit`` bills behind the first ``after``, as values for JSON."""
        rows: Iterator[Bill] = islice(self._bills, after, after + limit)
        return [asdict(bill) for bill in rows]

    def clear(self) -> None:
        """Forget all. Numbers go on."""
        self._bills.clear()
        self._by_id.clear()


def count_parts(text: str) -> int:
    """Count the parts of a text (3GPP TS 23.038 and 23.040): ASCII as GSM-7, anything else as UCS-2."""
    units, one, many = (len(text), 160, 153) if text.isascii() else (len(text.encode("utf-16-le")) // 2, 70, 67)
    return 1 if units <= one else -(-units // many)
