"""A lease is taken only while the window of its batch's zone is open, and ends before it closes."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from harness.fake_transport import FakeGateway, FakeTransport
from harness.rows import add_mailing, ledger_now
from harness.stepping import Stepped, begin
from vestnik.dispatch.claiming import claim
from vestnik.dispatch.holdings import Holdings
from vestnik.dispatch.lease import Lease
from vestnik.ledger import leases as leases_of_ledger
from vestnik.ledger.leases import Claimed
from vestnik.mailings.finish import finish_settled, settle_ended
from vestnik.mailings.hours import ALWAYS
from vestnik.mailings.windows import SendWindow

OPEN_ZONE, CLOSED_ZONE, LOST_ZONE = "Etc/GMT-1", "Etc/GMT-9", "Europe/Atlantis"


def window_open_in(zone: str, at: datetime, *, hours: int = 4) -> SendWindow:
    """A window of some hours around ``at`` in a zone; it is closed where the clocks show eight hours more or less."""
    local = at.astimezone(ZoneInfo(zone))
    opens = (local - timedelta(hours=hours / 2)).time()
    return SendWindow(opens, (local + timedelta(hours=hours / 2)).time())


def make_mailing(ledger: Any, window: SendWindow | None, *, ends_in: float = 86_400, state: str = "running") -> int:
    """A mailing that began two days ago, whose messages are all made; it ends in so many seconds."""
    return add_mailing(
        ledger, tag=None, starts_in=-2 * 86_400, ends_in=ends_in, window=window, state=state,
        prepared_at=ledger_now(ledger),
    )  # fmt: skip


def make_batches(ledger: Any, mailing: int, zone: str | None, batches: int, messages: int = 3) -> None:
    for _ in range(batches):
        ledger.execute(
            "WITH made AS (INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at)"
            " SELECT id, %(mailing)s, 1, 79110000000 + id %% 1000000, now()"
            " FROM (SELECT nextval('vestnik_message_id_seq') AS id FROM generate_series(1, %(messages)s)) AS ids"
            " RETURNING id)"
            " INSERT INTO vestnik_batch (mailing_id, first_id, last_id, timezone, due_at, queued)"
            " SELECT %(mailing)s, min(id), max(id), %(zone)s, now() - interval '1 hour', count(*) FROM made",
            {"mailing": mailing, "messages": messages, "zone": zone},
        )


def claim_some(
    ledger: Any, most: int = 64, *, room: int | None = None, loaded: dict[int, int] | None = None
) -> list[Lease]:
    held = loaded or {}

    def take() -> list[Claimed]:
        return leases_of_ledger.claim(
            ledger, held=list(held), loaded=list(held.values()), room=1_000 * most if room is None else room,
            most=most, holder="test", seconds=10.0,
        )  # fmt: skip

    with ledger.transaction():
        return claim(ledger, take, gateway=1)


def test_batches_of_a_closed_zone_are_not_leased_and_all_wait_for_its_opening(ledger: Any) -> None:
    now = ledger_now(ledger)
    window = window_open_in(OPEN_ZONE, now)
    mailing = make_mailing(ledger, window)
    make_batches(ledger, mailing, CLOSED_ZONE, 5)
    assert claim_some(ledger, most=2) == []
    rows = ledger.execute("SELECT state, due_at, queued FROM vestnik_batch").fetchall()
    assert len(rows) == 5
    for state, due, queued in rows:
        assert (state, queued) == ("ready", 3)
        assert due.astimezone(ZoneInfo(CLOSED_ZONE)).time() == window.opens
        assert now < due < now + timedelta(days=1)


def test_closed_batches_do_not_stand_in_the_way_of_open_ones(ledger: Any) -> None:
    mailing = make_mailing(ledger, window_open_in(OPEN_ZONE, ledger_now(ledger)))
    make_batches(ledger, mailing, CLOSED_ZONE, 5)
    make_batches(ledger, mailing, OPEN_ZONE, 3)
    leases = claim_some(ledger, most=2)
    assert len(leases) == 2
    zones = ledger.execute(
        "SELECT DISTINCT timezone FROM vestnik_batch WHERE id = ANY(%s)", [[lease.batch for lease in leases]]
    ).fetchall()
    assert zones == [(OPEN_ZONE,)]


def test_a_lease_knows_when_to_stop_and_when_the_window_opens_again(ledger: Any) -> None:
    now = ledger_now(ledger)
    window = window_open_in(OPEN_ZONE, now)
    make_batches(ledger, make_mailing(ledger, window), OPEN_ZONE, 1)
    (lease,) = claim_some(ledger)
    closes = datetime.fromtimestamp(lease.until, ZoneInfo(OPEN_ZONE)) + timedelta(seconds=6)
    opens = datetime.fromtimestamp(lease.reopens or 0, ZoneInfo(OPEN_ZONE))
    assert abs(closes - (now + timedelta(hours=2))) < timedelta(seconds=1)
    assert abs(opens - (now + timedelta(hours=22))) < timedelta(seconds=1)


def test_without_a_window_a_lease_has_no_hours(ledger: Any) -> None:
    make_batches(ledger, make_mailing(ledger, None), None, 1)
    (lease,) = claim_some(ledger)
    assert (lease.until, lease.reopens) == ALWAYS


def test_in_the_last_seconds_of_a_window_nothing_is_leased_any_more(ledger: Any) -> None:
    now = ledger_now(ledger)
    local = now.astimezone(ZoneInfo(OPEN_ZONE))
    window = SendWindow((local - timedelta(hours=1)).time(), (local + timedelta(seconds=5)).time())
    make_batches(ledger, make_mailing(ledger, window), OPEN_ZONE, 1)
    assert claim_some(ledger) == []
    ((due,),) = ledger.execute("SELECT due_at FROM vestnik_batch").fetchall()
    assert now + timedelta(hours=22) < due < now + timedelta(hours=24)


def test_a_zone_that_is_not_known_any_more_is_sent_nothing_and_waits_for_the_end(ledger: Any) -> None:
    mailing = make_mailing(ledger, window_open_in(OPEN_ZONE, ledger_now(ledger)))
    make_batches(ledger, mailing, LOST_ZONE, 2)
    assert claim_some(ledger) == []
    rows = ledger.execute("SELECT DISTINCT b.due_at = m.end_time FROM vestnik_batch b, vestnik_mailing m").fetchall()
    assert rows == [(True,)]


@pytest.mark.parametrize(
    ("zone", "hours_left", "code"),
    [(OPEN_ZONE, 4, "end"), (CLOSED_ZONE, 4, "window"), (LOST_ZONE, 4, "window")],
)
def test_what_is_left_at_the_end_says_whether_the_window_was_closed(
    ledger: Any, zone: str, hours_left: int, code: str
) -> None:
    mailing = make_mailing(ledger, window_open_in(OPEN_ZONE, ledger_now(ledger), hours=hours_left), ends_in=-1)
    make_batches(ledger, mailing, zone, 1)
    assert settle_ended(ledger, stopped=lambda: False) == 1
    rows = ledger.execute("SELECT DISTINCT state, code FROM vestnik_message_now").fetchall()
    assert rows == [(5, code)]
    assert finish_settled(ledger) == [mailing]
    ((state, expired),) = ledger.execute("SELECT state, (totals->>'expired')::int FROM vestnik_mailing").fetchall()
    assert (state, expired) == ("expired", 3)


def test_a_later_end_lets_a_window_open_after_all(ledger: Any) -> None:
    """Messages that do not fit are expired at the end, not before: an operator may still move it."""
    mailing = make_mailing(ledger, window_open_in(OPEN_ZONE, ledger_now(ledger)), ends_in=60)
    make_batches(ledger, mailing, CLOSED_ZONE, 1)
    assert claim_some(ledger) == []
    assert settle_ended(ledger, stopped=lambda: False) == 0
    ledger.execute("UPDATE vestnik_mailing SET end_time = end_time + interval '2 days'")
    ((due, end),) = ledger.execute("SELECT b.due_at, m.end_time FROM vestnik_batch b, vestnik_mailing m").fetchall()
    assert due < end


def test_a_batch_that_is_held_when_its_window_closes_is_handed_over_no_further_and_waits_for_the_opening(
    ledger: Any,
) -> None:
    begin(ledger, 30)
    stepped = Stepped(4)
    stepped.step()
    assert len(stepped.gateway.phones) == 4
    (lease,) = stepped.dispatcher.holdings
    lease.until = ledger_now(ledger).timestamp()
    lease.reopens = lease.until + 80_000
    stepped.gateway.answer()
    stepped.step(4)
    assert len(stepped.gateway.phones) == 4
    batch = "SELECT state, queued, sent, extract(epoch FROM due_at)::float8 FROM vestnik_batch"
    assert ledger.execute(batch).fetchone() == ("ready", 26, 4, pytest.approx(lease.reopens, abs=0.001))
    stepped.dispatcher.close()


def test_only_leases_whose_window_closes_are_drained() -> None:
    def lease(batch: int, until: float) -> Lease:
        return Lease(
            batch=batch, mailing=1, attempt=1, retries=0, token=1, ids=[1], phones=[1], doubtful={}, until=until
        )

    held = Holdings(100, FakeTransport(1, FakeGateway()))
    for each in (lease(1, 1_000.0), lease(2, 2_000.0), lease(3, float("inf"))):
        held.add(each)
    held.drain_closed(1_000.0)
    assert [each.left for each in held] == [0, 1, 1]


def test_as_many_batches_are_leased_as_fill_the_room_however_small_they_are(ledger: Any) -> None:
    mailing = make_mailing(ledger, None)
    make_batches(ledger, mailing, None, 30, messages=3)
    leases = claim_some(ledger, room=20)
    assert [len(lease.ids) for lease in leases] == [3] * 7
    more = claim_some(ledger, room=20, loaded={mailing: 16})
    assert [len(lease.ids) for lease in more] == [3] * 2
