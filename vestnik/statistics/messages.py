"""The messages of a mailing and what became of each: page by page, or as CSV that a spreadsheet opens."""

from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from vestnik.db.csv_copy import copied_csv
from vestnik.db.statements import Statements
from vestnik.ledger.statements import LOGGED_AT, MESSAGE_NOW, SENDING_NUMBER
from vestnik.models import MESSAGE_STATES, SENDING, STATUS_OF_STATE, MessageState
from vestnik.spreadsheets import REST_STYLE, CsvStyle, harmless_sql

SQL = Statements("vestnik.statistics", message_now=MESSAGE_NOW, logged_at=LOGGED_AT)
_WORDS = {**{int(state): str(state.label) for state in MessageState}, SENDING_NUMBER: SENDING}
_NUMBERS = {word: number for number, word in _WORDS.items()}
HEADER = "message_id,phone_number,client_id,state,sent_at,attempts,code,detail"


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message as people see it. ``client`` is None if the client was deleted; ``attempts`` counts outcomes.

    ``phone`` is None when the number was erased.
    """

    id: int
    created_at: datetime
    sent_at: datetime | None
    state: str
    attempts: int
    code: str | None
    detail: str | None
    client: int | None
    phone: int | None

    @property
    def status(self) -> str:
        """The roll-up of the state."""
        return STATUS_OF_STATE[self.state]


def states_with_status(status: str) -> frozenset[str]:
    """The states that a status rolls up."""
    return frozenset(state for state, rolled in STATUS_OF_STATE.items() if rolled == status)


def page_of_messages(
    *, mailing_id: int, states: Collection[str] | None, cursor: int, most: int, backwards: bool = False
) -> list[MessageRow]:
    """At most ``most`` messages after the id ``cursor`` (before it, if ``backwards``), ascending by id.

    Args:
        mailing_id: whose messages.
        states: words of the nine states to show; None shows all.
        cursor: an id, not included.
        most: rows.
        backwards: the rows before the cursor instead.
    """
    fragments = {
        "counters": counters_of(states),
        "beyond": "<" if backwards else ">",
        "edge": "first_id" if backwards else "last_id",
        "order": "DESC" if backwards else "ASC",
    }  # fmt: skip
    rows = _rows("messages_page", fragments, states, mailing=mailing_id, cursor=cursor, most=most)
    return rows[::-1] if backwards else rows


def message_of_phone(*, mailing_id: int, phone: int, states: Collection[str] | None) -> list[MessageRow]:
    """The message of a mailing to one phone, if there is one (in one of ``states``)."""
    return _rows("message_of_phone", {}, states, mailing=mailing_id, phone=phone)


def words_by_number() -> str:
    """SQL: the words of the states' numbers, the derived one included, in their order from zero."""
    return ", ".join(f"'{_WORDS[number]}'" for number in sorted(_WORDS))


def counters_of(states: Collection[str] | None) -> str:
    """SQL: the condition that batch ``b`` has messages in one of the states, by its counters."""
    return " OR ".join(f"b.{state} > 0" for state in MESSAGE_STATES if states and state in states) or "false"


def numbers_of(states: Collection[str] | None) -> list[int]:
    """The numbers that stand for these words in SQL."""
    return [_NUMBERS[state] for state in states or ()]


def in_rows(states: Collection[str] | None) -> list[int]:
    """The numbers that rows have of messages in these states: where the log may have the rest, a row says "queued"."""
    numbers = set(numbers_of(states)) - {SENDING_NUMBER}
    if states and not {"queued", "sent", SENDING}.isdisjoint(states):
        numbers.add(int(MessageState.QUEUED))
    return sorted(numbers)


def _rows(name: str, fragments: Mapping[str, str], states: Collection[str] | None, **values: int) -> list[MessageRow]:
    wanted = {"all": states is None, "states": numbers_of(states), "in_rows": in_rows(states)}
    rows = SQL.run(connection, name, fragments, **wanted, **values)
    return [_row(*row) for row in rows]


def _row(*values: Any) -> MessageRow:
    id_, created_at, sent_at, number, tries, code, detail, client, phone = values
    shown = phone if phone > 0 else None
    return MessageRow(id_, created_at, sent_at, _WORDS[number], tries, code, detail, client, shown)


def result_lines(*, mailing_id: int, states: Collection[str] | None, style: CsvStyle = REST_STYLE) -> Generator[bytes]:
    """The messages as CSV in UTF-8, a block at a time, in the order of their ids.

    Args:
        mailing_id: whose messages.
        states: words of the nine states; None: all.
        style: how the file is written.
    """
    fragments = {
        "words": words_by_number(), "counters": counters_of(states),
        "code": harmless_sql("m.code"), "detail": harmless_sql("m.detail"), "separator": style.separator,
    }  # fmt: skip
    values = {
        "mailing": mailing_id, "all": states is None, "states": numbers_of(states), "in_rows": in_rows(states),
        "zone": style.zone, "moment": style.moment,
    }  # fmt: skip
    return copied_csv(SQL.copy(connection, "results", fragments, values), header=HEADER, style=style)
