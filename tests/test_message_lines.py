"""Whatever happens to a message has a line of its own in the log, with no number that could be called."""

import json
import logging
from collections.abc import Iterator
from contextlib import nullcontext
from io import StringIO

import pytest

from harness.fake_transport import REFUSED, TIMEOUT
from harness.rows import FIRST
from harness.stepping import Stepped, begin, tick
from vestnik.clients.stop_list import stop_phones
from vestnik.db.connection import Connection
from vestnik.mailings.actions import cancel
from vestnik.mailings.unknown import resend_unknown
from vestnik.message_lines import (
    MESSAGES_LOGGER,
    BehindHandler,
    MessageLine,
    MessageLines,
    log_messages,
    messages_are_logged,
)
from vestnik.upkeep.sweep import recover_lapsed


def line(
    at: float = 1_764_000_000.5, event: str = "sent", message: int = 95_568_582_013_004, seconds: float | None = 0.0123
) -> MessageLine:
    return at, event, message, 7, 42, 79111234567, 9, 2, "0", seconds


class Kept(logging.Handler):
    """Keeps the rows that would be lines."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[MessageLine] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.rows += record.rows  # type: ignore[attr-defined]

    def said(self) -> list[tuple[int, str, str]]:
        """Of each line: the phone's number in the cast, what happened, and the code."""
        return [(phone - FIRST, event, code) for _, event, _, _, _, phone, _, _, code, _ in self.rows]


@pytest.fixture
def lines() -> Iterator[Kept]:
    logger, kept = logging.getLogger(MESSAGES_LOGGER), Kept()
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(kept)
    yield kept
    logger.removeHandler(kept)
    logger.setLevel(before)


def formatted(log_format: str, *rows: MessageLine) -> list[str]:
    record = logging.makeLogRecord({"rows": rows})
    return MessageLines(log_format).format(record).splitlines()


def test_a_line_for_people_looks_like_all_others() -> None:
    first, second = formatted("console", line(), line(at=1_764_000_001.25, event="cancelled", seconds=None))
    assert first == (
        "2025-11-24T16:00:00.500000Z [info     ] sent      [vestnik.messages] message=95568582013004 mailing=7"
        " client=42 phone=7911***4567 batch=9 attempt=2 code=0 ms=12.3"
    )
    assert second.startswith("2025-11-24T16:00:01.250000Z [info     ] cancelled ")
    assert "ms=" not in second


def test_a_line_for_machines_is_json() -> None:
    (only,) = formatted("json", line())
    assert json.loads(only) == {
        "event": "sent", "message": 95568582013004, "mailing": 7, "client": 42, "phone": "7911***4567", "batch": 9,
        "attempt": 2, "code": "0", "ms": 12.3, "level": "info", "logger": "vestnik.messages",
        "timestamp": "2025-11-24T16:00:00.500000Z",
    }  # fmt: skip
    assert "ms" not in json.loads(formatted("json", line(seconds=None))[0])


def test_lines_are_written_by_a_thread_of_their_own_and_all_of_them_before_the_end() -> None:
    handler, stream = BehindHandler(), StringIO()
    handler.setFormatter(MessageLines("console"))
    handler.setStream(stream)
    logger = logging.getLogger("behind")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    for number in range(200):
        logger.info("rows", extra={"rows": [line(message=number), line(message=number + 1_000)]})
    logger.removeHandler(handler)
    with handler.lock or nullcontext():  # as logging.shutdown does
        handler.close()
    found = [int(line.partition("message=")[2].split()[0]) for line in stream.getvalue().splitlines()]
    assert found == [each for number in range(200) for each in (number, number + 1_000)]


def test_nothing_is_made_when_nobody_reads_it(lines: Kept) -> None:
    log_messages([])
    assert messages_are_logged()
    logging.getLogger(MESSAGES_LOGGER).setLevel(logging.CRITICAL)
    assert not messages_are_logged()
    log_messages([line()])
    assert lines.rows == []


def test_requests_and_their_outcomes(ledger: Connection, lines: Kept) -> None:
    made = begin(ledger, 3)
    stepped = Stepped(concurrency=3, idempotent=False)
    stepped.step()
    stepped.gateway.answer(REFUSED, count=1, latency=0.25)
    stepped.gateway.answer(TIMEOUT, count=1)
    stepped.gateway.answer()
    stepped.step()
    stepped.dispatcher.close()
    assert lines.said() == [(0, "failed", "17"), (1, "unknown", "timeout"), (2, "sent", "0")]
    _, _, _, mailing, whose, _, _, attempt, _, seconds = lines.rows[0]
    ((client,),) = ledger.execute("SELECT client_id FROM vestnik_message WHERE phone = %s", [FIRST]).fetchall()
    assert (mailing, whose, attempt, seconds) == (made.id, client, 1, 0.25)


def test_what_was_in_doubt_and_what_an_operator_sends_again(ledger: Connection, lines: Kept) -> None:
    made = begin(ledger, 2)
    stepped = Stepped(concurrency=1, idempotent=False)
    stepped.step()
    stepped.dispatcher.close()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = 'epoch'")
    recover_lapsed(ledger, idempotent=False, stopped=lambda: False)
    resend_unknown(mailing_id=made.id, actor=None)
    assert lines.said() == [(0, "unknown", "in_doubt"), (0, "queued", "resend")]
    (batch,) = {batch for *_, batch, _, _, _ in lines.rows}
    assert batch != 0


def test_the_stop_list_and_a_cancelled_mailing(ledger: Connection, lines: Kept) -> None:
    made = begin(ledger, 3)
    stop_phones(phones=[FIRST + 1], reason="", actor=None)
    assert lines.said() == [(1, "cancelled", "stop_list")]
    cancel(mailing_id=made.id, actor=None)
    tick(ledger)
    assert lines.said()[1:] == [(0, "cancelled", "cancelled"), (2, "cancelled", "cancelled")]


def test_what_is_withdrawn_while_it_waits_in_a_dispatcher(ledger: Connection, lines: Kept) -> None:
    begin(ledger, 3)
    stepped = Stepped(concurrency=1)
    stepped.step()
    stop_phones(phones=[FIRST + 2], reason="", actor=None)
    stepped.until_empty()
    stepped.dispatcher.close()
    assert [(phone, event) for phone, event, _ in lines.said()].count((2, "cancelled")) == 1
    assert [event for phone, event, _ in lines.said() if phone != 2] == ["sent", "sent"]
