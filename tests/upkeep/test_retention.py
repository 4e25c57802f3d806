"""What is kept no longer than the settings say: numbers go to the day, rows a partition at a time, the totals stay."""

import threading
import time
from collections.abc import Iterator

import pytest

from harness.rows import FIRST, assert_totals_are_rows
from harness.stepping import Stepped, begin, mailing, tick
from vestnik.db.connection import Connection, open_connection
from vestnik.db.locks import Lock
from vestnik.ledger.check import check_totals
from vestnik.mailings.unknown import count_unknown
from vestnik.models import AuditEntry, Mailing
from vestnik.reports.letter import csv_of
from vestnik.statistics.messages import message_of_phone, page_of_messages
from vestnik.statistics.totals import totals_of
from vestnik.upkeep.retention import Retained, keep_no_longer


def finished(ledger: Connection, count: int = 5) -> Mailing:
    """A mailing that is over, its totals frozen."""
    made = begin(ledger, count)
    stepped = Stepped(concurrency=count)
    stepped.until_empty()
    stepped.dispatcher.close()
    tick(ledger)
    made.refresh_from_db()
    assert made.frozen_at is not None
    return made


def age(ledger: Connection, made: Mailing, days: float) -> None:
    ledger.execute(
        "UPDATE vestnik_mailing SET frozen_at = now() - make_interval(secs => %s) WHERE id = %s",
        [days * 86_400, made.id],
    )


def keep(*, phones: int | None = None, messages: int | None = None) -> Retained:
    return keep_no_longer(phone_days=phones, message_days=messages, stopped=lambda: False)


def partitions(ledger: Connection) -> set[str]:
    rows = ledger.execute(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'vestnik_message'::regclass"
    ).fetchall()
    return {name for (name,) in rows}


@pytest.fixture
def used_up(ledger: Connection) -> Iterator[Mailing]:
    """A finished mailing in a partition that no new mailing comes into; the empty ones before it are gone."""
    ledger.execute("SELECT setval('vestnik_mailing_id_seq', 5000)")
    made = finished(ledger)
    ledger.execute("SELECT setval('vestnik_mailing_id_seq', 6000)")
    keep(messages=30)
    assert "vestnik_message_5000" in partitions(ledger)
    yield made
    ledger.execute("SELECT vestnik_ensure_message_partition(0), vestnik_ensure_message_partition(1000)")


def test_numbers_are_erased_on_the_day_and_not_before_and_the_books_stay(ledger: Connection) -> None:
    made = finished(ledger)
    before = totals_of([made])[made.id]
    age(ledger, made, 89.9)
    assert keep(phones=90) == Retained()
    age(ledger, made, 90)
    assert keep(phones=90) == Retained(erased=1)
    made.refresh_from_db()
    rows = page_of_messages(mailing_id=made.id, states=None, cursor=0, most=10)
    assert [(row.phone, row.client, row.state) for row in rows] == [(None, None, "sent")] * 5
    assert message_of_phone(mailing_id=made.id, phone=FIRST, states=None) == []
    assert totals_of([made])[made.id] == before
    assert check_totals(ledger) == []
    assert_totals_are_rows(ledger, made.id)
    assert b",,sent," in csv_of([made.id])
    entry = AuditEntry.objects.get(action="retention.erase_phones")
    assert (entry.object_id, entry.details) == (made.id, {"days": 90, "messages": 5})


def test_without_a_setting_everything_is_kept(ledger: Connection) -> None:
    age(ledger, finished(ledger), 10_000)
    assert keep() == Retained()


def test_a_mailing_that_is_not_over_keeps_its_numbers(ledger: Connection) -> None:
    made = begin(ledger, 3)
    ledger.execute("UPDATE vestnik_mailing SET started_at = now() - interval '1 year', created_at = 'epoch'")
    assert keep(phones=1, messages=1) == Retained()
    assert page_of_messages(mailing_id=made.id, states=None, cursor=0, most=1)[0].phone == FIRST


def test_an_erasure_that_was_stopped_goes_on_and_one_process_does_it_at_a_time(ledger: Connection) -> None:
    age(ledger, finished(ledger), 2)
    assert keep_no_longer(phone_days=1, message_days=None, stopped=lambda: True) == Retained()
    with open_connection("another") as other:
        other.execute("SELECT pg_advisory_lock(%s)", [int(Lock.RETENTION)])
        assert keep(phones=1) == Retained()
        other.execute("SELECT pg_advisory_unlock(%s)", [int(Lock.RETENTION)])
    assert keep(phones=1) == Retained(erased=1)


def test_messages_whose_number_was_erased_are_never_sent_again(ledger: Connection) -> None:
    made = finished(ledger)
    ledger.execute("UPDATE vestnik_message SET state = 7, in_doubt = true")
    ledger.execute("UPDATE vestnik_batch SET unknown = sent, sent = 0")
    age(ledger, made, 2)
    keep(phones=1)
    from vestnik.mailings.unknown import resend_unknown

    decided = resend_unknown(mailing_id=made.id, actor=None)
    assert (decided.resent, decided.left) == (0, 5)


def test_a_partition_goes_when_all_of_it_is_old_and_its_totals_stay(ledger: Connection, used_up: Mailing) -> None:
    before = totals_of([used_up])[used_up.id]
    other = mailing()
    Mailing.objects.filter(id=other.id).update(id=5_900)
    age(ledger, used_up, 40)
    assert keep(messages=30) == Retained(), "another mailing of the partition is not over"
    Mailing.objects.filter(id=5_900).delete()
    assert keep(messages=30) == Retained(dropped=1)
    used_up.refresh_from_db()
    assert "vestnik_message_5000" not in partitions(ledger)
    assert used_up.messages_dropped_at is not None
    assert totals_of([used_up])[used_up.id] == before
    assert page_of_messages(mailing_id=used_up.id, states=None, cursor=0, most=10) == []
    assert count_unknown(used_up.id) == 0
    assert check_totals(ledger) == []
    assert AuditEntry.objects.filter(action="retention.drop_messages").latest("id").details["first_mailing"] == 5_000


def test_the_partition_that_new_mailings_come_into_stays(ledger: Connection) -> None:
    age(ledger, finished(ledger), 400)
    assert keep(messages=30) == Retained()


def test_a_drop_does_not_wait_for_a_long_reader_and_is_done_in_the_next_round(
    ledger: Connection, used_up: Mailing
) -> None:
    age(ledger, used_up, 40)
    with open_connection("reader") as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM vestnik_message")
        began = time.monotonic()
        assert keep(messages=30) == Retained()
        assert time.monotonic() - began < 3
    used_up.refresh_from_db()
    assert used_up.messages_dropped_at is None
    assert keep(messages=30) == Retained(dropped=1)


def test_a_mailing_that_starts_makes_its_partition_and_the_next_one(ledger: Connection) -> None:
    ledger.execute("SELECT setval('vestnik_mailing_id_seq', 8998)")
    begin(ledger, 2)
    assert {"vestnik_message_8000", "vestnik_message_9000"} <= partitions(ledger)
    mailing()
    mailing()
    assert {"vestnik_message_8000", "vestnik_message_9000"} <= partitions(ledger)
    tick(ledger)
    assert "vestnik_message_10000" in partitions(ledger)


def test_the_general_worker_tidies_by_itself(ledger: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from django.conf import settings

    from harness.sending import until
    from vestnik.workers import general

    made = finished(ledger)
    age(ledger, made, 2)
    monkeypatch.setattr(general, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(settings, "ENVIRONMENT", replace(settings.ENVIRONMENT, phone_retention_days=1))
    thread = general.Tidying()
    thread.start()
    until(lambda: Mailing.objects.get(id=made.id).phones_erased_at is not None, seconds=10)
    thread.stop()
    thread.join(30)
    assert thread not in threading.enumerate()
