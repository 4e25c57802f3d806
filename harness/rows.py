"""Clients and mailings written straight into the ledger, many at once or with times to the second."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import sql
from psycopg.types.json import Jsonb

from vestnik.mailings.windows import SendWindow
from vestnik.phones.number import MAX_PHONE

#: The first of the phones that :func:`add_clients` makes; the next ones follow.
FIRST = 79_110_000_000
#: Clients that any test adds at once, at most.
_ROOM = 10_000_000


def ledger_now(ledger: Any) -> datetime:
    """The one clock."""
    ((now,),) = ledger.execute("SELECT clock_timestamp()").fetchall()
    assert isinstance(now, datetime)
    return now


def add_clients(
    ledger: Any,
    count: int,
    *,
    tag: str | Sequence[str] = "vip",
    zones: Sequence[str] = ("Europe/Moscow",),
    codes: Sequence[int] = (911,),
    first: int = FIRST,
) -> None:
    """So many clients, in turn with each of the tags, in each of the zones and with each of the operator codes.

    Their phones follow the greatest that is there and leaves room for as many as any test wants; in an empty directory
    they begin with ``first``.
    """
    tags = [tag] if isinstance(tag, str) else list(tag)
    ledger.execute(
        "INSERT INTO vestnik_client (phone_number, mobile_operator_code, tag, timezone)"
        " SELECT taken.greatest + n, (%s::int[])[1 + n %% %s], (%s::text[])[1 + n %% %s], (%s::text[])[1 + n %% %s]"
        " FROM generate_series(1, %s) n,"
        " (SELECT coalesce(max(phone_number), %s - 1) AS greatest FROM vestnik_client"
        "  WHERE phone_number <= %s) AS taken",
        [list(codes), len(codes), tags, len(tags), list(zones), len(zones), count, first, MAX_PHONE - _ROOM],
    )


def insert(ledger: Any, table: str, row: Mapping[str, Any]) -> int:
    """Write a row by the names of its columns, and give its id."""
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() * len(row)),
    )
    ((number,),) = ledger.execute(statement, list(row.values())).fetchall()
    return int(number)


def add_mailing(
    ledger: Any,
    *,
    tag: str | None = "vip",
    starts_in: float = 0.0,
    ends_in: float = 3_600.0,
    window: SendWindow | None = None,
    **columns: Any,
) -> int:
    """Write a mailing, wake the keepers, and give its id.

    Args:
        ledger: a connection of psycopg's.
        tag: whom it is for; None: everybody.
        starts_in: seconds from now, by the ledger's clock; less than 0: it has started.
        ends_in: the same of its end.
        window: the hours in which it may be sent.
        columns: more of the row; what is not given is as in a mailing that has just been made.
    """
    now = ledger_now(ledger)
    row = {
        "name": "", "message_text": "text", "filter_tags": None if tag is None else [tag], "state": "scheduled",
        "start_time": now + timedelta(seconds=starts_in), "end_time": now + timedelta(seconds=ends_in),
        "send_window_from": window and window.opens, "send_window_to": window and window.closes,
        "version": 1, "created_at": now, "audience_cursor": 0, **columns,
    }  # fmt: skip
    mailing = insert(ledger, "vestnik_mailing", {name: _value(value) for name, value in row.items()})
    ledger.execute("SELECT pg_notify('vestnik', 'mailing')")
    return mailing


def _value(value: Any) -> Any:
    """As PostgreSQL takes it: totals are JSON, a state is its word."""
    if isinstance(value, dict):
        return Jsonb(value)
    return value.value if isinstance(value, Enum) else value


def window_around(zone: str, at: datetime, *, before: timedelta, after: timedelta) -> SendWindow:
    """The window that opened ``before`` the instant ``at`` in a zone and closes ``after`` it."""
    local = at.astimezone(ZoneInfo(zone))
    return SendWindow((local - before).time(), (local + after).time())


def is_over(ledger: Any, mailing: int) -> bool:
    """Are the totals of a mailing frozen?"""
    found = ledger.execute("SELECT frozen_at IS NOT NULL FROM vestnik_mailing WHERE id = %s", [mailing]).fetchone()
    return bool(found and found[0])


def sent_of(ledger: Any, mailing: int) -> int:
    """How many messages the totals say were sent."""
    ((sent,),) = ledger.execute(
        "SELECT coalesce(sum(sent), 0)::int FROM vestnik_batch WHERE mailing_id = %s", [mailing]
    ).fetchall()
    return int(sent)


def states_of(ledger: Any, mailing: int) -> dict[int, int]:
    """How many rows of a mailing are in each state, by its number."""
    rows = ledger.execute(
        "SELECT state, count(*) FROM vestnik_message_now WHERE mailing_id = %s GROUP BY state", [mailing]
    ).fetchall()
    return dict(rows)


def assert_totals_are_rows(ledger: Any, mailing: int) -> None:
    """The counters of the batches equal the rows, and nothing is leased or sending."""
    rows = ledger.execute(
        "SELECT b.id FROM vestnik_batch b LEFT JOIN vestnik_message_now m"
        " ON m.mailing_id = b.mailing_id AND m.id BETWEEN b.first_id AND b.last_id"
        " WHERE b.mailing_id = %s GROUP BY b.id"
        " HAVING (b.queued, b.sending, b.sent, b.failed, b.expired, b.cancelled, b.unknown)"
        " IS DISTINCT FROM (count(*) FILTER (WHERE m.state = 0), 0, count(*) FILTER (WHERE m.state = 1),"
        " count(*) FILTER (WHERE m.state = 4), count(*) FILTER (WHERE m.state = 5),"
        " count(*) FILTER (WHERE m.state = 6), count(*) FILTER (WHERE m.state = 7))",
        [mailing],
    ).fetchall()
    assert rows == []
