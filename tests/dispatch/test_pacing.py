"""The rate limit: slots are spent at their time, one by one, and the ledger grants none for time that has passed."""

import pytest

from harness.stepping import Stepped, begin
from vestnik.db.connection import Connection
from vestnik.dispatch.gateway_row import SQL
from vestnik.dispatch.pacing import GRANT_SECONDS, Pacer, cost_of, smoothed_rate
from vestnik.gateways.adapters.smpp import Smpp
from vestnik.gateways.channel import ConnectionOptions


def test_without_a_limit_everything_may_leave_at_once() -> None:
    pacer = Pacer(None)
    assert pacer.allowed(0.0, 500) == 500
    assert pacer.ask(1_000) == 0


def test_a_grant_is_at_most_a_tenth_of_a_second_worth_of_messages() -> None:
    assert Pacer(500).ask(10_000) == 50
    assert Pacer(500).ask(7) == 7
    assert Pacer(3).ask(10) == 1


def test_nothing_is_asked_for_while_nothing_waits_or_half_a_grant_is_held() -> None:
    pacer = Pacer(500)
    assert pacer.ask(0) == 0
    pacer.grant(first=10.0, count=50)
    assert pacer.ask(10_000) == 0
    pacer.spend(30)
    assert pacer.ask(10_000) == 50


@pytest.mark.parametrize(
    ("now", "allowed"), [(9.99, 0), (10.0, 1), (10.0099, 1), (10.0101, 2), (10.05, 6), (10.2, 10), (99.0, 10)]
)
def test_slots_open_one_after_the_other(now: float, allowed: int) -> None:
    pacer = Pacer(100)
    pacer.grant(first=10.0, count=10)
    assert pacer.allowed(now, 1_000) == allowed


def test_spent_slots_do_not_open_again() -> None:
    pacer = Pacer(100)
    pacer.grant(first=10.0, count=10)
    pacer.spend(4)
    assert pacer.allowed(10.035, 1_000) == 0
    assert pacer.wait(10.035) == pytest.approx(0.005)
    assert pacer.allowed(10.041, 1_000) == 1


def test_a_hundred_messages_take_a_second_at_a_rate_of_a_hundred() -> None:
    pacer, now, left, booked = Pacer(100), 0.0, 0, 0.0
    while left < 101:
        if wanted := pacer.ask(1_000):
            first = max(now, booked)  # as the ledger books: one grant after the other
            pacer.grant(first, wanted)
            booked = first + wanted / 100
        leaving = pacer.allowed(now, 1_000)
        pacer.spend(leaving)
        left += leaving
        now += 0.001
    assert now == pytest.approx(1.0, abs=0.02)


# -- messages of several submits: an SMSC's rate counts submits, over all processes


@pytest.mark.parametrize(
    ("text", "max_rate", "of_submits", "cost"),
    [
        ("short", 50, 50, 1), ("x" * 400, 50, 50, 3), ("ж" * 200, 50, 50, 3), ("ж" * 2_000, 50, 50, 30),
        ("x" * 400, 10, 100, 1), ("ж" * 2_000, 10, 100, 3), ("x" * 400, 50, None, None), ("x" * 400, None, None, None),
    ],
)  # fmt: skip
def test_a_message_costs_its_submits_of_the_providers_rate(
    text: str, max_rate: int | None, of_submits: int | None, cost: float | None
) -> None:
    smpp = Smpp({"host": "127.0.0.1", "system_id": "me", "password": "x", "sender": "V", "rate": of_submits})
    assert smpp.max_rate() == of_submits
    channel = smpp.open(concurrency=1, timeout=1.0, options=ConnectionOptions())
    of_text = cost_of(channel, max_rate=max_rate, of_submits=of_submits)
    found = None if of_text is None else of_text(channel.prepare(text, expires_at=2e9))
    channel.close()
    assert found == cost


def test_a_debt_is_paid_by_the_next_slots_before_anything_leaves() -> None:
    pacer = Pacer(100)
    pacer.grant(first=10.0, count=10)
    pacer.spend(12.5)
    assert pacer.allowed(99.0, 100) == 0
    assert pacer.ask(0) == 2
    pacer.grant(first=10.2, count=4)
    assert pacer.allowed(99.0, 100) == 2
    assert pacer.ask(0) == 0


def test_bursts_of_a_slow_gateway_are_not_taken_for_speed() -> None:
    """400 messages/s: 128 at once, every 320 ms, looked at every 20 ms. What is granted ahead follows the estimate."""
    rate, seen = 0.0, []
    for flush in range(500):
        rate = smoothed_rate(rate, handed=128 if flush % 16 == 0 else 0, seconds=0.02)
        seen.append(rate)
    assert max(seen) < 2 * 400
    assert abs(sum(seen[100:]) / 400 - 400) < 20


def test_the_rate_follows_a_fast_gateway_within_a_second() -> None:
    rate = 0.0
    for _ in range(50):
        rate = smoothed_rate(rate, handed=200, seconds=0.02)
    assert 8_000 < rate <= 10_000


def test_time_that_nobody_used_is_not_saved_up_for_a_burst(ledger: Connection) -> None:
    ledger.execute("UPDATE vestnik_gatewaystate SET granted_until = clock_timestamp() - interval '1 hour'")
    grants = [SQL.run(ledger, "grant_slots", gateway=1, slots=50, rate=100)[0][0] for _ in range(3)]
    assert grants == pytest.approx([0.0, 0.5, 1.0], abs=0.2)
    ledger.execute("UPDATE vestnik_gatewaystate SET granted_until = NULL")


def pass_time(ledger: Connection, dispatchers: list[Stepped], seconds: float) -> None:
    """For the dispatchers, and for the ledger's slots."""
    for each in dispatchers:
        each.clock.advance(seconds)
    ledger.execute(
        "UPDATE vestnik_gatewaystate SET granted_until = granted_until - make_interval(secs => %s)", [seconds]
    )


@pytest.mark.parametrize("count", [1, 3])
def test_a_mailing_takes_hardly_longer_than_its_messages_take_at_the_rate(ledger: Connection, count: int) -> None:
    """The clock stands still but for the test's steps: a slow machine changes nothing."""
    messages, rate, tick = 400, 200, 0.01
    begin(ledger, messages)
    dispatchers = [Stepped(64, name=f"test {number}", max_rate=rate) for number in range(count)]
    for each in dispatchers:
        each.clock.stop()
    seconds = 0.0
    while sum(len(each.gateway.phones) for each in dispatchers) < messages and seconds < 10:
        for each in dispatchers:
            each.gateway.answer()
            each.dispatcher.step()
        pass_time(ledger, dispatchers, tick)
        seconds += tick
    for each in dispatchers:
        each.crash()
    assert seconds < 1.2 * messages / rate


@pytest.mark.parametrize("processes", [1, 2, 4])
@pytest.mark.parametrize("submits", [1, 3, 8])
def test_in_no_second_are_there_more_submits_than_the_rate(processes: int, submits: int) -> None:
    rate, tick, booked = 200, 0.001, 0.0
    pacers, sent = [Pacer(rate) for _ in range(processes)], [0]
    for step in range(5_000):
        now = step * tick
        for pacer in pacers:
            if wanted := pacer.ask(1_000):
                first = max(now, booked)  # as the ledger books: one grant after the other
                pacer.grant(first, wanted)
                booked = first + wanted / rate
            allowed = pacer.allowed(now, 1_000)
            leaving = max(1, allowed // submits) if allowed else 0
            pacer.spend(leaving * submits)
            sent.append(sent.pop() + leaving * submits)
        sent.append(sent[-1])
    second = int(1 / tick)
    most = max(late - early for early, late in zip(sent, sent[second:], strict=False))
    assert most <= rate * (1 + GRANT_SECONDS) + processes * submits
    assert sent[-1] >= 0.95 * 5 * rate


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("submits", [1, 3, 8])
def test_every_submit_of_every_process_has_its_slot_of_the_ledger(
    ledger: Connection, monkeypatch: pytest.MonkeyPatch, processes: int, submits: int
) -> None:
    messages = 120
    begin(ledger, messages)
    dispatchers = [Stepped(64, name=f"test {number}", max_rate=200) for number in range(processes)]
    granted: list[int] = []
    grant = Pacer.grant

    def noted(pacer: Pacer, first: float, count: int) -> None:
        granted.append(count)
        grant(pacer, first, count)

    monkeypatch.setattr(Pacer, "grant", noted)
    for each in dispatchers:
        each.dispatcher._sender.cost = lambda _text: float(submits)
        each.clock.stop()
    for _ in range(2_000):
        if sum(len(each.gateway.phones) for each in dispatchers) == messages:
            break
        for each in dispatchers:
            each.gateway.answer()
            each.dispatcher.step()
        pass_time(ledger, dispatchers, 0.01)
    for each in dispatchers:
        each.crash()
    assert sum(len(each.gateway.phones) for each in dispatchers) == messages
    assert sum(granted) > submits * messages - processes * submits
