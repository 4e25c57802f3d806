"""Single messages leave before bulk, each with its own text, and not after their own end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from harness.fake_transport import REFUSED, TIMEOUT
from harness.gateways import add_gateway, add_route
from harness.rows import FIRST, add_clients, add_mailing, sent_of
from harness.sending import sending, until
from harness.simulator_client import SimulatorClient
from harness.stepping import Stepped, begin, tick
from vestnik.audience.direct import SingleMessage, accept
from vestnik.clients.stop_list import stop_phones
from vestnik.db.clock import database_now
from vestnik.ledger.check import check_totals
from vestnik.statistics.single import single_message

#: Phones of nobody in the directory.
OTHERS = 79_220_000_000


def send(*texts: str, seconds: float = 3_600, first: int = OTHERS) -> list[int]:
    """Accept a message for each text, to phones that follow each other. Their ids."""
    now = database_now()
    end = now + timedelta(seconds=seconds)
    messages = [SingleMessage(phone=first + n, text=text, end=end) for n, text in enumerate(texts)]
    return [each.id for each in accept(messages, now=now, refuse_stopped=False)]


def outcome(ledger: Any, message: int) -> tuple[Any, ...]:
    row = ledger.execute("SELECT state, code FROM vestnik_message_now WHERE id = %s", [message]).fetchone()
    assert row is not None
    return tuple(row)


def test_each_message_has_its_own_text(ledger: Any) -> None:
    ids = send("one", "two", "three")
    stepped = Stepped(concurrency=10)
    stepped.step()
    sent = zip(stepped.gateway.phones, [text[0] for text in stepped.gateway.texts], strict=True)
    assert dict(sent) == {OTHERS: "one", OTHERS + 1: "two", OTHERS + 2: "three"}
    stepped.until_empty()
    assert {outcome(ledger, message) for message in ids} == {(1, "0")}
    assert check_totals(ledger) == []
    stepped.dispatcher.close()


def test_the_totals_are_right_with_phones_on_the_stop_list_and_phones_that_get_several(ledger: Any) -> None:
    stop_phones(phones=[OTHERS + 1], reason="asked", actor=None)
    for _ in range(3):
        send("to one", "to nobody")
    assert ledger.execute("SELECT count(*) FROM vestnik_mailing").fetchone() == (3,)
    assert ledger.execute("SELECT sum(queued), sum(cancelled) FROM vestnik_batch").fetchone() == (3, 3)
    assert check_totals(ledger) == []


def test_a_full_window_of_bulk_does_not_keep_a_single_message_back(ledger: Any) -> None:
    """Every connection has a request of bulk, and as much is granted as may be. The next free connection is its own."""
    begin(ledger, 100)
    stepped = Stepped(concurrency=4, window=8)
    stepped.step(6)
    assert stepped.gateway.free == 0
    send("at once")
    stepped.step(2)
    stepped.gateway.answer(count=1)
    stepped.step(2)
    assert stepped.gateway.phones[-1] == OTHERS
    stepped.dispatcher.close()


def test_leases_of_many_small_batches_do_not_keep_it_back(ledger: Any) -> None:
    begin(ledger, 100)
    ledger.execute("DELETE FROM vestnik_batch")
    ledger.execute(
        "INSERT INTO vestnik_batch (mailing_id, first_id, last_id, due_at, queued, state)"
        " SELECT mailing_id, id, id, now(), 1, 'ready' FROM vestnik_message"
    )
    stepped = Stepped(concurrency=100)
    stepped.gateway.concurrency = 0
    stepped.step(4)
    send("at once")
    stepped.step(2)
    stepped.gateway.concurrency = 1
    stepped.step(1)
    assert stepped.gateway.phones == [OTHERS]
    stepped.dispatcher.close()


def test_some_connections_stay_free_of_bulk_after_a_single_message(ledger: Any) -> None:
    send("first")
    stepped = Stepped(concurrency=64)
    stepped.step()
    begin(ledger, 200)
    stepped.step(6)
    assert stepped.gateway.free == 4
    send("second", first=OTHERS + 1)
    stepped.step()
    assert stepped.gateway.phones[-1] == OTHERS + 1
    stepped.dispatcher.close()


def test_bulk_has_all_connections_where_there_are_no_single_messages(ledger: Any) -> None:
    begin(ledger, 200)
    stepped = Stepped(concurrency=64)
    stepped.step(6)
    assert stepped.gateway.free == 0
    stepped.dispatcher.close()


def test_a_message_past_its_own_end_is_expired_and_not_sent(ledger: Any) -> None:
    late, (good,) = send("late", seconds=1.2), send("good", first=OTHERS + 1)
    until(lambda: ledger.execute("SELECT now() > min(end_time) FROM vestnik_batch").fetchone()[0], seconds=10)
    tick(ledger)
    stepped = Stepped(concurrency=10)
    stepped.step()
    assert stepped.gateway.phones == [OTHERS + 1]
    assert outcome(ledger, late[0])[1] == "end"
    stepped.until_empty()
    assert outcome(ledger, good)[1] == "0"
    assert check_totals(ledger) == []
    stepped.dispatcher.close()


def test_a_leased_message_is_not_handed_over_after_its_own_end(ledger: Any) -> None:
    (message,) = send("late", seconds=2.5)
    stepped = Stepped(concurrency=10)
    stepped.gateway.concurrency = 0
    stepped.step()
    until(lambda: ledger.execute("SELECT now() > min(end_time) FROM vestnik_batch").fetchone()[0], seconds=10)
    stepped.gateway.concurrency = 10
    stepped.step(4)
    tick(ledger)
    assert stepped.gateway.phones == []
    assert outcome(ledger, message)[1] == "end"
    assert check_totals(ledger) == []
    stepped.dispatcher.close()


@pytest.mark.parametrize(("answer", "code"), [(REFUSED, "17"), (TIMEOUT, "timeout")])
def test_answers_mean_the_same_as_in_bulk(ledger: Any, answer: Any, code: str) -> None:
    bulk, (message,) = begin(ledger, 1), send("one")
    del bulk
    stepped = Stepped(concurrency=10, idempotent=False)
    for _ in range(6):
        stepped.step(2)
        stepped.gateway.answer(answer)
    stepped.step(3)
    (like,) = ledger.execute("SELECT id FROM vestnik_message_now WHERE phone = %s", [FIRST]).fetchall()
    assert outcome(ledger, message) == outcome(ledger, like[0])
    assert outcome(ledger, message)[1] == code
    assert check_totals(ledger) == []
    stepped.dispatcher.close()


def test_a_phone_that_is_stopped_while_its_message_is_leased_gets_nothing(ledger: Any) -> None:
    (message,) = send("one")
    stepped = Stepped(concurrency=10)
    stepped.gateway.concurrency = 0
    stepped.step()
    stop_phones(phones=[OTHERS], reason="asked", actor=None)
    stepped.step()
    stepped.gateway.concurrency = 10
    stepped.step()
    assert stepped.gateway.phones == []
    assert outcome(ledger, message)[1] == "stop_list"
    assert check_totals(ledger) == []
    stepped.dispatcher.close()


def test_the_days_mailing_takes_no_more_after_midnight_and_finishes(ledger: Any) -> None:
    send("yesterday")
    ledger.execute("UPDATE vestnik_mailing SET start_time = start_time - interval '1 day'")
    send("today", first=OTHERS + 1)
    tick(ledger)
    assert ledger.execute("SELECT count(*), count(prepared_at) FROM vestnik_mailing").fetchone() == (2, 1)
    stepped = Stepped(concurrency=10)
    stepped.step()
    stepped.until_empty()
    tick(ledger)
    states = ledger.execute("SELECT state FROM vestnik_mailing ORDER BY id").fetchall()
    assert states == [("completed",), ("running",)]
    stepped.dispatcher.close()


def test_a_mailing_out_of_a_backup_gets_no_new_messages(ledger: Any) -> None:
    send("before")
    ledger.execute("UPDATE vestnik_mailing SET restored_at = now(), state = 'paused'")
    send("after", first=OTHERS + 1)
    assert ledger.execute("SELECT state FROM vestnik_mailing ORDER BY id").fetchall() == [("paused",), ("running",)]


def test_it_leaves_within_a_second_while_a_big_mailing_is_sent(ledger: Any, simulator: SimulatorClient) -> None:
    simulator.faults(latency={"kind": "fixed", "ms": 100})  # so at most 640 messages pass in a second
    add_clients(ledger, 50_000)
    big = add_mailing(ledger)
    created: dict[int, float] = {}
    with sending(simulator, concurrency=64):
        until(lambda: sent_of(ledger, big) > 200)
        for n in range(20):
            (message,) = send("at once", first=OTHERS + n)
            until(_is_sent(ledger, message), seconds=20)
            created[message] = n
        assert sent_of(ledger, big) < 50_000, "the big one was over: nothing was shown"
    came = {row["id"]: row["first_at"] for row in simulator.ids()}
    rows = ledger.execute(
        "SELECT id, extract(epoch FROM created_at)::float8 FROM vestnik_message WHERE id = ANY (%s)", [list(created)]
    ).fetchall()
    assert len(rows) == 20
    # The machine may be busy: the messages of the big one tell the time. The bench measures the seconds.
    others = sorted(sum(1 for first in came.values() if at < first < came[message]) for message, at in rows)
    assert others[10] < 640, others


def _is_sent(ledger: Any, message: int) -> Callable[[], bool]:
    return lambda: bool(outcome(ledger, message)[0] == 1)


def test_a_message_goes_over_the_gateway_of_its_rule_before_bulk(ledger: Any) -> None:
    second = add_gateway(ledger, "second")
    add_route(ledger, [second])
    begin(ledger, 100)
    by_default, over_second = Stepped(concurrency=4, name="a"), Stepped(concurrency=4, name="b", over=second)
    over_second.step(6)
    assert over_second.gateway.free == 0
    (message,) = send("at once")
    for _ in range(3):
        by_default.step()
        over_second.gateway.answer(count=1)
        over_second.step(2)
    assert by_default.gateway.phones == []
    assert over_second.gateway.texts[over_second.gateway.phones.index(OTHERS)][0] == "at once"
    assert OTHERS in over_second.gateway.phones[:6]
    over_second.gateway.answer()
    over_second.step(2)
    assert single_message(message_id=message).message.gateway == "second"
    for each in (by_default, over_second):
        each.dispatcher.close()
    assert check_totals(ledger) == []


@pytest.mark.parametrize(("took", "pause"), [(0.001, 0.02), (0.015, 0.03), (0.04, 0.05)])
def test_the_longer_an_exchange_takes_the_longer_the_next_one_waits_for_more(
    ledger: Any, took: float, pause: float
) -> None:
    """So on a busy machine single messages share exchanges, instead of making one after the other."""
    del ledger
    stepped = Stepped(concurrency=10)
    stepped.clock.stop()
    stepped.step(1)
    asked = stepped.dispatcher._exchanged_at
    stepped.clock.advance(took)
    stepped.dispatcher.wake()
    stepped.dispatcher.step()
    stepped.clock.advance(pause - took - 0.001)
    stepped.dispatcher.step()
    assert stepped.dispatcher._exchanged_at == asked
    stepped.clock.advance(0.002)
    stepped.dispatcher.step()
    assert stepped.dispatcher._exchanged_at == pytest.approx(asked + pause + 0.001)
    stepped.dispatcher.close()
