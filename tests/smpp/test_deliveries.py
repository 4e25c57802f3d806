"""Receipts over a session: each is acknowledged once it is committed, and not before."""

import threading
import time

import pytest

from tests.smpp.cast import Client, channel, smsc, until
from vestnik.gateways.adapter import Fate
from vestnik.gateways.smpp.arrivals import Arrival
from vestnik.smpp.fields import (
    ESM_HEADER,
    TAG_MESSAGE_PAYLOAD,
    TAG_SAR_NUMBER,
    TAG_SAR_REFERENCE,
    TAG_SAR_TOTAL,
    Address,
    Message,
    c_string,
    write_address,
    write_option,
)
from vestnik.smpp.pdu import Command, Pdu
from vestnik.smpp.texts import Place, header

THEM, US = Address(1, 1, "79000000001"), Address(5, 0, "Vestnik")
LONG = "Съешь же ещё этих мягких французских булок, да выпей чаю 😀. " * 4


def receipt(number: int) -> Message:
    content = f"id:{number} sub:001 dlvrd:001 stat:DELIVRD err:000".encode()
    return Message(source=THEM, destination=US, content=content, esm_class=4)


def parts(*, sar: bool = False) -> list[Message]:
    """A long text as an SMSC delivers it. A character of two units is cut in two."""
    data = LONG.encode("utf-16-be")
    pieces = [data[start : start + 132] for start in range(0, len(data), 132)]
    found = []
    for number, piece in enumerate(pieces, 1):
        place = Place(7, len(pieces), number)
        options = {TAG_SAR_REFERENCE: b"\0\7", TAG_SAR_TOTAL: bytes((place.total,)), TAG_SAR_NUMBER: bytes((number,))}
        found.append(
            Message(
                source=THEM,
                destination=US,
                content=piece if sar else header(place) + piece,
                data_coding=8,
                esm_class=0 if sar else ESM_HEADER,
                options=options if sar else {},
            )
        )
    return found


class Bringing:
    """An SMSC that delivers these, and notes what is acknowledged, by sequence number."""

    def __init__(self, *messages: Message) -> None:
        self.messages, self.acknowledged = messages, dict[int, int]()
        self.delivered: list[int] = []
        self.leave = threading.Event()

    def __call__(self, client: Client) -> None:
        client.bind()
        self.delivered = [client.deliver(message) for message in self.messages]
        client.sock.settimeout(0.1)
        while not self.leave.is_set():
            try:
                pdu = client.next()
            except TimeoutError:
                continue
            if pdu.command == Command.DELIVER_SM_RESP:
                self.acknowledged[pdu.sequence] = pdu.status


def test_a_receipt_is_acknowledged_once_it_is_committed_and_not_before() -> None:
    server = Bringing(receipt(1), receipt(2))
    with smsc(server) as port, channel(port) as opened:
        found: list[Arrival] = []
        until(opened, lambda: found.extend(opened.received()) or len(found) == 2)
        assert [(each.what.provider_id, each.what.fate) for each in found] == [
            ("1", Fate.DELIVERED), ("2", Fate.DELIVERED),
        ]  # fmt: skip
        for _ in range(5):
            opened.poll(0.05)
        assert server.acknowledged == {}
        opened.acknowledge([found[1].token])
        until(opened, lambda: server.acknowledged)
        assert server.acknowledged == {server.delivered[1]: 0}
        opened.acknowledge([found[1].token, found[0].token, 0, 999])
        until(opened, lambda: len(server.acknowledged) == 2)


def test_what_was_not_acknowledged_when_the_session_ended_comes_again_and_an_old_token_says_nothing() -> None:
    sessions: list[Client] = []
    acknowledged: list[Pdu] = []

    def play(client: Client) -> None:
        sessions.append(client)
        client.bind()
        client.deliver(receipt(1))
        if len(sessions) == 1:
            time.sleep(0.3)
            return
        while True:
            pdu = client.next()
            if pdu.command == Command.DELIVER_SM_RESP:
                acknowledged.append(pdu)

    with smsc(play) as port, channel(port) as opened:
        found: list[Arrival] = []
        until(opened, lambda: found.extend(opened.received()) or len(found) == 2)
        opened.acknowledge([found[0].token])
        opened.poll(0.1)
        opened.poll(0.1)
        assert acknowledged == []
        opened.acknowledge([found[1].token])
        until(opened, lambda: acknowledged)
    assert found[0].what == found[1].what


@pytest.mark.parametrize("sar", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_long_inbound_text_arrives_whole_and_all_its_parts_are_acknowledged_together(
    sar: bool, backwards: bool
) -> None:
    messages = parts(sar=sar)
    server = Bringing(*(reversed(messages) if backwards else messages))
    with smsc(server) as port, channel(port) as opened:
        found: list[Arrival] = []
        until(opened, lambda: found.extend(opened.received()) or found)
        assert [each.what.text for each in found] == [LONG]
        assert server.acknowledged == {}
        opened.acknowledge([found[0].token])
        until(opened, lambda: len(server.acknowledged) == len(messages))


@pytest.mark.parametrize("command", [Command.DELIVER_SM, Command.DATA_SM])
def test_a_long_inbound_text_as_payload(command: Command) -> None:
    message = Message(source=THEM, destination=US, content=LONG.encode("utf-16-be"), data_coding=8)
    answered: list[Pdu] = []

    def play(client: Client) -> None:
        client.bind()
        if command == Command.DELIVER_SM:
            client.deliver(message)
        else:
            address = c_string("") + write_address(THEM) + write_address(US)
            client.send(command, 5, address + b"\0\0\x08" + write_option(TAG_MESSAGE_PAYLOAD, message.content))
        while True:
            answered.append(client.next())

    with smsc(play) as port, channel(port) as opened:
        found: list[Arrival] = []
        until(opened, lambda: found.extend(opened.received()) or found)
        assert found[0].what.text == LONG
        opened.acknowledge([found[0].token])
        until(opened, lambda: answered)
    assert answered[0].command == command | 0x8000_0000


def test_parts_that_stay_alone_are_given_out_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vestnik.gateways.smpp.arrivals.PARTS_SECONDS", 0.3)
    messages = parts()
    server = Bringing(messages[2], messages[0])
    with smsc(server) as port, channel(port) as opened:
        found: list[Arrival] = []
        until(opened, lambda: found.extend(opened.received()) or len(found) == 2)
        assert found[0].what.text.startswith("Съешь")
        opened.acknowledge([each.token for each in found])
        until(opened, lambda: len(server.acknowledged) == 2)


def test_a_receipt_that_names_no_message_is_rejected_and_not_brought_for_ever() -> None:
    server = Bringing(Message(source=THEM, destination=US, content=b"what", esm_class=4))
    with smsc(server) as port, channel(port) as opened:
        until(opened, lambda: server.acknowledged)
        assert opened.received() == []
    assert set(server.acknowledged.values()) == {0x66}


def test_what_nobody_takes_wakes_a_poll_once_and_not_for_ever() -> None:
    with smsc(Bringing(receipt(1))) as port, channel(port) as opened:
        until(opened, lambda: opened._arrivals.waiting)
        opened.poll(0)
        began = time.monotonic()
        opened.poll(0.3)
        assert time.monotonic() - began >= 0.29
        assert len(opened.received()) == 1
