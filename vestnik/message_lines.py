"""Writes a log line for each event of a message, many at a time.

At 37,000 messages a second a call of ``logging`` for each would cost more than sending does. So a flush gives all its
rows as one record, and this formatter makes their lines in one go. They look like all other lines. A phone is masked,
and neither the text nor the gateway's own words are there, which may repeat both: those are in the ledger.
"""

import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from queue import Queue
from typing import TextIO, TypeAlias

from vestnik.phones.display import mask_phone

#: The logger whose records hold rows.
MESSAGES_LOGGER = "vestnik.messages"
#: Records that wait to be written, and seconds that the end of a process waits for them.
MAX_WAITING, CLOSE_SECONDS = 64, 2.0
_log = logging.getLogger(MESSAGES_LOGGER)


#: What happened to one message: when (unix seconds); the word of its state (``queued``: it is tried again, or, recalled
#: while it may be on the network, its answer decides); its id, the gateway's, too; its mailing; its client (0:
#: not known any more) and phone, shown masked (0: not known); its batch (0: not known) and that one's attempt (0: no
#: request was made); the gateway's code or ours; seconds from the hand-over to the answer (None: no request was made).
#: A plain tuple: one is made for each message, and a named one costs 8 times as much.
MessageLine: TypeAlias = tuple[float, str, int, int, int, int, int, int, str, float | None]


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
            (now, words[state], message, mailing, client, phone, batch, 0, code, None)
            for message, state, client, phone in rows
        )


class MessageLines(logging.Formatter):
    """Formats a record of rows as that many lines.

    Args:
        log_format: ``console`` or ``json``.
    """

    def __init__(self, log_format: str) -> None:
        super().__init__()
        self._line = _JSON if log_format == "json" else _CONSOLE

    def format(self, record: logging.LogRecord) -> str:
        """The lines, without the last line break. One ``%`` for each is the fastest that Python has: 1.3 µs."""
        line, took = self._line
        second, stamp = -1, ""
        lines = []
        for at, event, message, mailing, client, phone, batch, attempt, code, seconds in getattr(record, "rows", ()):
            whole = int(at)
            if whole != second:
                second, stamp = whole, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
            ms = "" if seconds is None else took % (seconds * 1000)
            masked = mask_phone(phone)
            values = (stamp, (at - whole) * 1e6, event, message, mailing, client, masked, batch, attempt, code, ms)
            lines.append(line % values)
        return "\n".join(lines)


#: The line of a format, and what it says of the time that a request took. The logger's name stands in them as it is.
_CONSOLE_LINE = (
    "%s.%06dZ [info     ] %-9s [vestnik.messages]"
    " message=%d mailing=%d client=%d phone=%s batch=%d attempt=%d code=%s%s"
)
_JSON_LINE = (
    '{"timestamp": "%s.%06dZ", "event": "%s", "message": %d, "mailing": %d, "client": %d, "phone": "%s"'
    ', "batch": %d, "attempt": %d, "code": "%s"%s, "level": "info", "logger": "vestnik.messages"}'
)
_CONSOLE, _JSON = (_CONSOLE_LINE, " ms=%.1f"), (_JSON_LINE, ', "ms": %.1f')


class BehindHandler(logging.StreamHandler[TextIO]):
    """Formats and writes in a thread of its own: a flush does not wait for it, and sending goes on.

    Up to :data:`MAX_WAITING` records wait; then the next one waits for room, so that a log on a slow disk cannot fill
    the memory. A kill loses what waits.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting: Queue[logging.LogRecord] = Queue(MAX_WAITING)
        self._writer: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record; ``logging`` holds the handler's lock meanwhile."""
        if self._writer is None or not self._writer.is_alive():  # also after a fork
            self._writer = threading.Thread(target=self._write, name="message lines", daemon=True)
            self._writer.start()
        self._waiting.put(record)

    def close(self) -> None:
        """At the end of the process: let what waits be written, for so long as a stop has time."""
        until = time.monotonic() + CLOSE_SECONDS
        while self._waiting.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.01)
        super().close()

    def _write(self) -> None:
        while True:
            record = self._waiting.get()
            try:
                # Without the handler's lock: the thread that closes the handler holds it while this ends.
                self.stream.write(self.format(record) + "\n")
                self.stream.flush()
            except (OSError, ValueError):
                self.handleError(record)
            finally:
                self._waiting.task_done()
