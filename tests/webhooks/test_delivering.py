"""The thread that delivers events: what hangs, what is lost and what is stopped holds up no other endpoint."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from harness.sending import until
from harness.webhook_receiver import Receiver, receiving
from tests.webhooks.stage import tell, waiting
from vestnik.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from vestnik.webhooks import delivery
from vestnik.webhooks import post as posting
from vestnik.webhooks.delivery import deliver_due, due_endpoints
from vestnik.workers import delivering
from vestnik.workers.delivering import Delivering

Made = Callable[..., WebhookEndpoint]
Begin = Callable[[], Delivering]
EVENTS = 30
KILL = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name LIKE 'vestnik webhooks%'"


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in these tests ends by itself: what hangs does so until its test lets it go on."""
    monkeypatch.setattr(posting, "READ_SECONDS", 300.0)
    monkeypatch.setattr(posting, "TOTAL_SECONDS", 300.0)
    monkeypatch.setattr(delivery, "LEASE_SECONDS", 600.0)


@pytest.fixture
def hung() -> Iterator[Receiver]:
    """An endpoint that takes what comes, and answers when ``may_answer`` is set."""
    with receiving() as server:
        server.may_answer.clear()
        yield server
        server.may_answer.set()


@pytest.fixture
def begin(ledger: Any, hung: Receiver) -> Iterator[Begin]:
    """Starts the thread, which is stopped after the test."""
    del ledger
    started: list[Delivering] = []

    def begun() -> Delivering:
        started.append(Delivering())
        started[-1].start()
        return started[-1]

    yield begun
    hung.may_answer.set()
    for thread in started:
        thread.stop()
        thread.join(30)


def is_under_way(receiver: Receiver) -> bool:
    return sum(receiver.came.values()) == 1


def attempts_of(endpoint: WebhookEndpoint) -> int:
    return WebhookAttempt.objects.filter(endpoint_id=endpoint.id).count()


@pytest.mark.usefixtures("hung")
def test_endpoints_that_hang_hold_no_connection_and_no_event_of_others(
    ledger: Any, receiver: Receiver, endpoint_of: Made, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All deliveries share one connection here, and three endpoints hang: the fourth gets everything meanwhile."""
    monkeypatch.setattr(delivering, "DELIVERY_CONNECTIONS", 1)
    with ExitStack() as stack:
        dead = [stack.enter_context(receiving()) for _ in range(3)]
        for server in dead:
            server.may_answer.clear()
            stack.callback(server.may_answer.set)
            endpoint_of(server)
        good = endpoint_of(receiver)
        tell(ledger, EVENTS)
        begin()
        until(lambda: attempts_of(good) == EVENTS, seconds=60)
        assert len(receiver.events) == EVENTS
        # Each of the others is still at its first event, and nothing of it was written down.
        until(lambda: all(is_under_way(server) for server in dead), seconds=60)
        assert WebhookAttempt.objects.exclude(endpoint_id=good.id).count() == 0
        assert waiting() == 3 * EVENTS


def test_a_lost_connection_is_replaced_though_an_endpoint_hangs(
    ledger: Any, receiver: Receiver, hung: Receiver, endpoint_of: Made, begin: Begin
) -> None:
    dead, good = endpoint_of(hung, "mailing.paused"), endpoint_of(receiver, "mailing.started")
    tell(ledger, 1, "mailing.paused")
    tell(ledger, 1)
    begin()
    until(lambda: is_under_way(hung) and attempts_of(good) == 1, seconds=60)
    assert ledger.execute(KILL).fetchall()
    tell(ledger, 1)
    until(lambda: attempts_of(good) == 2, seconds=60)
    assert (attempts_of(dead), sum(hung.came.values())) == (0, 1)


def test_what_is_posted_while_the_connection_is_lost_is_written_down_over_another(
    ledger: Any, hung: Receiver, endpoint_of: Made, begin: Begin
) -> None:
    endpoint = endpoint_of(hung)
    tell(ledger, 1)
    begin()
    until(lambda: is_under_way(hung), seconds=60)
    ledger.execute(KILL)
    hung.may_answer.set()
    until(lambda: waiting() == 0, seconds=60)
    assert attempts_of(endpoint) == sum(hung.came.values()) == 1


def test_an_attempt_is_written_down_once_the_ledger_is_back(
    ledger: Any, hung: Receiver, endpoint_of: Made, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is cut off in the transaction that settles, twice: the event has arrived, and is not posted again."""
    endpoint, cut = endpoint_of(hung), []
    settle = delivery.settle

    def cut_off(connection: Any, *arguments: Any) -> None:
        if len(cut) < 2:
            cut.append(ledger.execute("SELECT pg_terminate_backend(%s, 10000)", [connection.info.backend_pid]))
        settle(connection, *arguments)

    monkeypatch.setattr(delivery, "settle", cut_off)
    hung.may_answer.set()
    tell(ledger, 1)
    begin()
    until(lambda: waiting() == 0, seconds=60)
    assert (len(cut), attempts_of(endpoint), sum(hung.came.values())) == (2, 1, 1)


def test_a_stop_waits_for_what_is_posted_writes_it_down_and_takes_nothing_more(
    ledger: Any, hung: Receiver, endpoint_of: Made, begin: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = endpoint_of(hung)
    tell(ledger, 2)
    thread = begin()
    until(lambda: is_under_way(hung), seconds=60)
    thread.stop()
    thread.join(0.5)
    assert thread.is_alive()
    hung.may_answer.set()
    thread.join(30)
    assert not thread.is_alive()
    assert attempts_of(endpoint) == sum(hung.came.values()) == 1
    (left,) = WebhookDelivery.objects.all()
    assert left.attempts == 0
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_stop_does_not_wait_for_ever(
    ledger: Any, hung: Receiver, endpoint_of: Made, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "STOP_SECONDS", 0.1)
    endpoint_of(hung)
    tell(ledger, 1)
    thread = begin()
    until(lambda: is_under_way(hung), seconds=60)
    thread.stop()
    thread.join(30)
    assert not thread.is_alive()
    assert waiting() == 1  # It is due again when its attempt counts as lost.


def test_deliveries_go_on_while_events_are_made_of_outcomes(
    ledger: Any, hung: Receiver, endpoint_of: Made, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A piece of outcomes takes as long as it takes: nothing that is delivered waits for it."""
    writes, may_go_on = threading.Event(), threading.Event()

    def write(_: Any) -> int:
        if is_under_way(hung):
            writes.set()
            assert may_go_on.wait(60)
        return 0

    monkeypatch.setattr(delivering, "write_message_events", write)
    endpoint = endpoint_of(hung)
    tell(ledger, EVENTS)
    begin()
    assert writes.wait(60)
    hung.may_answer.set()
    try:
        until(lambda: attempts_of(endpoint) == EVENTS, seconds=60)
        assert waiting() == 0
    finally:
        may_go_on.set()


def test_an_event_that_was_made_of_outcomes_is_sent_before_all_others_are_made(
    receiver: Receiver, endpoint_of: Made, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood of outcomes fills each piece: it must not keep the first event back until the last one is made."""
    pieces = []

    def write(connection: Any) -> int:
        if not pieces:
            tell(connection, 1)
        pieces.append(len(receiver.events))
        return 0 if receiver.events else delivering.MOST_ROWS

    monkeypatch.setattr(delivering, "write_message_events", write)
    endpoint = endpoint_of(receiver)
    begin()
    until(lambda: attempts_of(endpoint) == 1, seconds=60)


def test_a_job_that_ends_wakes_the_thread_for_what_came_meanwhile(
    ledger: Any, receiver: Receiver, endpoint_of: Made, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event that comes while a job ends is found by nobody: the next look would be an hour later here."""
    monkeypatch.setattr(delivering, "LOOK_SECONDS", 3_600.0)
    more = iter(range(3))

    def deliver(*arguments: Any, **options: Any) -> int:
        made = deliver_due(*arguments, **options)
        for _ in more:
            tell(ledger, 1)
            break
        return made

    monkeypatch.setattr(delivering, "deliver_due", deliver)
    endpoint = endpoint_of(receiver)
    tell(ledger, 1)
    begin()
    until(lambda: attempts_of(endpoint) == 4, seconds=60)


def test_a_job_that_ends_between_the_look_and_the_beginning_of_jobs_is_begun_again(
    ledger: Any, hung: Receiver, endpoint_of: Made, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread has looked, and found an event; the endpoint's job ends before it is asked whether it has."""
    monkeypatch.setattr(delivering, "LOOK_SECONDS", 3_600.0)
    monkeypatch.setattr(delivering.Delivering, "_ended", lambda *_: None)
    endpoint = endpoint_of(hung)

    def look(connection: Any) -> list[int]:
        found = due_endpoints(connection)
        if is_under_way(hung):
            tell(ledger, 1)
            hung.may_answer.set()
            until(lambda: waiting() == 0, seconds=60)
            tell(ledger, 1)
            found = due_endpoints(connection)
            until(thread._jobs[endpoint.id].done, seconds=60)
        return found

    monkeypatch.setattr(delivering, "due_endpoints", look)
    tell(ledger, 1)
    thread = begin()
    until(lambda: is_under_way(hung), seconds=60)
    thread._woken.set()
    until(lambda: attempts_of(endpoint) == 3, seconds=60)


def test_statements_that_deliveries_repeat_are_kept_and_find_a_row_by_its_key(
    ledger: Any, receiver: Receiver, endpoint_of: Made
) -> None:
    """They are planned once, perhaps on empty tables: the plan has to be right for full ones."""
    thread, endpoint = Delivering(), endpoint_of(receiver)
    for _ in range(8):  # The first five runs are planned with their values.
        tell(ledger, 1)
        assert deliver_due(thread._connections.lend, endpoint.id, stopped=lambda: False) == 1
    with thread._connections.lend() as connection:
        kept = connection.execute(
            "SELECT name, statement, parameter_types::text[] FROM pg_prepared_statements"
        ).fetchall()
        assert {statement.split("\n")[0].removeprefix("-- ")[:20] for _, statement, _ in kept} >= {
            "Takes the next event", "For people who look ", "The event has arrive", "The endpoint answers",
        }  # fmt: skip
        for name, statement, types in kept:
            connection.execute("SET plan_cache_mode = force_generic_plan")
            values = ", ".join(f"'{'t' if kind == 'boolean' else 1}'" for kind in types)
            if "uuid" in types:
                continue  # An INSERT.
            plan = "\n".join(row[0] for row in connection.execute(f'EXPLAIN EXECUTE "{name}"({values})'))
            assert "Seq Scan" not in plan, statement
            assert "Sort" not in plan, statement
            assert "webhook_delivery_due" in plan or "Takes the next" not in statement
    thread._connections.close()
