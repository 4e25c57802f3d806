"""What is kept no longer than the settings say: numbers go to the day, rows a partition at a time, the totals stay."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from harness.rows import FIRST, assert_totals_are_rows
from harness.stepping import Stepped, begin, mailing, tick
from vestnik.db.connection import Connection, open_connection
from vestnik.db.locks import Lock
from vestnik.ledger.check import check_totals
from vestnik.mailings.unknown import count_unknown
from vestnik.models import AuditEntry, Draft, Inbound, Mailing
from vestnik.receipts import inbound
from vestnik.receipts.applying import apply_due
from vestnik.receipts.counts import receipt_counts
from vestnik.reports.letter import csv_of
from vestnik.statistics.delivery import delivery_of
from vestnik.statistics.messages import message_of_phone, page_of_messages
from vestnik.statistics.totals import totals_by_gateway, totals_of
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


def test_texts_from_people_are_kept_as_long_as_numbers(ledger: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "FORGOTTEN_AT_ONCE", 2)
    for days in (31, 31, 31, 29):
        ledger.execute(
            "INSERT INTO vestnik_inbound (gateway_id, phone, sender, text, received_at)"
            " VALUES (1, 79110000001, '', '', now() - make_interval(days => %s))",
            [days],
        )
    keep(messages=30)
    assert Inbound.objects.count() == 4
    keep(phones=30)
    assert Inbound.objects.count() == 1


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


RECEIPT = (
    "WITH moved AS (UPDATE vestnik_message SET state = 2, outcome_at = now(), gateway_id = %(gateway)s, sent_at = now()"
    " WHERE mailing_id = %(mailing)s AND id IN (SELECT id FROM vestnik_message WHERE mailing_id = %(mailing)s"
    " AND state < 2 ORDER BY id LIMIT %(count)s) RETURNING 1), counted AS (SELECT count(*) AS n FROM moved),"
    " of_batch AS (UPDATE vestnik_batch SET sent = sent - n, delivered = delivered + n FROM counted"
    " WHERE mailing_id = %(mailing)s)"
    " UPDATE vestnik_mailing SET totals = totals || jsonb_build_object('sent', (totals->>'sent')::int - n,"
    " 'delivered', (totals->>'delivered')::int + n) FROM counted WHERE id = %(mailing)s"
)


def test_what_receipts_said_is_counted_before_a_partition_goes(ledger: Connection, used_up: Mailing) -> None:
    """Nobody has looked at the mailing. One more receipt is being applied while the partition is to be dropped."""
    ledger.execute(RECEIPT, {"mailing": used_up.id, "count": 2, "gateway": 1})
    age(ledger, used_up, 40)
    with open_connection("receipts") as receipts, receipts.transaction():
        receipts.execute(RECEIPT, {"mailing": used_up.id, "count": 1, "gateway": 1})
        assert keep(messages=30) == Retained()
    assert keep(messages=30) == Retained(dropped=1)
    found = delivery_of(used_up.id)
    assert (found.total.delivered, found.operators[0].code, found.whole) == (3, "911", True)
    assert totals_by_gateway(used_up.id)[0].totals["delivered"] == 3


def test_a_receipt_after_its_partition_is_gone_changes_nothing_and_is_an_orphan(
    ledger: Connection, used_up: Mailing
) -> None:
    ((message,),) = ledger.execute("SELECT min(id) FROM vestnik_message WHERE mailing_id = %s", [used_up.id]).fetchall()
    age(ledger, used_up, 40)
    keep(messages=30)
    before = totals_of([Mailing.objects.get(id=used_up.id)])
    ledger.execute(
        "INSERT INTO vestnik_receipt (gateway_id, message_id, fate, code, words, received_at, due_at)"
        " VALUES (1, %s, 2, '', '', now() - interval '2 days', now())",
        [message],
    )
    apply_due(ledger, stopped=lambda: False)
    assert ledger.execute("SELECT verdict FROM vestnik_receipt").fetchall() == [("orphan",)]
    assert [(each.kind, each.count) for each in receipt_counts(1)] == [("orphan", 1)]
    assert totals_of([Mailing.objects.get(id=used_up.id)]) == before


def test_the_operators_of_receipts_are_counted_before_numbers_are_erased(ledger: Connection) -> None:
    made = finished(ledger)
    ledger.execute(RECEIPT, {"mailing": made.id, "count": 4, "gateway": 1})
    age(ledger, made, 90)
    assert keep(phones=90) == Retained(erased=1)
    assert [(each.code, each.delivered) for each in delivery_of(made.id).operators] == [("911", 4)]


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
    draft = Draft.objects.create(typed={}, changed_at=made.created_at - timedelta(days=91))
    monkeypatch.setattr(general, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(settings, "ENVIRONMENT", replace(settings.ENVIRONMENT, phone_retention_days=1))
    thread = general.Tidying()
    thread.start()
    until(lambda: Mailing.objects.get(id=made.id).phones_erased_at is not None, seconds=10)
    until(lambda: not Draft.objects.filter(id=draft.id).exists(), seconds=10)
    thread.stop()
    thread.join(30)
    assert thread not in threading.enumerate()
