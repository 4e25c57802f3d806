"""A new row and its record stand or fall together."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DataError, IntegrityError, transaction

from vestnik.accounts.on_record import create_on_record
from vestnik.db.connection import Connection
from vestnik.models import AuditEntry, Client, Mailing, User


def client(phone: int = 79_111_234_567) -> Client:
    return Client(phone_number=phone, mobile_operator_code=911, tag="vip", timezone="UTC")


def test_both_are_written_and_the_row_knows_its_id(ledger: Connection) -> None:
    del ledger
    olga = User.objects.create(username="olga")
    row = client()
    assert create_on_record(row, actor=olga, action="client.create", details={"phone": "7911***4567"})
    assert Client.objects.get().id == row.id
    assert not row._state.adding, "a second save changes it"
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_name, entry.action) == (olga, "olga", "client.create")
    assert (entry.object_type, entry.object_id, entry.details) == ("client", row.id, {"phone": "7911***4567"})
    assert abs(entry.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_value_that_is_taken_writes_neither_and_breaks_no_transaction(ledger: Connection) -> None:
    del ledger
    assert create_on_record(client(), actor=None, action="client.create", details={}, unique="phone_number")
    with transaction.atomic():
        again = client()
        assert not create_on_record(again, actor=None, action="client.create", details={}, unique="phone_number")
        assert create_on_record(client(79_111_234_568), actor=None, action="client.create", details={})
    assert (Client.objects.count(), AuditEntry.objects.count(), again.id) == (2, 2, None)


def test_a_row_that_the_ledger_refuses_leaves_no_record(ledger: Connection) -> None:
    del ledger
    with pytest.raises(IntegrityError):
        create_on_record(client(1), actor=None, action="client.create", details={})
    with pytest.raises(DataError):
        create_on_record(
            Client(phone_number=79_111_234_567, mobile_operator_code=911, tag="x" * 65, timezone="UTC"),
            actor=None, action="client.create", details={},
        )  # fmt: skip
    assert (Client.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_a_record_that_the_ledger_refuses_leaves_no_row(ledger: Connection) -> None:
    del ledger
    with pytest.raises(ValueError, match="vocabulary"):
        create_on_record(client(), actor=None, action="client.invent", details={})
    with pytest.raises(DataError):
        create_on_record(client(), actor=User(username="x" * 151), action="client.create", details={})
    assert (Client.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_what_the_ledger_fills_in_is_in_the_row_as_if_django_had_saved_it(ledger: Connection) -> None:
    del ledger
    now = datetime.now(UTC)
    row = Mailing(message_text="text", filter_tags=["a"], start_time=now, end_time=now + timedelta(hours=1))
    create_on_record(row, actor=None, action="mailing.create", details={})
    stored = Mailing.objects.get()
    assert row.unknown_left == 0
    assert {name: value for name, value in vars(row).items() if name != "_state"} == {
        name: value for name, value in vars(stored).items() if name != "_state"
    }
