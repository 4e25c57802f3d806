"""One person is erased on request: nothing that holds the number stays but what the person's own wish needs."""

import json

import pytest
from click.testing import CliRunner
from psycopg.sql import SQL, Identifier

from harness.rows import FIRST, add_clients, add_mailing, assert_totals_are_rows
from harness.stepping import Stepped, begin, states, tick
from vestnik.cli.main import vestnik
from vestnik.clients.erasure import KEPT_REASON, erase_client
from vestnik.clients.stop_list import stop_phones
from vestnik.db.connection import Connection
from vestnik.errors import InvalidInput, NotFound
from vestnik.gateways.adapter import Inbound
from vestnik.ledger.check import check_totals
from vestnik.models import AuditEntry, Client, ImportJob, ImportMode, ImportRefusal, Mailing, OnError, StoppedPhone
from vestnik.receipts.inbox import keep_inbound
from vestnik.statistics.totals import totals_of


def all_that_is_stored(ledger: Connection) -> str:
    """Every row of every table, as text."""
    tables = ledger.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    rows = [ledger.execute(SQL("SELECT t::text FROM {} t").format(Identifier(name))).fetchall() for (name,) in tables]
    return "\n".join(text for table in rows for (text,) in table)


def test_nothing_that_holds_the_number_stays_and_the_books_do(ledger: Connection) -> None:
    made = begin(ledger, 5)
    stepped = Stepped(concurrency=5)
    stepped.until_empty()
    stepped.dispatcher.close()
    tick(ledger)
    made.refresh_from_db()
    job = ImportJob.objects.create(mode=ImportMode.CREATE, on_error=OnError.SKIP, created_by_name="anna")
    for line, written in enumerate(("8 (911) 000-00-02", str(FIRST + 2), "79110000003")):
        ImportRefusal.objects.create(job=job, line=line, reason="tag", cells=["Анна", written])
    with ledger.transaction():
        keep_inbound(ledger, [Inbound(phone=f"+{FIRST + each}", to="1234", text="yes") for each in (2, 3)], gateway=1)
    before, rows = totals_of([made]), states(ledger)
    assert str(FIRST + 2) in all_that_is_stored(ledger)

    certificate = erase_client(phone=FIRST + 2, actor=None)

    assert (certificate.messages, certificate.inbound, certificate.refused_rows) == (1, 1, 2)
    assert certificate.stop_list == "absent"
    stored = all_that_is_stored(ledger)
    assert str(FIRST + 2) not in stored
    assert "911) 000-00-02" not in stored
    assert str(FIRST + 3) in stored
    assert not Client.objects.filter(id=certificate.client).exists()
    # Or the rows of one person would still hang together.
    assert ledger.execute("SELECT FROM vestnik_message WHERE client_id = %s", [certificate.client]).fetchall() == []
    assert totals_of([made]) == before
    assert len(states(ledger)) == len(rows)
    assert check_totals(ledger) == []
    line = AuditEntry.objects.get(id=certificate.number)
    assert (line.action, line.object_id) == ("client.erase", certificate.client)
    assert "7911" not in json.dumps(line.details)


def test_what_is_queued_for_the_person_is_cancelled_and_never_reaches_the_gateway(ledger: Connection) -> None:
    made = begin(ledger, 5)
    stepped = Stepped(concurrency=2)
    stepped.step()  # the first two are on their way, the others in the dispatcher's hands
    certificate = erase_client(phone=FIRST + 3, actor=None)
    assert certificate.recalled.cancelled + certificate.recalled.sending == 1
    stepped.until_empty()
    stepped.dispatcher.close()
    tick(ledger)
    assert FIRST + 3 not in stepped.gateway.phones
    assert all(phone > 0 for phone in stepped.gateway.phones)
    assert len(stepped.gateway.phones) == 4
    assert_totals_are_rows(ledger, made.id)


def test_what_is_in_the_air_gets_its_outcome(ledger: Connection) -> None:
    made = begin(ledger, 2)
    stepped = Stepped(concurrency=2)
    stepped.step()
    assert FIRST in stepped.gateway.phones
    assert erase_client(phone=FIRST, actor=None).recalled.sending == 1
    stepped.until_empty()
    stepped.dispatcher.close()
    tick(ledger)
    assert totals_of([Mailing.objects.get(id=made.id)])[made.id]["sent"] == 2


def test_a_client_is_erased_under_earlier_numbers_too_unless_they_are_somebody_elses_now(ledger: Connection) -> None:
    begin(ledger, 3)
    moved, other = Client.objects.get(phone_number=FIRST), Client.objects.get(phone_number=FIRST + 1)
    Client.objects.filter(id=moved.id).update(phone_number=FIRST + 100)
    Client.objects.filter(id=other.id).update(phone_number=FIRST + 101)
    Client.objects.create(phone_number=FIRST + 1, mobile_operator_code=911, tag="new", timezone="Europe/Moscow")

    assert erase_client(client_id=moved.id, actor=None).messages == 1
    assert erase_client(client_id=other.id, actor=None).messages == 1
    stored = all_that_is_stored(ledger)
    assert str(FIRST) not in stored
    assert str(FIRST + 1) in stored


def test_values_of_a_client_go_from_messages_to_a_number_that_is_somebody_elses_now(ledger: Connection) -> None:
    first = begin_personal(ledger)
    stepped = Stepped(concurrency=2)
    stepped.until_empty()
    stepped.dispatcher.close()
    second = begin_personal(ledger)
    person = Client.objects.get(phone_number=FIRST)
    Client.objects.filter(id=person.id).update(phone_number=FIRST + 100)
    owner = Client.objects.create(
        phone_number=FIRST, mobile_operator_code=911, tag="vip", timezone="Europe/Moscow",
        attributes={"first_name": "Boris"},
    )  # fmt: skip
    third = begin_personal(ledger)

    certificate = erase_client(client_id=person.id, actor=None)

    # Sent to the former number, queued to it, and queued to the number of today.
    assert (certificate.messages, certificate.recalled.cancelled) == (3, 2)
    rows = "SELECT mailing_id, state, client_id, field_values FROM vestnik_message WHERE phone = %s ORDER BY mailing_id"
    assert ledger.execute(rows, [FIRST]).fetchall() == [
        (first, 0, 0, None), (second, 6, 0, None), (third, 0, owner.id, ["Boris"]),
    ]  # fmt: skip
    assert "Anna" not in all_that_is_stored(ledger)
    assert ledger.execute("SELECT FROM vestnik_message WHERE client_id = %s", [person.id]).fetchall() == []
    assert check_totals(ledger) == []
    for mailing in (first, second, third):
        assert_totals_are_rows(ledger, mailing)


def begin_personal(ledger: Connection) -> int:
    """A personal mailing to everybody, whose messages are made. The first client is called Anna."""
    if not Client.objects.exists():
        add_clients(ledger, 2)
        Client.objects.filter(phone_number=FIRST).update(attributes={"first_name": "Anna"})
    mailing = add_mailing(
        ledger, message_text="{{first_name|friend}}", personal=True, on_missing="default", locale="en"
    )  # fmt: skip
    tick(ledger)
    return mailing


@pytest.mark.parametrize(("forget", "left"), [(False, [KEPT_REASON]), (True, [])])
def test_the_wish_to_get_nothing_stays_without_its_words_unless_it_is_to_go_too(
    ledger: Connection, forget: bool, left: list[str]
) -> None:
    begin(ledger, 1)
    stop_phones(phones=[FIRST], reason="called, angry", actor=None)
    certificate = erase_client(phone=FIRST, actor=None, forget_refusal=forget)
    assert certificate.stop_list == ("removed" if forget else "kept")
    assert list(StoppedPhone.objects.values_list("reason", flat=True)) == left


def test_a_phone_that_is_nowhere_gets_a_certificate_too_and_an_unknown_client_does_not(ledger: Connection) -> None:
    del ledger
    assert erase_client(phone=FIRST, actor=None).messages == 0
    with pytest.raises(NotFound):
        erase_client(client_id=77, actor=None)
    with pytest.raises(InvalidInput):
        erase_client(actor=None)


def test_the_command_prints_the_certificate_without_the_number(ledger: Connection) -> None:
    begin(ledger, 2)
    result = CliRunner().invoke(vestnik, ["erase", f"+{FIRST}"])
    assert result.exit_code == 0, result.output
    number = AuditEntry.objects.get(action="client.erase").id
    assert result.output.startswith(f"certificate {number}: the client was deleted, 1 messages")
    assert "7911" not in result.output
    client = Client.objects.get()
    assert CliRunner().invoke(vestnik, ["erase", "--client", str(client.id)]).exit_code == 0
    assert isinstance(CliRunner().invoke(vestnik, ["erase"]).exception, InvalidInput)
