"""Receipts in the form of our own, for the Probe gateway and for providers without one: JSON with plain names.

One object or an array of them: ``{"id": our id or "provider_id": "…", "state": "delivered", "code", "detail", "at"}``.
``state`` is ``sent``, ``delivered``, ``undelivered`` or ``failed``; ``at`` is a time with its zone as RFC 3339 has it,
or unix seconds or milliseconds.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from vestnik.gateways.adapter import BadCallback, Callback, Fate, Receipt, Received, read_each
from vestnik.gateways.outcome import clean_words
from vestnik.instants import read_instant

STATES: Mapping[str, Fate] = {
    "sent": Fate.ON_ITS_WAY,
    "delivered": Fate.DELIVERED,
    "undelivered": Fate.UNDELIVERED,
    "failed": Fate.UNDELIVERED,
}
#: Receipts in one callback, at most; characters of an id or a code.
MAX_RECEIPTS, MAX_ID, MAX_CODE = 10_000, 100, 40
#: A message id is a positive bigint.
_MAX_MESSAGE_ID = 2**63 - 1
#: The year 3000 in milliseconds. Which of the two it is, and whether it can be, is judged where receipts are kept.
_MAX_TIME = 32_503_680_000_000


def read_receipts(callback: Callback) -> Received:
    """Read a callback. Of an array the receipts count that can be read.

    Raises:
        BadCallback: nothing of it is of this form; the words say where.
    """
    try:
        found = orjson.loads(callback.body)
    except orjson.JSONDecodeError as error:
        raise BadCallback(f"the body is not JSON: {error}") from error
    items = found if isinstance(found, list) else [found]
    if len(items) > MAX_RECEIPTS:
        raise BadCallback(f"more than {MAX_RECEIPTS} receipts at once")
    receipts, bad = read_each(items, _receipt)
    return Received(receipts=receipts, bad=bad)


def _receipt(number: int, item: Any) -> Receipt:
    if not isinstance(item, dict):
        raise BadCallback(f"receipt {number} is not an object")
    state = item.get("state")
    fate = STATES.get(state) if isinstance(state, str) else None
    if fate is None:
        raise BadCallback(f'receipt {number}: "state" is none of {", ".join(STATES)}')
    message_id, provider_id = read_message_id(item.get("id")), item.get("provider_id")
    if message_id is None and item.get("id") is not None:
        raise BadCallback(f'receipt {number}: "id" is not a message id')
    if provider_id is not None and not (isinstance(provider_id, str) and 0 < len(provider_id) <= MAX_ID):
        raise BadCallback(f'receipt {number}: "provider_id" is not a text of 1 to {MAX_ID} characters')
    if message_id is None and provider_id is None:
        raise BadCallback(f'receipt {number} has neither "id" nor "provider_id"')
    code, detail = item.get("code"), item.get("detail")
    return Receipt(
        fate=fate,
        provider_id=provider_id,
        message_id=message_id,
        code="" if code is None else clean_words(str(code))[:MAX_CODE],
        words="" if detail is None else clean_words(str(detail)),
        at=read_time(item.get("at")),
    )


def read_message_id(value: Any) -> int | None:
    """A message id of ours, as a number or as its digits; None: it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    return value if type(value) is int and 0 < value <= _MAX_MESSAGE_ID else None


def read_time(value: Any) -> float | None:
    """Unix seconds or milliseconds, or a time with its zone; None where it is neither: a receipt counts without it."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _MAX_TIME:
        return float(value)
    if isinstance(value, str) and (at := read_instant(value)) is not None:
        return at.timestamp() if at.tzinfo else None
    return None
