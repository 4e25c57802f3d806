"""A line in the log for each thing that happens to a message, written many at a time.

At 37,000 messages a second a call of ``logging`` for each would cost more than sending does. So whoever flushes gives
all rows of a flush as one record, and this formatter makes their lines in one go. They look like all other lines. A
phone is masked, and neither the text nor the gateway's own words are there, which may repeat both: those are in the
ledger.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from vestnik.gateway.masking import mask_phone

#: The logger whose records hold rows.
MESSAGES_LOGGER = "vestnik.messages"
_log = logging.getLogger(MESSAGES_LOGGER)


class MessageLine(NamedTuple):
    """What happened to one message.

    Args:
        at: unix seconds.
        event: the word of its state; ``queued``: it is tried again, or (withdrawn while it may be on the network) its
            answer decides.
        message: its id, the gateway's message id.
        mailing: whose message.
        client: to whom; 0 when that is not known any more.
        phone: shown masked; 0 when it is not known.
        batch: its batch; 0 when that is not known.
        attempt: the batch's attempt; 0 when no request was made.
        code: the gateway's, or ours: a word or a number.
        seconds: from the hand-over to the answer; None when no request was made.
    """

    at: float
    event: str
    message: int
    mailing: int
    client: int
    phone: int
    batch: int
    attempt: int
    code: str
    seconds: float | None


def messages_are_logged() -> bool:
    """Is it worth making rows?"""
    return _log.isEnabledFor(logging.INFO)


def log_messages(rows: Iterable[MessageLine]) -> None:
    """Write a line for each row."""
    made = list(rows)
    if made:
        _log.info("%s", len(made), extra={"rows": made})


def log_changes(
    rows: Sequence[Sequence[int]] | None, words: Mapping[int, str], *, mailing: int, batch: int, code: str
) -> None:
    """Write a line for each row that a statement changed without a request.

    Args:
        rows: message, state, client and phone of each, as the statement gave them back.
        words: of the states.
        mailing: whose messages.
        batch: their batch; 0 when they are of several.
        code: why.
    """
    if rows and messages_are_logged():
        now = time.time()
        log_messages(
            MessageLine(now, words[state], message, mailing, client, phone, batch, 0, code, None)
            for message, state, client, phone in rows
        )


class MessageLines(logging.Formatter):
    """Formats a record of rows as that many lines.

    Args:
        log_format: ``console`` or ``json``.
    """

    def __init__(self, log_format: str) -> None:
        super().__init__()
        self._line = _json if log_format == "json" else _console

    def format(self, record: logging.LogRecord) -> str:
        """The lines, without the last line break."""
        line = self._line
        second, stamp = -1, ""
        lines = []
        for row in getattr(record, "rows", ()):
            whole = int(row[0])
            if whole != second:
                second, stamp = whole, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
            lines.append(line(f"{stamp}.{int((row[0] - whole) * 1e6):06d}Z", *row))
        return "\n".join(lines)


def _console(
    stamp: str, _at: float, event: str, message: int, mailing: int, client: int, phone: int, batch: int, attempt: int,
    code: str, seconds: float | None,
) -> str:  # fmt: skip
    took = "" if seconds is None else f" ms={seconds * 1000:.1f}"
    return (
        f"{stamp} [info     ] {event:<9} [{MESSAGES_LOGGER}] message={message} mailing={mailing} client={client}"
        f" phone={mask_phone(phone)} batch={batch} attempt={attempt} code={code}{took}"
    )


def _json(
    stamp: str, _at: float, event: str, message: int, mailing: int, client: int, phone: int, batch: int, attempt: int,
    code: str, seconds: float | None,
) -> str:  # fmt: skip
    took = "" if seconds is None else f', "ms": {seconds * 1000:.1f}'
    return (
        f'{{"event": "{event}", "message": {message}, "mailing": {mailing}, "client": {client}'
        f', "phone": "{mask_phone(phone)}", "batch": {batch}, "attempt": {attempt}, "code": "{code}"{took}'
        f', "level": "info", "logger": "{MESSAGES_LOGGER}", "timestamp": "{stamp}"}}'
    )
