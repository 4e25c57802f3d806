"""The Probe gateway's adapter: its two ways of writing a request agree, and requests are what its contract says."""

import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.probe import probe
from tests.sockets import raw_server, read_request
from vestnik.gateways.adapter import HttpAnswer
from vestnik.gateways.adapters.probe import Probe
from vestnik.gateways.outcome import Kind, Outcome
from vestnik.gateways.transport import Transport

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)
IDS = st.integers(1, 2**63 - 1)


@given(text=TEXTS, message_id=IDS, token=st.text("abc%dB{}", min_size=1))
def test_the_fast_way_writes_the_bytes_of_the_plain_way(text: str, message_id: int, token: str) -> None:
    adapter = probe("http://gateway.example.org:8080/v%201/%25d/", token)
    plain = adapter.compose(text, expires_at=0)(message_id, 79110000001).encode(adapter.authority)
    assert adapter.compose_bytes(text, expires_at=0)(message_id, 79110000001) == plain
    assert adapter.compose_own(expires_at=0)(text, message_id, 79110000001) == plain


@given(text=TEXTS, message_id=IDS)
def test_the_body_holds_exactly_the_text(text: str, message_id: int) -> None:
    request = probe("http://gateway.example.org").compose(text, expires_at=0)(message_id, 79110000001)
    assert json.loads(request.body) == {"id": message_id, "phone": 79110000001, "text": text}
    assert (request.method, request.target) == ("POST", f"/send/{message_id}")


class Broken(Probe):
    """An adapter with a bug."""

    def outcome(self, answer: HttpAnswer) -> Outcome:
        raise KeyError(answer.status)


def test_an_answer_that_an_adapter_falls_over_is_ambiguous_and_the_channel_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")

    with raw_server(play) as url:
        made = Transport(adapter=Broken({"url": url, "token": "t"}), concurrency=1, timeout=5)
        try:
            made.hand_over(1, 79110000001, made.prepare("x", expires_at=0), 5)
            answers = []
            while not answers:
                answers = made.poll(5)
        finally:
            made.close()
    assert answers[0].outcome.kind is Kind.AMBIGUOUS
    assert "could not be read" in caplog.text
