"""Rate, end, pause and Retry-After, by the gateway's own clock: real dispatchers before a real simulator."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from harness.rows import add_clients, add_mailing, assert_totals_are_rows, sent_of, states_of
from harness.sending import sending, until
from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from vestnik.mailings.actions import pause
from vestnik.models import MessageState

#: Messages per second over all dispatchers.
RATE = 500


def is_over(ledger: Any, mailing: int) -> bool:
    rows = ledger.execute("SELECT FROM vestnik_mailing WHERE id = %s AND frozen_at IS NOT NULL", [mailing])
    return bool(rows.fetchall())


def is_leased(ledger: Any, mailing: int) -> bool:
    rows = ledger.execute("SELECT FROM vestnik_batch WHERE mailing_id = %s AND state = 'leased'", [mailing])
    return bool(rows.fetchall())


def last_of(ledger: Any, simulator: SimulatorClient, mailing: int, state: MessageState) -> float:
    """When the last request for a message came that is in this state now."""
    rows = ledger.execute(
        "SELECT id FROM vestnik_message_now WHERE mailing_id = %s AND state = %s", [mailing, state]
    ).fetchall()
    return float(max(row["last_at"] for row in simulator.ids() if (row["id"],) in rows))


def ends_at(ledger: Any, mailing: int) -> float:
    ((end,),) = ledger.execute(
        "SELECT extract(epoch FROM end_time)::float8 FROM vestnik_mailing WHERE id = %s", [mailing]
    ).fetchall()
    return float(end)


@pytest.mark.timeout(400)
def test_three_dispatchers_never_send_more_than_the_rate_allows_with_every_retry_counted(
    ledger: Any, tmp_path: Path
) -> None:
    """Slot number n opens n / RATE seconds after the work came. A busy machine makes requests late, never early."""
    add_clients(ledger, 3_000)
    log = tmp_path / "requests"
    with running_simulator(tmp_path, "--log", str(log)) as gateway, ExitStack() as stack:
        gateway.faults(shares={"429": 0.1}, retry_after=None)
        for _ in range(3):
            stack.enter_context(sending(gateway, max_rate=RATE))
        given = time.time()
        add_mailing(ledger)
        until(lambda: log.read_text().count("\n") > RATE * 3, seconds=200)
    starts = sorted(float(line.split("\t")[0]) for line in log.read_text().splitlines())
    early = [number for number, start in enumerate(starts) if start < given + number / RATE - 0.01]
    assert not early, f"{len(early)} of {len(starts)} requests came before their slot, the first is number {early[0]}"


def test_no_request_starts_in_the_last_second_each_is_cut_at_the_end_and_the_rest_expires(
    ledger: Any, simulator: SimulatorClient
) -> None:
    add_clients(ledger, 2_000)
    simulator.faults(shares={"hang": 0.1}, latency={"kind": "fixed", "ms": 200})
    with sending(simulator, concurrency=16, idempotent=False):
        mailing = add_mailing(ledger, ends_in=4)
        end = ends_at(ledger, mailing)
        until(lambda: is_over(ledger, mailing), seconds=20)
        settled = time.time()
    assert max(row["last_at"] for row in simulator.ids()) <= end - 1
    hung = last_of(ledger, simulator, mailing, MessageState.UNKNOWN)
    assert settled < hung + 10, "a request of ten seconds was not cut at the end"
    states = states_of(ledger, mailing)
    assert states.keys() == {MessageState.SENT, MessageState.EXPIRED, MessageState.UNKNOWN}
    assert states[MessageState.SENT] + states[MessageState.UNKNOWN] == simulator.totals()["requests"]
    ((state,),) = ledger.execute("SELECT state FROM vestnik_mailing WHERE id = %s", [mailing]).fetchall()
    assert state == "expired"
    assert_totals_are_rows(ledger, mailing)


def test_after_a_pause_returned_no_request_starts_later_than_half_a_second(
    ledger: Any, simulator: SimulatorClient
) -> None:
    """Where the machine is busy with other things, requests tell the time: in half a second 3,200 fit, 128 at once."""
    add_clients(ledger, 10_000)
    simulator.faults(latency={"kind": "fixed", "ms": 20})
    with sending(simulator), sending(simulator):
        mailing = add_mailing(ledger)
        until(lambda: sent_of(ledger, mailing) > 100)
        pause(mailing_id=mailing, actor=None)
        returned = time.time()
        until(lambda: time.time() > returned + 1.5)
        until(lambda: not is_leased(ledger, mailing))
        requests = [row["last_at"] for row in simulator.ids()]
        late = sum(1 for at in requests if at > returned)
        assert max(requests) <= returned + 0.5 or late < 3_200, f"{late}, until {max(requests) - returned:.1f} s after"
        received = simulator.totals()["requests"]
    assert 0 < received < 10_000
    assert_totals_are_rows(ledger, mailing)


@pytest.mark.parametrize(("form", "at_least"), [("seconds", 2.0), ("date", 1.0)])
def test_a_retry_after_holds_its_own_message_and_no_other(
    ledger: Any, simulator: SimulatorClient, form: str, at_least: float
) -> None:
    """A date is of whole seconds, so up to one of them is lost on the way."""
    add_clients(ledger, 20)
    simulator.faults(shares={"429": 1}, first=2, retry_after=2, retry_after_as=form)
    with sending(simulator, concurrency=1):
        mailing = add_mailing(ledger)
        until(lambda: is_over(ledger, mailing), seconds=20)
    waited = [row["last_at"] - row["first_at"] for row in simulator.ids()]
    held = [wait for wait in waited if wait]
    assert len(waited) == 20
    assert len(held) == 2
    assert all(at_least <= wait < 4 for wait in held), held
    assert states_of(ledger, mailing) == {MessageState.SENT: 20}
    assert ledger.execute("SELECT DISTINCT answers FROM vestnik_message_now").fetchall() == [(0,)]
