"""The same thing done twice, two things at the same moment, and sweeps that were away for a day."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.rows import FIRST, add_clients
from harness.sending import until
from harness.stepping import Stepped, begin, mailing, states, tick
from vestnik.audience.build import build_audiences
from vestnik.broker import app
from vestnik.db.connection import open_connection
from vestnik.db.locks import Lock
from vestnik.errors import StateForbids
from vestnik.ledger.check import check_totals
from vestnik.mailings.edit import edit_mailing
from vestnik.mailings.fields import MailingFields
from vestnik.mailings.finish import finish
from vestnik.mailings.start import start_due
from vestnik.models import Mailing, MailingState
from vestnik.upkeep.sweep import sweep


def at_once(*actions: Callable[[], object]) -> None:
    """Run all actions at the same moment, each in a thread of its own; raise what one of them raised."""
    barrier = threading.Barrier(len(actions))
    faults: list[BaseException] = []

    def act(action: Callable[[], object]) -> None:
        barrier.wait(10)
        try:
            action()
        except BaseException as fault:  # noqa: BLE001 - the test's thread raises it
            faults.append(fault)

    threads = [threading.Thread(target=act, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    if faults:
        raise faults[0]


def number(ledger: Any, query: str) -> Any:
    return ledger.execute(query).fetchone()[0]


# -- at once, and twice


def test_a_start_between_the_reading_and_the_writing_of_an_edit_wins(ledger: Any) -> None:
    add_clients(ledger, 2)
    made = mailing()

    def slow_edit(fields: MailingFields) -> MailingFields:
        start_due(ledger)
        return replace(fields, message_text="Changed")

    with pytest.raises(StateForbids, match="only end_time"):
        edit_mailing(mailing_id=made.id, change=slow_edit, actor=None)
    made.refresh_from_db()
    assert (made.state, made.message_text) == (MailingState.RUNNING, "Hello")


@pytest.mark.usefixtures("ledger")
def test_an_edit_and_a_start_at_the_same_moment_do_not_overwrite_each_other() -> None:
    done: dict[int, bool] = {}

    def edit(identity: int) -> None:
        try:
            edit_mailing(mailing_id=identity, change=lambda old: replace(old, message_text="Changed"), actor=None)
            done[identity] = True
        except StateForbids:
            done[identity] = False

    with open_connection("start") as other:
        for _ in range(15):
            made = mailing()
            at_once(lambda made=made: edit(made.id), lambda: start_due(other))
    for made in Mailing.objects.all():
        assert made.state == MailingState.RUNNING
        assert made.message_text == ("Changed" if done[made.id] else "Hello")


def test_two_sweeps_at_once_start_build_and_settle_everything_once(ledger: Any) -> None:
    add_clients(ledger, 300)
    due = [mailing() for _ in range(10)]
    ended = mailing(hours=0.5)
    Mailing.objects.filter(id=ended.id).update(state="cancelled")

    def tick_alone() -> None:
        with open_connection("sweep") as connection:
            for _ in range(3):
                sweep(connection, idempotent=True, stopped=lambda: False, force=True)
                build_audiences(connection, stopped=lambda: False)

    at_once(tick_alone, tick_alone, tick_alone)
    per_mailing = ledger.execute("SELECT mailing_id, count(*) FROM vestnik_message GROUP BY 1 ORDER BY 1").fetchall()
    assert per_mailing == [(made.id, 300) for made in due]
    ended.refresh_from_db()
    assert ended.frozen_at is not None
    assert check_totals(ledger) == []


def test_a_second_sweep_leaves_the_work_to_the_first_but_one_that_is_stopped_holds_up_nobody(ledger: Any) -> None:
    with open_connection("first") as first:
        first.execute("SELECT pg_advisory_lock(%s)", [int(Lock.SWEEP)])
        made = mailing()
        assert sweep(ledger, idempotent=True, stopped=lambda: False) is False
        made.refresh_from_db()
        assert made.state == MailingState.SCHEDULED
        assert sweep(ledger, idempotent=True, stopped=lambda: False, force=True) is True
        made.refresh_from_db()
        assert made.state == MailingState.RUNNING


def test_every_celery_task_run_twice_does_no_harm(ledger: Any) -> None:
    made = begin(ledger, 50)
    stepped = Stepped(5)
    stepped.step()
    app.loader.import_default_modules()
    ours = [task for name, task in sorted(app.tasks.items()) if name.startswith("vestnik.")]
    assert len(ours) >= 4
    for task in ours * 2:
        task.run()
    at_once(*[task.run for task in ours * 2])
    assert check_totals(ledger) == []
    for _ in range(60):
        stepped.gateway.answer()
        stepped.step(1)
    assert stepped.gateway.phones == [FIRST + n for n in range(50)]
    for task in ours * 2:
        task.run()
    made.refresh_from_db()
    assert made.state == MailingState.COMPLETED
    assert check_totals(ledger) == []
    stepped.dispatcher.close()


def test_a_completion_waits_for_the_mailings_row_and_looks_after_it_has_it(ledger: Any) -> None:
    made = begin(ledger, 1)
    ledger.execute("UPDATE vestnik_message SET state = 1")
    ledger.execute("UPDATE vestnik_batch SET state = 'done', queued = 0, sent = 1")
    outcome: list[Any] = []
    with open_connection("finisher") as finisher, open_connection("watch") as watch:
        thread = threading.Thread(target=lambda: outcome.append(finish(finisher, made.id)))
        with ledger.transaction():
            ledger.execute("SELECT FROM vestnik_mailing WHERE id = %s FOR NO KEY UPDATE", [made.id])
            thread.start()
            waits = (
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vestnik finisher'"
                " AND wait_event_type = 'Lock'"
            )
            until(lambda: number(watch, waits) == 1, seconds=10)
            assert outcome == []
            ledger.execute("UPDATE vestnik_batch SET state = 'ready', queued = 1, sent = 0")
        thread.join(10)
        assert outcome == [None]
        made.refresh_from_db()
        assert made.state == MailingState.RUNNING


# -- time and place


def test_after_a_days_absence_of_every_sweep_all_is_caught_up(ledger: Any) -> None:
    add_clients(ledger, 3)
    late, missed = mailing(), mailing()
    yesterday = "UPDATE vestnik_mailing SET start_time = clock_timestamp() - interval '1 day'"
    ledger.execute(f"{yesterday} WHERE id = %s", [late.id])
    ledger.execute(f"{yesterday}, end_time = clock_timestamp() - interval '1 hour' WHERE id = %s", [missed.id])
    tick(ledger)
    late.refresh_from_db()
    missed.refresh_from_db()
    assert (late.state, missed.state) == (MailingState.RUNNING, MailingState.EXPIRED)
    assert missed.totals is not None
    assert set(missed.totals.values()) == {0}
    assert number(ledger, "SELECT count(*) FROM vestnik_message") == 3


def test_a_start_makes_the_partition_of_its_mailing_and_the_next_one_ahead(ledger: Any) -> None:
    ledger.execute("SELECT setval(pg_get_serial_sequence('vestnik_mailing', 'id'), 7500)")
    made = begin(ledger, 2)
    assert made.id > 7_500
    assert number(ledger, "SELECT tableoid::regclass::text FROM vestnik_message LIMIT 1") == "vestnik_message_7000"
    assert number(ledger, "SELECT to_regclass('vestnik_message_8000') IS NOT NULL")


def test_the_audience_is_who_was_there_at_the_start_and_keeps_its_phones(ledger: Any) -> None:
    add_clients(ledger, 2)
    mailing()
    start_due(ledger)
    add_clients(ledger, 1)
    build_audiences(ledger, stopped=lambda: False)
    ledger.execute("UPDATE vestnik_client SET phone_number = 79310000000 WHERE phone_number = %s", [FIRST])
    tick(ledger)
    assert sorted(states(ledger)) == [0, 1]


def test_message_ids_begin_beyond_any_that_a_gateway_has_seen_and_fit_a_javascript_number(ledger: Any) -> None:
    begin(ledger, 2)
    ids = [row[0] for row in ledger.execute("SELECT id FROM vestnik_message").fetchall()]
    assert len(set(ids)) == 2
    assert all(10**12 < message < 2**53 for message in ids)
