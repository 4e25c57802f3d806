"""A gateway that comes back is held while another is up; one that comes and goes stays away."""

import pytest

from harness.fake_transport import NOT_SENT, FakeTransport
from harness.gateways import add_gateway, add_route
from harness.rows import add_clients
from harness.stepping import Stepped, mailing, tick
from vestnik.db.connection import Connection

#: Seconds of the ledger's time that pass between two looks.
LOOK = 5


def pass_time(ledger: Connection, seconds: int) -> None:
    """All instants that the gateways' states name come so much nearer."""
    ledger.execute(
        "UPDATE vestnik_gatewaystate SET probe_at = probe_at - make_interval(secs => %(s)s),"
        " back_at = back_at - make_interval(secs => %(s)s),"
        " breaker_changed_at = breaker_changed_at - make_interval(secs => %(s)s)",
        {"s": seconds},
    )
    ledger.execute("UPDATE vestnik_batch SET due_at = now(), again_at = now() WHERE state = 'ready'")


def is_open(ledger: Connection) -> bool:
    ((breaker,),) = ledger.execute("SELECT breaker FROM vestnik_gatewaystate WHERE id = 1").fetchall()
    return bool(breaker == "open")


def serve(gateway: FakeTransport, *, up: bool) -> None:
    if up:
        gateway.answer()
    else:
        gateway.answer(NOT_SENT)


@pytest.fixture
def first(ledger: Connection) -> Stepped:
    """A dispatcher of the default gateway, with much to send; another gateway is up, and has no dispatcher."""
    second = add_gateway(ledger, "second")
    add_route(ledger, [1], fallbacks=[second])
    add_clients(ledger, 5_000)
    mailing()
    tick(ledger)
    return Stepped(30)


def fail(ledger: Connection, first: Stepped) -> None:
    for _ in range(8):
        first.step(1)
        first.gateway.answer(NOT_SENT)
    assert is_open(ledger)


def test_it_takes_new_batches_after_a_minute_of_answered_probes(ledger: Connection, first: Stepped) -> None:
    fail(ledger, first)
    seconds = 0
    while is_open(ledger):
        assert seconds < 120
        pass_time(ledger, LOOK)
        seconds += LOOK
        for _ in range(3):
            first.step(2)
            first.gateway.answer()
        first.step(2)
    assert 55 <= seconds <= 80
    first.dispatcher.close()


def test_one_that_fails_and_recovers_every_20_seconds_is_switched_to_twice_at_most(
    ledger: Connection, first: Stepped
) -> None:
    fail(ledger, first)
    switches, was_open = 1, True
    for seconds in range(0, 600, LOOK):
        pass_time(ledger, LOOK)
        for _ in range(3):
            first.step(2)
            serve(first.gateway, up=seconds // 20 % 2 == 1)
        first.step(2)
        switches += is_open(ledger) != was_open
        was_open = is_open(ledger)
    assert switches <= 2
    first.dispatcher.close()


def test_a_probe_that_fails_in_the_hold_counts_after_those_before_it(ledger: Connection, first: Stepped) -> None:
    """Each may cost a message its certainty: one that answers now and then is not asked twice a second again."""
    fail(ledger, first)
    ledger.execute("UPDATE vestnik_gatewaystate SET probes_failed = 5 WHERE id = 1")
    for up, held in ((True, True), (False, False)):
        pass_time(ledger, LOOK)
        for _ in range(3):
            first.step(2)
            serve(first.gateway, up=up)
        first.step(2)
        row = ledger.execute("SELECT back_at IS NOT NULL FROM vestnik_gatewaystate WHERE id = 1").fetchall()
        assert row == [(held,)]
    ((failed, wait),) = ledger.execute(
        "SELECT probes_failed, extract(epoch FROM probe_at - clock_timestamp()) FROM vestnik_gatewaystate WHERE id = 1"
    ).fetchall()
    assert failed == 6
    assert wait > 10
    first.dispatcher.close()


def test_nobody_is_held_when_no_other_gateway_is_up(ledger: Connection, first: Stepped) -> None:
    fail(ledger, first)
    ledger.execute(
        "UPDATE vestnik_gatewaystate SET breaker = 'open', probe_at = now() + interval '1 hour' WHERE id <> 1"
    )
    pass_time(ledger, LOOK)
    for _ in range(3):
        first.step(2)
        first.gateway.answer()
    first.step(2)
    assert not is_open(ledger)
    first.dispatcher.close()


def test_the_hold_grows_when_outages_follow_each_other(ledger: Connection, first: Stepped) -> None:
    fail(ledger, first)
    holds = []
    for _ in range(3):
        ledger.execute("UPDATE vestnik_gatewaystate SET breaker = 'closed', breaker_changed_at = now() WHERE id = 1")
        first.step(2)
        first.gateway.answer()
        fail(ledger, first)
        holds += ledger.execute("SELECT hold_seconds FROM vestnik_gatewaystate WHERE id = 1").fetchone() or ()
    assert holds == [120, 240, 480]
    first.dispatcher.close()
