"""What no proper SMSC does: cut packets, wrong lengths, floods, answers to nothing. Nothing is guessed or hangs."""

import socket
import time

import pytest

from tests.smpp.cast import PHONE, Client, channel, sent, smsc, until
from vestnik.cluster.processes import wait_for
from vestnik.gateways.outcome import Kind
from vestnik.smpp.fields import Address, Message, write_message
from vestnik.smpp.pdu import MAX_PDU, Command, Framer, encode
from vestnik.smpp.texts import LongTexts

ANSWER = encode(Command.SUBMIT_SM_RESP, 2, b"77\0")
THEM, US = Address(1, 1, "79000000001"), Address(5, 0, "Vestnik")
INBOUND = Message(source=THEM, destination=US, content=b"hi")


@pytest.mark.parametrize("place", range(len(ANSWER)))
def test_an_answer_that_is_cut_anywhere_leaves_the_message_in_doubt(place: int) -> None:
    def play(client: Client) -> None:
        client.bind()
        assert client.expect(Command.SUBMIT_SM).sequence == 2
        client.sock.sendall(ANSWER[:place])

    with smsc(play) as port, channel(port, timeout=10) as opened:
        (answer,) = sent(opened, "x")
    assert (answer.outcome.kind, answer.outcome.code) == (Kind.AMBIGUOUS, "reset")


def test_bytes_may_come_one_by_one() -> None:
    def play(client: Client) -> None:
        pdu = client.expect(Command.BIND_TRANSCEIVER)
        for byte in encode(Command.BIND_TRANSCEIVER_RESP, pdu.sequence, b"smsc\0"):
            client.sock.sendall(bytes((byte,)))
        client.expect(Command.SUBMIT_SM)
        for byte in ANSWER:
            client.sock.sendall(bytes((byte,)))
            time.sleep(0.001)
        client.next()

    with smsc(play) as port, channel(port) as opened:
        (answer,) = sent(opened, "x")
    assert answer.outcome.provider_ids == ("77",)


@pytest.mark.parametrize("garbage", [
    b"\0\0\0\x0f" + b"\0" * 12, b"\0\0\0\0" * 4, b"\xff" * 16, (MAX_PDU + 1).to_bytes(4) + b"\0" * 12,
    b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x0a" + b"\0" * 9,
])  # fmt: skip
@pytest.mark.parametrize("bound", [True, False])
def test_what_is_no_smpp_ends_the_session(garbage: bytes, bound: bool) -> None:
    said: list[bytes] = []

    def play(client: Client) -> None:
        if bound:
            client.bind()
            client.expect(Command.SUBMIT_SM)
        else:
            client.expect(Command.BIND_TRANSCEIVER)
        client.sock.sendall(garbage)
        said.append(client.sock.recv(1_000))

    with smsc(play) as port, channel(port) as opened:
        (answer,) = sent(opened, "x")
    assert (answer.outcome.kind, answer.outcome.code) == (Kind.AMBIGUOUS if bound else Kind.NOT_SENT, "garbage")
    wait_for(lambda: bool(said), seconds=10)
    assert [pdu.command for pdu in Framer().feed(said[0])] == [Command.GENERIC_NACK]


def test_an_answer_before_garbage_counts() -> None:
    def play(client: Client) -> None:
        client.bind()
        client.expect(Command.SUBMIT_SM)
        client.sock.sendall(ANSWER + b"\xff" * 16)
        client.next()

    with smsc(play) as port, channel(port) as opened:
        (answer,) = sent(opened, "x")
    assert answer.outcome.kind is Kind.SUCCESS


def test_what_answers_nothing_of_ours_is_ignored() -> None:
    def play(client: Client) -> None:
        client.bind()
        pdu = client.expect(Command.SUBMIT_SM)
        client.send(Command.OUTBIND, 1, b"x\0y\0")
        client.send(Command.ALERT_NOTIFICATION, 2, b"\0" * 9)
        client.send(Command.SUBMIT_SM_RESP, 999_999, b"no\0")
        client.send(Command.DELIVER_SM_RESP, pdu.sequence, b"\0")
        client.send(Command.ENQUIRE_LINK_RESP, 12_345)
        client.send(0x8000_0777, 1)
        client.accept(pdu, "77")
        client.accept(pdu, "doubled")
        client.next()

    with smsc(play) as port, channel(port) as opened:
        answers = sent(opened, "x")
        assert [answer.outcome.provider_ids for answer in answers] == [("77",)]
        assert opened.poll(0.1) == []
        assert opened.received() == []


def test_a_request_that_we_do_not_know_gets_a_generic_nack_and_the_session_goes_on() -> None:
    found = []

    def play(client: Client) -> None:
        client.bind()
        client.send(0x0777, 31, b"what")
        client.send(Command.SUBMIT_SM, 32, b"what")
        found.append(client.expect(Command.GENERIC_NACK))
        found.append(client.expect(Command.GENERIC_NACK))
        client.accept(client.expect(Command.SUBMIT_SM), "77")
        client.next()

    with smsc(play) as port, channel(port) as opened:
        until(opened, lambda: len(found) == 2)
        (answer,) = sent(opened, "x")
    assert answer.outcome.kind is Kind.SUCCESS
    assert [(pdu.sequence, pdu.status) for pdu in found] == [(31, 3), (32, 3)]


@pytest.mark.parametrize(("sequence", "status", "kind"), [
    (2, 0x01, Kind.REFUSED), (2, 0x02, Kind.REFUSED), (2, 0x58, Kind.THROTTLED), (2, 0x08, Kind.AMBIGUOUS),
    (2, 0, Kind.AMBIGUOUS), (0, 0x02, Kind.AMBIGUOUS), (77, 0x02, Kind.AMBIGUOUS),
])  # fmt: skip
def test_a_generic_nack(sequence: int, status: int, kind: Kind) -> None:
    def play(client: Client) -> None:
        client.bind()
        client.expect(Command.SUBMIT_SM)
        client.send(Command.GENERIC_NACK, sequence, status=status)
        client.next()

    with smsc(play) as port, channel(port) as opened:
        (answer,) = sent(opened, "x")
    assert answer.outcome.kind is kind


def test_a_bind_that_is_nacked_is_no_session() -> None:
    def play(client: Client) -> None:
        pdu = client.expect(Command.BIND_TRANSCEIVER)
        client.send(Command.GENERIC_NACK, pdu.sequence, status=3)
        client.next()

    with smsc(play) as port, channel(port) as opened:
        (answer,) = sent(opened, "x")
    assert answer.outcome.kind is Kind.UNAUTHORIZED


def test_a_delivery_that_is_cut_inside_is_refused_and_does_not_end_the_session() -> None:
    body = write_message(INBOUND)
    statuses = []

    def play(client: Client) -> None:
        client.bind()
        for end in range(len(body)):
            client.send(Command.DELIVER_SM, 100 + end, body[:end])
            statuses.append(client.expect(Command.DELIVER_SM_RESP).status)
        client.send(Command.DELIVER_SM, 900, body)
        client.next()

    with smsc(play) as port, channel(port) as opened:
        found = []
        until(opened, lambda: found.extend(opened.received()) or found)
    assert [each.what.text for each in found] == ["hi"]
    assert set(statuses) == {1}


def test_a_flood_of_deliveries_is_bounded_and_what_is_too_much_is_asked_to_come_again() -> None:
    sent_out, statuses = 5_000, {}

    def play(client: Client) -> None:
        client.bind()
        body = write_message(INBOUND)
        client.sock.sendall(b"".join(encode(Command.DELIVER_SM, number, body) for number in range(1, sent_out + 1)))
        while True:
            pdu = client.next()
            if pdu.command == Command.DELIVER_SM_RESP:
                statuses[pdu.sequence] = pdu.status

    with smsc(play) as port, channel(port, max_unacknowledged=100) as opened:
        found = []
        until(opened, lambda: found.extend(opened.received()) or len(statuses) == sent_out - 100)
        assert len(found) == 100
        assert set(statuses.values()) == {0x64}
        opened.acknowledge(each.token for each in found)
        until(opened, lambda: len(statuses) == sent_out)
    assert sorted(statuses.values())[:101] == [0] * 100 + [0x64]


def test_a_server_that_does_not_read_stops_us_and_nothing_is_lost_or_sent_twice() -> None:
    """The socket takes no more: what has not left this process is not in doubt when the session breaks."""

    def play(client: Client) -> None:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.bind()
        time.sleep(1.0)
        client.sock.close()

    with (
        smsc(play) as port,
        channel(port, window=1_000, concurrency=1_000, timeout=3.0, long_texts=LongTexts.PAYLOAD) as opened,
    ):
        until(opened, lambda: opened.is_bound)
        text = opened.prepare("ж" * 20_000, expires_at=time.time() + 60)
        for number in range(1_000):
            opened.hand_over(number, PHONE, text, 3.0)
        answers = until(opened, lambda: opened.in_flight == 0, seconds=60)
    assert len({answer.message_id for answer in answers}) == 1_000
    assert {answer.outcome.kind for answer in answers} == {Kind.AMBIGUOUS, Kind.NOT_SENT}
