"""A phone that enters the stop list, or whose client is deleted, gets nothing; and the totals go on balancing."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import close_old_connections, connections

from harness.fake_transport import THROTTLED, TIMEOUT
from harness.rows import FIRST
from harness.stepping import Stepped, begin, mailing, states, tick
from vestnik.clients.directory import ClientFields, create_client, delete_client
from vestnik.clients.stop_list import allow_phones, stop_phones
from vestnik.db.connection import Connection, open_connection
from vestnik.db.locks import Lock
from vestnik.dispatch.exchange import Exchange, Reply
from vestnik.dispatch.recorder import Recorder
from vestnik.gateways.adapters.probe import Probe
from vestnik.gateways.outcome import Outcome
from vestnik.ledger.check import check_totals
from vestnik.ledger.recalls import queued_to
from vestnik.mailings.actions import pause
from vestnik.models import AuditEntry, Client, Mailing, StoppedPhone
from vestnik.upkeep.sweep import recover_lapsed


@pytest.fixture
def dispatcher(ledger: Connection) -> Iterator[Stepped]:
    del ledger
    stepped = Stepped()
    yield stepped
    stepped.dispatcher.close()


def test_a_stopped_phone_of_the_audience_has_its_row_cancelled_from_the_start(ledger: Connection) -> None:
    stop_phones(phones=[FIRST + 3], reason="asked us to stop", actor=None)
    begin(ledger)
    assert states(ledger)[3] == (6, "stop_list")
    assert [state for n, (state, _) in states(ledger).items() if n != 3] == [0] * 9
    assert check_totals(ledger) == []


def test_a_mailing_to_nobody_but_stopped_phones_completes(ledger: Connection) -> None:
    stop_phones(phones=[FIRST, FIRST + 1], reason="", actor=None)
    made = begin(ledger, 2)
    made.refresh_from_db()
    assert (made.state, made.totals["cancelled"]) == ("completed", 2)
    assert check_totals(ledger) == []


def test_entering_the_list_cancels_what_is_queued_in_all_live_mailings(ledger: Connection) -> None:
    begin(ledger)
    mailing()
    tick(ledger)
    stopped = stop_phones(phones=[FIRST + 3, FIRST + 4], reason="", actor=None)
    assert (stopped.added, stopped.recalled) == (2, (4, 0, 0))
    assert ledger.execute("SELECT count(*) FROM vestnik_message_now WHERE state = 6").fetchone() == (4,)
    assert check_totals(ledger) == []


def test_stopping_a_phone_twice_changes_nothing(ledger: Connection) -> None:
    begin(ledger)
    stop_phones(phones=[FIRST], reason="first", actor=None)
    again = stop_phones(phones=[FIRST], reason="second", actor=None)
    assert (again.added, again.known, again.recalled) == (0, 1, (0, 0, 0))
    assert StoppedPhone.objects.get().reason == "first"
    assert check_totals(ledger) == []


def test_a_message_that_may_have_been_delivered_becomes_unknown_not_cancelled(ledger: Connection) -> None:
    begin(ledger)
    ledger.execute("UPDATE vestnik_message SET in_doubt = true WHERE phone = %s", [FIRST + 1])
    assert stop_phones(phones=[FIRST + 1], reason="", actor=None).recalled == (0, 1, 0)
    assert states(ledger)[1][0] == 7
    assert check_totals(ledger) == []


def test_the_last_queued_message_gone_the_mailing_completes(ledger: Connection) -> None:
    made = begin(ledger, 1)
    stop_phones(phones=[FIRST], reason="", actor=None)
    tick(ledger)
    made.refresh_from_db()
    assert (made.state, made.totals["cancelled"]) == ("completed", 1)


def test_deleting_a_client_cancels_what_is_queued_for_its_phone(ledger: Connection) -> None:
    begin(ledger)
    assert delete_client(client=Client.objects.get(phone_number=FIRST + 5), actor=None) == (1, 0, 0)
    assert states(ledger)[5] == (6, "client_deleted")
    assert check_totals(ledger) == []
    entry = AuditEntry.objects.get(action="client.delete")
    assert str(FIRST + 5) not in str(entry.details)


def test_what_a_recall_would_cancel_is_told_before(ledger: Connection) -> None:
    begin(ledger)
    assert (queued_to(phone=FIRST), queued_to(phone=FIRST - 1)) == (1, 0)
    mailing()
    tick(ledger)
    assert queued_to(phone=FIRST) == 2
    stop_phones(phones=[FIRST], reason="", actor=None)
    assert (queued_to(phone=FIRST), queued_to(phone=FIRST + 1)) == (0, 2)


def test_a_phone_taken_off_the_list_is_in_the_next_audience(ledger: Connection) -> None:
    stop_phones(phones=[FIRST], reason="", actor=None)
    allow_phones(phones=[FIRST], actor=None)
    begin(ledger, 1)
    assert states(ledger) == {0: (0, None)}


def test_a_recalled_message_that_its_holder_had_in_memory_is_not_handed_over(
    ledger: Connection, dispatcher: Stepped
) -> None:
    begin(ledger)
    dispatcher.step()
    assert dispatcher.gateway.phones == [FIRST]
    recalled = stop_phones(phones=[FIRST + n for n in range(1, 10)], reason="", actor=None).recalled
    assert recalled.cancelled + recalled.sending == 9
    assert check_totals(ledger) == []
    dispatcher.step(1)
    dispatcher.until_empty()
    assert dispatcher.gateway.phones == [FIRST]
    assert [state for state, _ in states(ledger).values()] == [1] + [6] * 9
    assert check_totals(ledger) == []
    assert Mailing.objects.get().state == "completed"


def test_granted_messages_that_wait_for_a_connection_are_withdrawn(ledger: Connection) -> None:
    begin(ledger)
    slow = Stepped(concurrency=8)
    slow.gateway.concurrency = 4  # half of its connections are busy with something else
    slow.step()
    granted = ledger.execute("SELECT sending FROM vestnik_batch").fetchone()[0]
    assert len(slow.gateway.phones) == 4
    assert granted > 4, "the test wants messages that are granted and wait"
    recalled = stop_phones(phones=[FIRST + n for n in range(4, 10)], reason="", actor=None).recalled
    assert recalled == (10 - granted, 0, granted - 4)
    slow.step()
    assert [state for state, _ in states(ledger).values()] == [0] * 4 + [6] * 6
    assert check_totals(ledger) == []
    slow.until_empty()
    assert len(slow.gateway.phones) == 4
    assert check_totals(ledger) == []
    slow.dispatcher.close()


def test_a_recalled_message_in_flight_counts_by_its_answer(ledger: Connection, dispatcher: Stepped) -> None:
    begin(ledger, 1)
    dispatcher.step()
    assert stop_phones(phones=[FIRST], reason="", actor=None).recalled == (0, 0, 1)
    assert check_totals(ledger) == []
    dispatcher.until_empty()
    assert states(ledger)[0][0] == 1
    assert check_totals(ledger) == []


def test_a_flush_that_would_grant_recalled_messages_grants_nothing(ledger: Connection, dispatcher: Stepped) -> None:
    """The holder asks for more of its batch, not knowing yet that some of it was recalled."""
    begin(ledger, 4)
    dispatcher.step()
    dispatcher.gateway.answer()
    dispatcher.step(2)
    stop_phones(phones=[FIRST + 1, FIRST + 2], reason="", actor=None)
    for _ in range(8):
        dispatcher.step(1)
        assert check_totals(ledger) == []
        dispatcher.gateway.answer()
    assert dispatcher.gateway.phones == [FIRST, FIRST + 3]


@pytest.mark.parametrize(("outcome", "state"), [(THROTTLED, 6), (TIMEOUT, 7)])
def test_a_recalled_message_is_not_tried_again(
    ledger: Connection, dispatcher: Stepped, outcome: Outcome, state: int
) -> None:
    begin(ledger, 1)
    dispatcher.step()
    stop_phones(phones=[FIRST], reason="", actor=None)
    dispatcher.gateway.answer(outcome)
    dispatcher.step()
    assert states(ledger)[0][0] == state
    assert check_totals(ledger) == []


def test_a_recalled_message_whose_sender_died_is_unknown(ledger: Connection, dispatcher: Stepped) -> None:
    begin(ledger)
    dispatcher.step()
    stop_phones(phones=[FIRST + n for n in range(10)], reason="", actor=None)
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 s'")
    recover_lapsed(ledger, idempotent=True, stopped=lambda: False)
    assert {state for state, _ in states(ledger).values()} == {6, 7}
    assert states(ledger)[0][0] == 7
    assert check_totals(ledger) == []


def test_a_lease_given_back_takes_its_recalled_messages_out_of_the_queue(
    ledger: Connection, dispatcher: Stepped
) -> None:
    made = begin(ledger)
    dispatcher.step()
    stop_phones(phones=[FIRST + n for n in range(1, 10)], reason="", actor=None)
    pause(mailing_id=made.id, actor=None)
    dispatcher.gateway.answer()
    dispatcher.step()
    assert [state for state, _ in states(ledger).values()] == [1] + [6] * 9
    assert check_totals(ledger) == []


def test_a_flush_repeated_because_its_answer_was_lost_keeps_its_grant(
    ledger: Connection,
) -> None:
    """The grant is committed, its answer lost, messages are recalled, and the flush is repeated."""
    begin(ledger)
    lost: list[int] = []
    wrong: list[Any] = []

    class Losing(Recorder):
        def exchange(self, request: Exchange, *, give_up: Callable[[], bool]) -> Reply | None:
            reply = super().exchange(request, give_up=give_up)
            if not lost and any(update.granted for update in request.updates):
                lost.append(1)
                stop_phones(phones=[FIRST, FIRST + 1], reason="", actor=None)
                reply = super().exchange(request, give_up=give_up)
                wrong.extend(check_totals(ledger))
            return reply

    recorder = Losing("test", max_rate=None, timeout=30, facts=Probe.facts, on_connect=lambda _: None)
    dispatcher = Stepped(recorder=recorder)
    dispatcher.step()
    dispatcher.until_empty()
    assert lost
    assert wrong == []
    assert set(dispatcher.gateway.phones) == {FIRST + n for n in range(2, 10)}
    assert [state for state, _ in states(ledger).values()] == [6, 6] + [1] * 8
    assert check_totals(ledger) == []
    dispatcher.dispatcher.close()


def test_what_came_onto_the_list_past_its_door_is_not_loaded(ledger: Connection, dispatcher: Stepped) -> None:
    begin(ledger)
    StoppedPhone.objects.create(phone_number=FIRST + 2, created_by_name="a script")
    dispatcher.step()
    dispatcher.until_empty()
    assert FIRST + 2 not in dispatcher.gateway.phones
    assert states(ledger)[2] == (6, "stop_list")
    assert check_totals(ledger) == []


def test_an_audience_under_way_is_waited_for(ledger: Connection) -> None:
    """The chunk that is being built did not see the entry, so the entry must see the chunk."""
    begin(ledger)
    done = threading.Event()

    def enter() -> None:
        stop_phones(phones=[FIRST + 3], reason="", actor=None)
        connections.close_all()
        done.set()

    with open_connection("chunk") as chunk, chunk.transaction():
        chunk.execute("SELECT pg_advisory_xact_lock_shared(%s)", [int(Lock.STOP_LIST)])
        thread = threading.Thread(target=enter)
        thread.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        until = time.monotonic() + 5
        while not ledger.execute(waiting).fetchone()[0]:
            assert time.monotonic() < until
        assert not done.is_set()
    thread.join(30)
    assert done.is_set()


def test_recalls_while_a_dispatcher_sends_leave_books_that_balance(ledger: Connection) -> None:
    """Two thousand messages are sent in a thread while phones are stopped in another."""
    begin(ledger, 2_000)
    stepped = Stepped(concurrency=64)
    stop = threading.Event()

    def send() -> None:
        while not stop.is_set():
            stepped.gateway.answer()
            stepped.step(1)

    thread = threading.Thread(target=send)
    thread.start()
    entered: dict[int, float] = {}
    for n in range(1_999, 500, -13):
        stop_phones(phones=[FIRST + n], reason="", actor=None)
        entered[FIRST + n] = time.monotonic()
        assert check_totals(ledger) == []
    until = time.monotonic() + 60
    while Mailing.objects.get().state != "completed":
        assert time.monotonic() < until
        time.sleep(0.02)
    stop.set()
    thread.join()
    stepped.dispatcher.close()
    assert check_totals(ledger) == []
    handed, cancelled = set(stepped.gateway.phones), {FIRST + n for n, (s, _) in states(ledger).items() if s == 6}
    assert handed.isdisjoint(cancelled)
    assert len(handed) + len(cancelled) == 2_000
    assert cancelled
    close_old_connections()


def test_a_client_of_the_directory_can_be_deleted_while_no_mailing_runs(ledger: Connection) -> None:
    del ledger
    fields = ClientFields(phone=FIRST, operator_code=None, tag="vip", timezone="Europe/Moscow")
    assert delete_client(client=create_client(fields=fields, actor=None), actor=None) == (0, 0, 0)
    assert not Client.objects.exists()
