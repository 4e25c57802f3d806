"""The messages of a mailing and what became of each: page by page, or as CSV that a spreadsheet opens."""

from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from vestnik.db.csv_copy import copied_csv
from vestnik.db.statements import Statements
from vestnik.ledger.fragments import GATEWAY_OF_MANY, GATEWAY_OF_ONE, LOGGED_AT, MESSAGE_NOW, ONLY_OVER, PARTS_NOW
from vestnik.ledger.state_filters import WORDS, counters_of, in_rows, numbers_of
from vestnik.models import NO_SUCCESS, STATUS_OF_STATE, MessageState
from vestnik.spreadsheets import REST_STYLE, CsvStyle, harmless_sql

SQL = Statements(
    "vestnik.statistics",
    message_now=MESSAGE_NOW, logged_at=LOGGED_AT, only_over=ONLY_OVER, parts_now=PARTS_NOW,
    gateway_of_one=GATEWAY_OF_ONE, gateway_of_many=GATEWAY_OF_MANY, DELIVERED=str(int(MessageState.DELIVERED)),
)  # fmt: skip
HEADER = "message_id,phone_number,client_id,state,sent_at,attempts,code,detail,delivered_at,gateway,parts"


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message as people see it. ``client`` is None if the client was deleted; ``attempts`` counts outcomes.

    ``phone`` is None when the number was erased. ``outcome_at`` is when it got its last outcome, if that was no
    success, or when its receipt says that it was delivered. Messages of earlier releases have none. ``gateway``: by its
    name; None: no gateway has had it. ``parts``: how many SMS parts it is; None: as many as the mailing's text, which
    was not told.
    """

    id: int
    created_at: datetime
    sent_at: datetime | None
    outcome_at: datetime | None
    state: str
    attempts: int
    code: str | None
    detail: str | None
    client: int | None
    phone: int | None
    gateway: str | None
    parts: int | None

    @property
    def delivered_at(self) -> datetime | None:
        """When the provider says that it was delivered. None: it was not, or nobody knows yet."""
        return self.outcome_at if self.state == "delivered" else None

    @property
    def status(self) -> str:
        """The roll-up of the state."""
        return STATUS_OF_STATE[self.state]

    @property
    def at(self) -> datetime | None:
        """When it got its state, or when it was last tried. None: that is not known, or it was never tried."""
        # Only a phone on the stop list is cancelled without an outcome: when its message was made.
        return self.sent_at or self.outcome_at or (self.created_at if self.state == "cancelled" else None)


def states_with_status(status: str) -> frozenset[str]:
    """The states that a status rolls up."""
    return frozenset(state for state, rolled in STATUS_OF_STATE.items() if rolled == status)


def page_of_messages(
    *,
    mailing_id: int,
    states: Collection[str] | None,
    cursor: int,
    most: int,
    backwards: bool = False,
    code: str | None = None,
    own_parts: int | None = None,
) -> list[MessageRow]:
    """At most ``most`` messages after the id ``cursor`` (before it, if ``backwards``), ascending by id.

    Args:
        mailing_id: whose messages.
        states: words of the nine states to show; None shows all.
        cursor: an id, not included.
        most: rows.
        backwards: the rows before the cursor instead.
        code: of the last outcome; None: any.
        own_parts: of the mailing's text.
    """
    fragments = {
        "may_have_code": _may_have_code(states),
        "counters": counters_of(states),
        "beyond": "<" if backwards else ">",
        "edge": "first_id" if backwards else "last_id",
        "order": "DESC" if backwards else "ASC",
    }  # fmt: skip
    rows = _rows(
        "messages_page", fragments, states,
        mailing=mailing_id, cursor=cursor, most=most, code=code, own_parts=own_parts,
    )  # fmt: skip
    return rows[::-1] if backwards else rows


def message_of_phone(
    *,
    mailing_id: int,
    phone: int,
    states: Collection[str] | None,
    code: str | None = None,
    own_parts: int | None = None,
) -> list[MessageRow]:
    """The message of a mailing to one phone, if there is one (in one of ``states``, and with ``code``)."""
    values = {"mailing": mailing_id, "phone": phone, "code": code, "own_parts": own_parts}
    return _rows("message_of_phone", {}, states, **values)


def words_by_number() -> str:
    """SQL: the words of the states' numbers, the derived one included, in their order from zero."""
    return ", ".join(f"'{WORDS[number]}'" for number in sorted(WORDS))


def _may_have_code(states: Collection[str] | None) -> str:
    """SQL: whether batch ``b`` may have messages with the code. Codes are counted of what ended without success."""
    counted = {str(state.label) for state in NO_SUCCESS}
    return SQL.text("may_have_code") if states and counted.issuperset(states) else "true"


def _rows(name: str, fragments: Mapping[str, str], states: Collection[str] | None, **values: Any) -> list[MessageRow]:
    wanted = {"all": states is None, "states": numbers_of(states), "in_rows": in_rows(states)}
    rows = SQL.run(connection, name, fragments, **wanted, **values)
    return [row_of(*row) for row in rows]


def row_of(*values: Any) -> MessageRow:
    """The message of a row that a statement about messages gives."""
    id_, created_at, sent_at, outcome_at, number, tries, code, detail, client, phone, gateway, parts = values
    shown = phone if phone > 0 else None
    state = WORDS[number]
    return MessageRow(id_, created_at, sent_at, outcome_at, state, tries, code, detail, client, shown, gateway, parts)


def result_lines(
    *,
    mailing_id: int,
    states: Collection[str] | None,
    style: CsvStyle = REST_STYLE,
    code: str | None = None,
    own_parts: int | None = None,
) -> Generator[bytes]:
    """The messages as CSV in UTF-8, a block at a time, in the order of their ids.

    Args:
        mailing_id: whose messages.
        states: words of the nine states; None: all.
        style: how the file is written.
        code: of the last outcome; None: any.
        own_parts: of the mailing's text.
    """
    fragments = {
        "may_have_code": _may_have_code(states),
        "words": words_by_number(), "counters": counters_of(states),
        "code": harmless_sql("m.code"), "detail": harmless_sql("m.detail"), "separator": style.separator,
        "quoted": style.quoted("code", "detail", "gateway"),
    }  # fmt: skip
    values = {
        "mailing": mailing_id, "all": states is None, "states": numbers_of(states), "in_rows": in_rows(states),
        "zone": style.zone, "moment": style.moment, "code": code, "own_parts": own_parts,
    }  # fmt: skip
    return copied_csv(SQL.copy(connection, "results", fragments, values), header=HEADER, style=style)
