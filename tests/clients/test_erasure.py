"""One person is erased on request: nothing that holds the number stays but what the person's own wish needs."""

import json
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from psycopg.sql import SQL, Identifier

from harness.rows import FIRST, add_clients, add_mailing, assert_totals_are_rows
from harness.stepping import Stepped, begin, states, tick
from vestnik.cli.main import vestnik
from vestnik.clients import erasure
from vestnik.clients.erasure import KEPT_REASON, erase_client
from vestnik.clients.stop_list import stop_phones
from vestnik.db.connection import Connection, open_connection
from vestnik.errors import InvalidInput, NotFound
from vestnik.gateways.adapter import Fate, Inbound, Receipt
from vestnik.ledger.check import check_totals
from vestnik.models import (
    DEFAULT_GATEWAY,
    AuditEntry,
    Client,
    ImportJob,
    ImportMode,
    ImportRefusal,
    Mailing,
    OnError,
    StoppedPhone,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookEventType,
)
from vestnik.receipts.applying import apply_due
from vestnik.receipts.inbox import keep_inbound, keep_receipts
from vestnik.statistics.totals import totals_of
from vestnik.webhooks import messages
from vestnik.webhooks.endpoints import create_endpoint


def all_that_is_stored(ledger: Connection) -> str:
    """Every row of every table, as text."""
    tables = ledger.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    rows = [ledger.execute(SQL("SELECT t::text FROM {} t").format(Identifier(name))).fetchall() for (name,) in tables]
    return "\n".join(text for table in rows for (text,) in table)


def test_nothing_that_holds_the_number_stays_and_the_books_do(ledger: Connection) -> None:
    add_endpoint()
    made = begin(ledger, 5)
    stepped = Stepped(concurrency=5)
    stepped.until_empty()
    stepped.dispatcher.close()
    tick(ledger)
    made.refresh_from_db()
    write_all_events(ledger)
    add_receipts(ledger)  # outcomes that are in no event yet
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
    write_all_events(ledger)
    stored = all_that_is_stored(ledger)
    assert str(FIRST + 2) not in stored
    assert "911) 000-00-02" not in stored
    assert str(FIRST + 3) in stored
    assert "message.sent" in stored
    assert "message.delivered" in stored
    assert "inbound.received" in stored
    assert not Client.objects.filter(id=certificate.client).exists()
    # Or the rows of one person would still hang together.
    assert ledger.execute("SELECT FROM vestnik_message WHERE client_id = %s", [certificate.client]).fetchall() == []
    assert totals_of([made]) == before
    assert len(states(ledger)) == len(rows)
    assert check_totals(ledger) == []
    line = AuditEntry.objects.get(id=certificate.number)
    assert (line.action, line.object_id) == ("client.erase", certificate.client)
    assert "7911" not in json.dumps(line.details)


def test_waiting_and_kept_events_lose_the_person_and_keep_the_others(ledger: Connection) -> None:
    """What waits goes on without the person, what is kept for a replay, too; an event that was the person's is gone."""
    endpoint = add_endpoint()
    person, other = add_clients_and_send(ledger, 2)
    with ledger.transaction():
        keep_inbound(ledger, [Inbound(phone=f"+{FIRST + n}", to="1234", text=f"from {n}") for n in (0, 1)], gateway=1)
    WebhookAttempt.objects.create(
        endpoint_id=endpoint.id, event_uid=uuid4(), event_type="message.sent", milliseconds=1,
        answer=f"I know +7 911 {str(FIRST)[4:]}",
    )  # fmt: skip

    certificate = erase_client(client_id=person, actor=None)

    assert certificate.events == 2
    (sent,) = WebhookEvent.objects.filter(type="message.sent")
    assert [(each["client"], each["phone_number"], each["code"]) for each in sent.data["messages"]] == [
        (None, None, "0"), (other, str(FIRST + 1), "0"),
    ]  # fmt: skip
    (inbound,) = WebhookEvent.objects.filter(type="inbound.received")
    assert (inbound.data["phone_number"], inbound.data["text"]) == (str(FIRST + 1), "from 1")
    waiting = set(WebhookDelivery.objects.values_list("event_id", flat=True))
    assert waiting == set(WebhookEvent.objects.values_list("id", flat=True)) >= {sent.id, inbound.id}
    assert WebhookAttempt.objects.get().answer == ""
    assert str(FIRST) not in all_that_is_stored(ledger)
    # And once more, by the number alone, which stands nowhere now.
    assert erase_client(phone=FIRST, actor=None).events == 0


def test_events_forget_a_client_whose_messages_and_numbers_are_gone_already(ledger: Connection) -> None:
    """Retention has erased the messages, and the client had another number then: the events alone know the old one."""
    add_endpoint()
    person, other = add_clients_and_send(ledger, 2)
    ledger.execute("UPDATE vestnik_message SET phone = -id, client_id = 0")
    Client.objects.filter(id=person).update(phone_number=FIRST + 100)
    # The other one's former number belongs to somebody else now: the link to the client goes, the number stays.
    Client.objects.filter(id=other).update(phone_number=FIRST + 101)
    Client.objects.create(phone_number=FIRST + 1, mobile_operator_code=911, tag="new", timezone="Europe/Moscow")
    for client in (person, other):
        erase_client(client_id=client, actor=None)
    (sent,) = WebhookEvent.objects.filter(type="message.sent")
    assert [(each["client"], each["phone_number"]) for each in sent.data["messages"]] == [
        (None, None), (None, str(FIRST + 1)),
    ]  # fmt: skip


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_an_event_that_is_being_written_while_somebody_is_erased_does_not_bring_the_number_back(
    ledger: Connection, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Its transaction has read the phone and is not over: the erasure waits for it, and erases it there, too.

    The transaction begins before the erasure, or after the erasure has looked through the events.
    """
    add_endpoint()
    add_clients_and_send(ledger, 2, events=False)
    looked, erased = Event(), Event()
    tell, lock_list = messages._tell, erasure.lock_stop_list

    def slow(*args: Any) -> None:
        tell(*args)
        looked.set()
        blocked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        with open_connection("watcher") as watcher:
            until = monotonic() + 20
            while not erased.is_set() and watcher.execute(blocked).fetchone() == (0,) and monotonic() < until:
                sleep(0.01)

    def write() -> None:
        with open_connection("writer") as connection:
            write_all_events(connection)

    writer = Thread(target=write)

    def begin_to_write() -> None:
        writer.start()
        assert looked.wait(20)

    def lock_and_write() -> None:
        begin_to_write()
        lock_list()

    monkeypatch.setattr(messages, "_tell", slow)
    if when == "before":
        begin_to_write()
    else:
        monkeypatch.setattr(erasure, "lock_stop_list", lock_and_write)
    erase_client(phone=FIRST, actor=None)
    erased.set()
    writer.join(20)
    (sent,) = WebhookEvent.objects.filter(type="message.sent")
    assert [each["phone_number"] for each in sent.data["messages"]] == [None, str(FIRST + 1)]


def add_endpoint() -> WebhookEndpoint:
    """An endpoint that wants every event."""
    endpoint, _secret = create_endpoint(
        url="https://example.org/hook", event_types=WebhookEventType.values, description="", actor=None
    )
    return endpoint


def add_clients_and_send(ledger: Connection, number: int, *, events: bool = True) -> list[int]:
    """Send a mailing to so many clients, and return their ids. ``events``: what became of it is in events already."""
    begin(ledger, number)
    stepped = Stepped(concurrency=number)
    stepped.until_empty()
    stepped.dispatcher.close()
    tick(ledger)
    if events:
        write_all_events(ledger)
    return list(Client.objects.order_by("phone_number").values_list("id", flat=True))


def add_receipts(ledger: Connection) -> None:
    """All that was sent has arrived."""
    ids = [message for (message,) in ledger.execute("SELECT id FROM vestnik_message ORDER BY id").fetchall()]
    with ledger.transaction():
        keep_receipts(ledger, [Receipt(fate=Fate.DELIVERED, message_id=each) for each in ids], gateway=DEFAULT_GATEWAY)
    apply_due(ledger, stopped=lambda: False)


def write_all_events(ledger: Connection) -> None:
    """Make events of all outcomes that wait."""
    while messages.write_message_events(ledger):
        pass


@pytest.mark.parametrize("written", ["8{}", "{}", "8 ({}", "+7{}"])
def test_what_the_person_wrote_goes_however_the_provider_wrote_the_number(ledger: Connection, written: str) -> None:
    """Also of earlier releases, which took some of these spellings for no phone."""
    begin(ledger, 3)
    senders = [written.format(str(FIRST + each)[1:]) for each in (2, 3)]
    keep_inbound(ledger, [Inbound(phone=sender, to="1234", text="yes") for sender in senders], gateway=1)
    ledger.execute("UPDATE vestnik_inbound SET phone = NULL WHERE sender LIKE '8%'")
    keep_inbound(ledger, [Inbound(phone="1234", to="1234", text="a short number")], gateway=1)
    assert erase_client(phone=FIRST + 2, actor=None).inbound == 1
    left = ledger.execute("SELECT sender FROM vestnik_inbound ORDER BY id").fetchall()
    assert left == [(senders[1],), ("1234",)]


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
