"""A personal mailing is sent: everybody gets their own text, as it was frozen, whatever happens to the client since."""

from typing import Any

import pytest

from harness.fake_transport import TIMEOUT
from harness.rows import FIRST, add_clients, add_mailing, assert_totals_are_rows, is_over
from harness.sending import sending, until
from harness.simulator_client import SimulatorClient
from harness.stepping import Stepped, states, tick
from vestnik.clients.directory import ClientFields, create_client, delete_client, update_client
from vestnik.clients.erasure import erase_client
from vestnik.console.mailings.words import CODE_WORDS
from vestnik.ledger.check import check_totals
from vestnik.models import Client, Mailing
from vestnik.statistics.texts import texts_of

TEXT = "{{first_name|друг}}, {{phone_number}}"


def begin(ledger: Any, count: int, **columns: Any) -> int:
    """A personal mailing to so many clients, each called by the end of their number, whose messages are made."""
    add_clients(ledger, count)
    ledger.execute(
        "UPDATE vestnik_client SET attributes = jsonb_build_object('first_name', 'n' || phone_number % 1000)"
        " WHERE phone_number % 3 <> 0"
    )
    mailing = add_mailing(ledger, message_text=TEXT, personal=True, on_missing="default", locale="ru", **columns)
    tick(ledger)
    return mailing


def own(phone: int) -> str:
    return f"{'друг' if phone % 3 == 0 else f'n{phone % 1000}'}, {phone}"


def sent(stepped: Stepped) -> dict[int, str]:
    return dict(zip(stepped.gateway.phones, [text for text, _end in stepped.gateway.texts], strict=True))


def test_everybody_gets_their_own_text(ledger: Any) -> None:
    mailing = begin(ledger, 20)
    stepped = Stepped(concurrency=20)
    stepped.step()
    assert sent(stepped) == {FIRST + n: own(FIRST + n) for n in range(20)}
    stepped.until_empty()
    assert_totals_are_rows(ledger, mailing)
    assert check_totals(ledger) == []
    stepped.dispatcher.close()
    # What was sent can be shown again.
    rows = ledger.execute("SELECT id, phone FROM vestnik_message WHERE mailing_id = %s", [mailing]).fetchall()
    texts = texts_of(Mailing.objects.get(id=mailing), [message for message, _ in rows])
    assert texts == {message: own(phone) for message, phone in rows}


def called(phone: int, name: str) -> ClientFields:
    return ClientFields(
        phone=phone, operator_code=None, tag="vip", timezone="Europe/Moscow", attributes={"first_name": name}
    )


@pytest.mark.parametrize("under_way", [False, True], ids=["before it is leased", "while a dispatcher holds it"])
def test_what_was_frozen_holds_whatever_becomes_of_the_client_in_the_middle_of_a_mailing(
    ledger: Any, under_way: bool
) -> None:
    mailing = begin(ledger, 6)
    stepped = Stepped(concurrency=1)
    if under_way:
        stepped.step()  # the first message is handed over, the texts of the others are made
    _, moved, deleted, erased, changed, _ = Client.objects.order_by("phone_number")
    update_client(client=moved, fields=called(79990000000, "moved"), actor=None)
    create_client(fields=called(FIRST + 1, "stranger"), actor=None)
    assert delete_client(client=deleted, actor=None).cancelled + under_way >= 1
    create_client(fields=called(FIRST + 2, "stranger"), actor=None)
    erase_client(phone=erased.phone_number, actor=None)
    create_client(fields=called(FIRST + 3, "stranger"), actor=None)
    update_client(client=changed, fields=called(FIRST + 4, "changed"), actor=None)

    stepped.until_empty()
    stepped.dispatcher.close()
    # Their own text as it was frozen, to the phone that it was made for; nobody else's values, and nothing else.
    assert sent(stepped) == {phone: own(phone) for phone in (FIRST, FIRST + 1, FIRST + 4, FIRST + 5)}
    now = states(ledger)
    assert now[2] == (6, "client_deleted")
    assert [now[n] for n in (0, 1, 4, 5)] == [(1, "0")] * 4
    gone = "SELECT phone, state FROM vestnik_message WHERE mailing_id = %s AND field_values IS NULL"
    ((phone, state),) = ledger.execute(gone, [mailing]).fetchall()
    assert (phone < 0, state) == (True, 6), "erasure takes the values with the phone"

    # What was sent is erased, too.
    erase_client(phone=FIRST + 1, actor=None)
    assert ledger.execute("SELECT count(*) FROM vestnik_message WHERE field_values IS NULL").fetchone() == (2,)
    assert check_totals(ledger) == []


def test_a_message_whose_values_are_gone_is_never_sent_as_the_text_is_written(ledger: Any) -> None:
    begin(ledger, 3)
    ledger.execute("UPDATE vestnik_message SET field_values = NULL WHERE phone = %s", [FIRST + 1])
    stepped = Stepped(concurrency=3)
    stepped.until_empty()
    stepped.dispatcher.close()
    assert sent(stepped) == {phone: own(phone) for phone in (FIRST, FIRST + 2)}
    assert states(ledger)[1] == (6, "values_erased")
    detail = ledger.execute("SELECT detail FROM vestnik_message WHERE phone = %s", [FIRST + 1]).fetchone()[0]
    assert "values" in detail
    assert str(CODE_WORDS["values_erased"]) != str(CODE_WORDS["stop_list"])
    assert check_totals(ledger) == []


def test_it_is_tried_again_with_the_same_text_and_the_end_may_move(ledger: Any) -> None:
    mailing = begin(ledger, 2)
    stepped = Stepped(concurrency=2)
    stepped.step()
    ledger.execute("UPDATE vestnik_mailing SET end_time = end_time + interval '1 day' WHERE id = %s", [mailing])
    ledger.execute("UPDATE vestnik_client SET attributes = NULL")
    first = list(stepped.gateway.texts)
    stepped.gateway.answer(TIMEOUT)
    stepped.step()
    ledger.execute("UPDATE vestnik_batch SET due_at = now() WHERE state = 'ready'")
    stepped.step()
    again = stepped.gateway.texts[2:]
    assert sorted(text for text, _ in again) == sorted(text for text, _ in first)
    assert {end for _, end in again} == {end + 86_400 for _, end in first}
    stepped.dispatcher.close()


def test_over_the_network_each_text_names_its_own_phone(ledger: Any, simulator: SimulatorClient) -> None:
    count = 3_000
    mailing = begin(ledger, count)
    simulator.receipts(url="http://127.0.0.1:9", lost=1)  # or it keeps no texts
    with sending(simulator):
        until(lambda: is_over(ledger, mailing), seconds=60)
    received = list(simulator.bills())
    assert len(received) == count
    assert {int(bill["phone"]): bill["text"] for bill in received} == {FIRST + n: own(FIRST + n) for n in range(count)}
