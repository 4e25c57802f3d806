"""Clients and mailings written straight into the ledger, many at once or with times to the second."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from vestnik.mailings.windows import SendWindow


def ledger_now(ledger: Any) -> datetime:
    """The one clock."""
    ((now,),) = ledger.execute("SELECT clock_timestamp()").fetchall()
    assert isinstance(now, datetime)
    return now


def add_clients(
    ledger: Any,
    count: int,
    *,
    tag: str = "vip",
    zones: Sequence[str] = ("Europe/Moscow",),
    codes: Sequence[int] = (911,),
    first: int = 79_110_000_001,
) -> None:
    """So many clients with a tag, in turn in each of the zones and with each of the operator codes.

    Their phones follow the greatest that is there; in an empty directory they begin with ``first``.
    """
    ledger.execute(
        "INSERT INTO vestnik_client (phone_number, mobile_operator_code, tag, timezone)"
        " SELECT taken.greatest + n, (%s::int[])[1 + n %% %s], %s, (%s::text[])[1 + n %% %s]"
        " FROM generate_series(1, %s) n,"
        " (SELECT coalesce(max(phone_number), %s - 1) AS greatest FROM vestnik_client) AS taken",
        [list(codes), len(codes), tag, list(zones), len(zones), count, first],
    )


def add_mailing(
    ledger: Any, *, window: SendWindow | None = None, ends_in: float = 3_600, tag: str = "vip", name: str = ""
) -> int:
    """A mailing that starts now, to one tag; wakes the keepers. ``ends_in`` is in seconds."""
    ((mailing,),) = ledger.execute(
        "INSERT INTO vestnik_mailing (name, message_text, filter_tags, start_time, end_time, send_window_from,"
        " send_window_to, state, pause_reason, version, created_at, audience_cursor)"
        " VALUES (%s, 'text', %s, now(), now() + make_interval(secs => %s), %s, %s, 'scheduled', '', 1, now(), 0)"
        " RETURNING id",
        [name, [tag], ends_in, window and window.opens, window and window.closes],
    ).fetchall()
    ledger.execute("SELECT pg_notify('vestnik', 'mailing')")
    return int(mailing)


def window_around(zone: str, at: datetime, *, before: timedelta, after: timedelta) -> SendWindow:
    """The window that opened ``before`` the instant ``at`` in a zone and closes ``after`` it."""
    local = at.astimezone(ZoneInfo(zone))
    return SendWindow((local - before).time(), (local + after).time())


def is_over(ledger: Any, mailing: int) -> bool:
    """Are the totals of a mailing frozen?"""
    found = ledger.execute("SELECT frozen_at IS NOT NULL FROM vestnik_mailing WHERE id = %s", [mailing]).fetchone()
    return bool(found and found[0])


def sent_of(ledger: Any, mailing: int) -> int:
    """How many messages the books say were sent."""
    ((sent,),) = ledger.execute(
        "SELECT coalesce(sum(sent), 0)::int FROM vestnik_batch WHERE mailing_id = %s", [mailing]
    ).fetchall()
    return int(sent)


def states_of(ledger: Any, mailing: int) -> dict[int, int]:
    """How many rows of a mailing are in each state, by its number."""
    rows = ledger.execute(
        "SELECT state, count(*) FROM vestnik_message WHERE mailing_id = %s GROUP BY state", [mailing]
    ).fetchall()
    return dict(rows)


def assert_books_are_rows(ledger: Any, mailing: int) -> None:
    """The counters of the batches equal the rows, and nothing is leased or sending."""
    rows = ledger.execute(
        "SELECT b.id FROM vestnik_batch b LEFT JOIN vestnik_message m"
        " ON m.mailing_id = b.mailing_id AND m.id BETWEEN b.first_id AND b.last_id"
        " WHERE b.mailing_id = %s GROUP BY b.id"
        " HAVING (b.queued, b.sending, b.sent, b.failed, b.expired, b.cancelled, b.unknown)"
        " IS DISTINCT FROM (count(*) FILTER (WHERE m.state = 0), 0, count(*) FILTER (WHERE m.state = 1),"
        " count(*) FILTER (WHERE m.state = 4), count(*) FILTER (WHERE m.state = 5),"
        " count(*) FILTER (WHERE m.state = 6), count(*) FILTER (WHERE m.state = 7))",
        [mailing],
    ).fetchall()
    assert rows == []
