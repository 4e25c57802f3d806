"""Keeps what a provider told us. It is committed before the provider gets its answer, so nothing it said is lost."""

import time
from collections.abc import Sequence
from typing import Any

from vestnik.db.arrays import number_array, text_array
from vestnik.db.connection import HasCursor
from vestnik.db.notify import RECEIPTS, notify
from vestnik.db.statements import Statements
from vestnik.gateways.adapter import Fate, Inbound, Receipt
from vestnik.ledger.fragments import BATCH_OF
from vestnik.ledger.receipts import CLOCK_TOLERANCE
from vestnik.phones.spelling import NoPhone, read_phone

SQL = Statements("vestnik.receipts", batch_of=BATCH_OF)
#: Seconds between two of a process: they make commits wait for each other. Less than workers wait once they heard one.
_NOTIFY_SECONDS = 0.05
#: The numbers of fates in the ledger; each is greater than those that it may follow.
FATES: dict[Fate, int] = {Fate.ACCEPTED: 0, Fate.ON_ITS_WAY: 1, Fate.DELIVERED: 2, Fate.UNDELIVERED: 3}
#: Characters of a code, of a provider's words, of an inbound text.
_CODE, _WORDS, _TEXT = 40, 200, 10_000
#: From here on a time is in milliseconds: 2001 in these, and the year 33,658 in seconds.
_MILLISECONDS = 1e12


def keep_receipts(connection: HasCursor, receipts: Sequence[Receipt], *, gateway: int) -> None:
    """Write receipts of one gateway down; workers apply them soon.

    One statement, so it needs no transaction.
    """
    if receipts:
        SQL.run(connection, "keep_receipts", **_body(receipts, gateway))
        _told.tell(connection)


def keep_receipts_of_request(connection: HasCursor, receipts: Sequence[Receipt], *, gateway: int) -> None:
    """As :func:`keep_receipts`, on Django's connection, where PostgreSQL plans the statement once."""
    if receipts:
        SQL.run_prepared("keep_receipts", **_body(receipts, gateway))
        _told.tell(connection)


def _body(receipts: Sequence[Receipt], gateway: int) -> dict[str, Any]:
    """A row of ReceiptBody. What no receipt has is null: of most only the id and the fate are left."""
    return {
        "gateway": gateway,
        "fates": number_array([FATES[each.fate] for each in receipts]),
        "provider_ids": _texts([each.provider_id and _plain(each.provider_id, _TEXT) for each in receipts], None),
        "message_ids": _numbers([each.message_id for each in receipts]),
        "codes": _texts([_plain(each.code, _CODE) for each in receipts], ""),
        "words": _texts([_plain(each.words, _WORDS) for each in receipts], ""),
        "operators": _texts([each.operator and _plain(each.operator, _WORDS) for each in receipts], None),
        "times": _numbers(_times([each.at for each in receipts])),
    }


def _texts(texts: list[str | None] | list[str], nothing: str | None) -> str | None:
    return None if texts.count(nothing) == len(texts) else text_array(texts)  # type: ignore[arg-type]  # of either list


def _numbers(numbers: Sequence[float | None]) -> str | None:
    return None if numbers.count(None) == len(numbers) else number_array(numbers)


def _times(said: Sequence[float | None]) -> list[float | None]:
    """Unix seconds as providers say them; None: what cannot be, so that the time counts at which we were called.

    PostgreSQL and Python have no time for some numbers. A single one must not stop the rest. Whether a time fits to
    its message is looked at when the receipt is applied.
    """
    latest = time.time() + CLOCK_TOLERANCE
    return [None if at is None else _time(at, latest) for at in said]


def _time(at: float, latest: float) -> float | None:
    seconds = at / 1_000 if at >= _MILLISECONDS else at
    return seconds if 0 < seconds <= latest else None


class _Told:
    """Notifies workers, at most every so often. ``_at``: monotonic seconds."""

    def __init__(self) -> None:
        self._at = float("-inf")

    def tell(self, connection: HasCursor) -> None:
        now = time.monotonic()
        if now - self._at >= _NOTIFY_SECONDS:
            self._at = now
            notify(connection, RECEIPTS)


_told = _Told()


def keep_inbound(connection: HasCursor, texts: Sequence[Inbound], *, gateway: int) -> None:
    """Write texts down that people sent to us; one that comes again is not kept twice."""
    if not texts:
        return
    SQL.run(
        connection, "keep_inbound", gateway=gateway,
        provider_id=[_plain(each.provider_id, _WORDS) for each in texts],
        phone=[_phone(each.phone) for each in texts],
        sender=[_plain(each.phone, _WORDS) for each in texts],
        recipient=[_plain(each.to, _WORDS) for each in texts],
        text=[_plain(each.text, _TEXT) for each in texts],
        at=_times([each.at for each in texts]),
    )  # fmt: skip


def count(connection: HasCursor, counts: dict[tuple[int, str], int]) -> None:
    """Count receipts by gateway and by what came of them."""
    if counts:
        SQL.run(
            connection, "count_receipts", gateway=[gateway for gateway, _ in counts],
            kind=[kind for _, kind in counts], count=list(counts.values()),
        )  # fmt: skip


def _phone(text: str) -> int | None:
    """Eleven digits, if it is a number that we could write to: people also answer from short numbers and names.

    Read as everywhere (``vestnik/phones/spelling.py``), and as an international number of which the plus was left out.
    """
    for spelling in (text, f"+{text}"):
        try:
            return read_phone(spelling)
        except NoPhone:
            continue
    return None


def _plain(text: str, most: int) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\0", " ")[:most] if text else ""
