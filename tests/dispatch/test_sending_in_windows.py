"""Nobody is sent anything outside its hours: real dispatchers against a gateway that notes when each request starts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from harness.rows import (
    add_clients,
    add_mailing,
    assert_totals_are_rows,
    ledger_now,
    sent_of,
    states_of,
    window_around,
)
from harness.sending import sending, until
from harness.simulator_client import SimulatorClient
from vestnik.mailings.hours import CLOSE_MARGIN
from vestnik.models import MessageState

OPEN_ZONE, CLOSED_ZONE = "Etc/GMT-1", "Etc/GMT-9"
HOURS = timedelta(hours=2)


def second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def receipts(simulator: SimulatorClient) -> list[tuple[datetime, datetime]]:
    """When the first and the last request for each id began to arrive."""
    return [
        (datetime.fromtimestamp(row["first_at"], UTC), datetime.fromtimestamp(row["last_at"], UTC))
        for row in simulator.ids()
    ]


def ready_batches(ledger: Any) -> list[datetime]:
    assert ledger.execute("SELECT FROM vestnik_batch WHERE state = 'leased'").fetchall() == []
    return [row[0] for row in ledger.execute("SELECT due_at FROM vestnik_batch WHERE state = 'ready'").fetchall()]


def test_a_window_that_closes_in_the_middle_ends_sending_until_it_opens_again(
    ledger: Any, simulator: SimulatorClient
) -> None:
    add_clients(ledger, 2_000, zones=[OPEN_ZONE])
    closes = second(ledger_now(ledger)) + CLOSE_MARGIN + timedelta(seconds=3)
    window = window_around(OPEN_ZONE, closes, before=HOURS, after=timedelta(0))
    mailing = add_mailing(ledger, window=window, ends_in=86_400)
    with sending(simulator, max_rate=200):
        until(lambda: sent_of(ledger, mailing) > 0, seconds=60)
        until(lambda: ready_batches_only(ledger, mailing, after=closes), seconds=60)
        until(lambda: ledger_now(ledger) > closes + timedelta(seconds=1), seconds=60)
    seen = receipts(simulator)
    assert 0 < len(seen) < 2_000
    assert all(first == last for first, last in seen)
    assert max(last for _, last in seen) < closes
    assert states_of(ledger, mailing) == {MessageState.SENT: len(seen), MessageState.QUEUED: 2_000 - len(seen)}
    assert set(ready_batches(ledger)) == {closes - HOURS + timedelta(days=1)}
    assert_totals_are_rows(ledger, mailing)


def ready_batches_only(ledger: Any, mailing: int, *, after: datetime) -> bool:
    """Nothing is leased, and all that is left waits for a later day."""
    rows = ledger.execute(
        "SELECT FROM vestnik_batch WHERE mailing_id = %s AND (state = 'leased' OR (state = 'ready' AND due_at < %s))",
        [mailing, after + timedelta(hours=1)],
    ).fetchall()
    return not rows


def test_what_is_to_be_tried_again_after_the_close_waits_for_the_next_opening(
    ledger: Any, simulator: SimulatorClient
) -> None:
    simulator.faults(shares={"429": 1.0}, retry_after=2)
    add_clients(ledger, 50, zones=[OPEN_ZONE])
    closes = second(ledger_now(ledger)) + CLOSE_MARGIN + timedelta(seconds=3)
    window = window_around(OPEN_ZONE, closes, before=HOURS, after=timedelta(0))
    mailing = add_mailing(ledger, window=window, ends_in=86_400)
    with sending(simulator):
        until(lambda: simulator.totals()["distinct"] == 50, seconds=60)
        until(lambda: ready_batches_only(ledger, mailing, after=closes), seconds=60)
        until(lambda: ledger_now(ledger) > closes + timedelta(seconds=1), seconds=60)
    assert max(last for _, last in receipts(simulator)) < closes
    assert states_of(ledger, mailing) == {MessageState.QUEUED: 50}
    assert set(ready_batches(ledger)) == {closes - HOURS + timedelta(days=1)}


def test_only_the_zones_whose_window_is_open_are_sent_to(ledger: Any, simulator: SimulatorClient) -> None:
    add_clients(ledger, 600, zones=[OPEN_ZONE, CLOSED_ZONE])
    window = window_around(OPEN_ZONE, ledger_now(ledger), before=HOURS, after=HOURS)
    mailing = add_mailing(ledger, window=window, ends_in=86_400)
    with sending(simulator):
        until(lambda: sent_of(ledger, mailing) == 300)
    assert simulator.totals()["distinct"] == 300
    by_zone = ledger.execute(
        "SELECT c.timezone, m.state, count(*) FROM vestnik_message_now m JOIN vestnik_client c ON c.id = m.client_id"
        " GROUP BY 1, 2 ORDER BY 1"
    ).fetchall()
    assert by_zone == [(OPEN_ZONE, MessageState.SENT, 300), (CLOSED_ZONE, MessageState.QUEUED, 300)]
    assert_totals_are_rows(ledger, mailing)


def test_the_first_message_leaves_when_the_window_opens_and_not_before(ledger: Any, simulator: SimulatorClient) -> None:
    add_clients(ledger, 20, zones=[OPEN_ZONE])
    opens = second(ledger_now(ledger)) + timedelta(seconds=3)
    mailing = add_mailing(ledger, window=window_around(OPEN_ZONE, opens, before=timedelta(0), after=HOURS))
    with sending(simulator):
        until(lambda: sent_of(ledger, mailing) == 20, seconds=60)
    first = min(first for first, _ in receipts(simulator))
    assert opens <= first < opens + timedelta(seconds=2)


def test_a_window_over_midnight_is_open_on_both_sides_of_it_and_closed_at_noon(
    ledger: Any, simulator: SimulatorClient
) -> None:
    now = ledger_now(ledger)
    zones = {f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT": hours for hours in range(-11, 13)}
    clocks = {zone: now.astimezone(ZoneInfo(zone)).hour for zone in zones}
    before, after, noon = (next(zone for zone, hour in clocks.items() if hour == wanted) for wanted in (23, 0, 12))
    window = window_around(before, now, before=timedelta(hours=1), after=timedelta(hours=3))
    assert window.opens > window.closes
    add_clients(ledger, 90, zones=[before, after, noon])
    mailing = add_mailing(ledger, window=window)
    with sending(simulator):
        until(lambda: sent_of(ledger, mailing) == 60)
    left = ledger.execute("SELECT DISTINCT timezone FROM vestnik_batch WHERE state <> 'done'").fetchall()
    assert left == [(noon,)]
    assert simulator.totals()["distinct"] == 60


def test_whose_window_does_not_open_before_the_end_expires_with_that_reason(
    ledger: Any, simulator: SimulatorClient
) -> None:
    add_clients(ledger, 40, zones=[OPEN_ZONE, CLOSED_ZONE])
    window = window_around(OPEN_ZONE, ledger_now(ledger), before=HOURS, after=HOURS)
    mailing = add_mailing(ledger, window=window, ends_in=4)
    with sending(simulator):
        until(lambda: ledger.execute("SELECT FROM vestnik_mailing WHERE frozen_at IS NOT NULL").fetchall(), seconds=30)
    ((state, totals),) = ledger.execute("SELECT state, totals FROM vestnik_mailing WHERE id = %s", [mailing]).fetchall()
    assert (state, totals["sent"], totals["expired"], sum(totals.values())) == ("expired", 20, 20, 40)
    codes = ledger.execute("SELECT DISTINCT code FROM vestnik_message_now WHERE state = 5").fetchall()
    assert codes == [("window",)]
    assert_totals_are_rows(ledger, mailing)
