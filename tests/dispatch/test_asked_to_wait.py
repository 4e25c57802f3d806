"""A gateway that asks to wait for a day: believed for a minute, shown, ignored by decision, and named as a cause."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from harness.fake_transport import THROTTLED
from harness.stepping import Stepped, begin, states, tick
from tests.dispatch.test_breaker import breaker
from tests.dispatch.test_gateway_trouble import due_now, send_all
from vestnik.dispatch.decide import MAX_WAIT, WAITS, BreakerWatch, asks_for_long, believed_wait
from vestnik.dispatch.gateway_wait import ignore_wait
from vestnik.errors import StateForbids
from vestnik.gateways.adapters.probe import classify_answer
from vestnik.gateways.outcome import Outcome
from vestnik.health import facts, gateway_now
from vestnik.models import AuditEntry, MessageState

NOW = 1_445_412_480.0  # Wed, 21 Oct 2015 07:28:00 GMT
DAY = replace(THROTTLED, retry_after=86_400.0)


def asks(status: int, header: str | None) -> Outcome:
    return classify_answer(status, b"", header, NOW)


@pytest.mark.parametrize(
    ("header", "held", "long"),
    [
        (None, None, False), ("0", 0.0, False), ("7", 7.0, False), ("60", 60.0, False), ("61", 60.0, True),
        ("3600", 60.0, True), ("86400", 60.0, True), ("9" * 400, 60.0, True),
        ("-1", None, False), ("inf", None, False), ("nan", None, False), ("1e9", None, False), ("soon", None, False),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30.0, False), ("Wed, 21 Oct 2015 09:28:00 GMT", 60.0, True),
        ("Wed, 21 Oct 2015 10:28:30 +0300", 30.0, False), ("Wed, 21 Oct 2015 07:00:00 GMT", 0.0, False),
        ("Fri, 21 Oct 2095 07:28:00 GMT", 60.0, True), ("Wed, 99 Oct 2015 07:28:30 GMT", None, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_is_believed_for_a_minute_at_most(
    status: int, header: str | None, held: float | None, long: bool
) -> None:
    outcome = asks(status, header)
    assert believed_wait(outcome, ignored=False) == held
    assert believed_wait(outcome, ignored=True) is None
    assert asks_for_long(outcome) is long


def test_twenty_that_ask_for_long_in_a_row_open_the_breaker_and_short_ones_or_ignored_ones_do_not() -> None:
    watch = BreakerWatch()
    assert [watch.observe(asks(429, "3600")) for _ in range(20)] == [None] * 19 + [WAITS]
    assert [watch.observe(asks(429, "60")) for _ in range(50)] == [None] * 50
    for _ in range(50):
        assert watch.observe(asks(429, "3600")) is None
        watch.succeeded()
    watch.ignores_waits = True
    assert [watch.observe(asks(429, "3600")) for _ in range(50)] == [None] * 50


def told(stepped: Stepped) -> None:
    stepped.step()
    stepped.gateway.answer(DAY)
    stepped.step(6)


def test_a_day_is_a_minute_for_each_message_and_one_probe_a_minute_for_all(ledger: Any) -> None:
    begin(ledger, 100)
    stepped = Stepped(20)
    told(stepped)
    assert breaker(ledger) == ("open", WAITS)
    ((held, probe),) = ledger.execute(
        "SELECT max(extract(epoch FROM not_before - clock_timestamp())),"
        " (SELECT extract(epoch FROM probe_at - clock_timestamp()) FROM vestnik_gatewaystate) FROM vestnik_message_now"
    ).fetchall()
    assert MAX_WAIT - 20 < held <= MAX_WAIT
    assert MAX_WAIT - 20 < probe <= MAX_WAIT
    assert len(stepped.gateway.phones) == 20
    until = gateway_now().asked_until
    assert until is not None
    assert {fact.name: fact for fact in facts()}["breaker"].words.startswith("the gateway asked us to wait until")

    # The probe hears the same: one message, and the next one a minute later.
    due_now(ledger)
    ledger.execute("UPDATE vestnik_gatewaystate SET probe_at = clock_timestamp()")
    stepped.step(6)
    assert len(stepped.gateway.phones) == 21
    told(stepped)
    assert breaker(ledger)[0] == "open"
    assert len(stepped.gateway.phones) == 21

    # Then the gateway is well, though its day is not over: everything leaves.
    due_now(ledger)
    ledger.execute("UPDATE vestnik_gatewaystate SET probe_at = clock_timestamp()")
    stepped.step(6)
    stepped.gateway.answer()
    stepped.step(6)
    assert breaker(ledger) == ("closed", "")
    assert gateway_now().asked_until is None
    ledger.execute("UPDATE vestnik_message SET not_before = clock_timestamp() WHERE not_before IS NOT NULL")
    send_all(ledger, stepped)
    assert {state for state, _ in states(ledger).values()} == {MessageState.SENT}
    stepped.dispatcher.close()


def test_somebody_may_decide_not_to_wait_and_that_is_on_record(ledger: Any) -> None:
    begin(ledger, 100)
    with pytest.raises(StateForbids):
        ignore_wait(actor=None)
    stepped = Stepped(20)
    told(stepped)
    ignore_wait(actor=None)
    assert AuditEntry.objects.filter(action="gateway.ignore_wait").count() == 1
    assert breaker(ledger) == ("closed", "")
    assert gateway_now().asked_until is None
    due_now(ledger)
    told(stepped)
    assert len(stepped.gateway.phones) >= 40
    assert breaker(ledger) == ("closed", "")
    assert gateway_now().asked_until is None
    stepped.dispatcher.close()


def test_what_expires_meanwhile_says_that_the_gateway_had_asked_to_wait(ledger: Any) -> None:
    made = begin(ledger, 30)
    stepped = Stepped(20)
    told(stepped)
    stepped.dispatcher.stop()
    while not stepped.dispatcher.finished():
        stepped.step(1)
    stepped.dispatcher.close()
    made.refresh_from_db()
    ledger.execute(
        "UPDATE vestnik_mailing SET start_time = start_time - interval '2 s', end_time = clock_timestamp()"
        " WHERE id = %s",
        [made.id],
    )
    assert made.end_time > made.start_time + timedelta(minutes=1)
    tick(ledger)
    assert set(states(ledger).values()) == {(MessageState.EXPIRED, "wait")}
    details = [row[0] for row in ledger.execute("SELECT detail FROM vestnik_message_now ORDER BY id").fetchall()]
    assert all("asked to wait" in detail for detail in details)
    assert sum("the last try: http_429" in detail for detail in details) == 20
