"""What a provider says never repeats our secrets: an error page may echo the request with the key in it."""

import json
import socket
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from tests.sockets import raw_server, read_request
from vestnik.gateways.adapter import HttpAdapter
from vestnik.gateways.adapters import make_adapter
from vestnik.gateways.channel import ConnectionOptions
from vestnik.gateways.check import check
from vestnik.gateways.masking import MASK, Masking
from vestnik.gateways.outcome import DETAIL_LENGTH, Outcome

SECRET = 'k3y/of "us" +&ё'
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "probe": {"token": "a-token-of-ours"},
    "http": {"body": '{"t": "{{text}}", "p": "{{phone}}"}', "secret": SECRET, "login": "us"},
    "smsc": {"apikey": "a-key-of-ours"},
    "smsru": {"api_id": "A1B2C3D4-0000-1111-2222-333344445555"},
    "exolve": {"api_key": "eyJ.a-key.of-ours", "sender": "VESTNIK"},
    "twilio": {"account_sid": "AC" + "0" * 32, "auth_token": "d" * 16 + "5" * 16, "sender": "+15005550006"},
}
#: How a page repeats what it was sent.
ECHOES: Mapping[str, Callable[[str], str]] = {
    "as it is": lambda secret: secret,
    "percent-encoded": lambda secret: quote(secret, safe=""),
    "percent-encoded in lower case": lambda secret: quote(secret, safe="").replace("%2F", "%2f").replace("%D1", "%d1"),
    "in JSON": lambda secret: json.dumps(secret)[1:-1],
}


def sent(adapter: HttpAdapter) -> Outcome:
    channel = adapter.open(concurrency=1, timeout=5, options=ConnectionOptions())
    try:
        channel.hand_over(1, 79110000001, channel.prepare("x", expires_at=2e9), 5)
        answers = channel.poll(5)
        while not answers:
            answers = channel.poll(5)
    finally:
        channel.close()
    return answers[0].outcome


def echoing(body: str) -> Callable[[socket.socket], None]:
    written = body.encode()

    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 502 No\r\nContent-Length: %d\r\n\r\n%b" % (len(written), written))

    return play


@pytest.mark.parametrize("kind", GIVEN)
def test_no_kind_keeps_a_secret_that_a_page_repeats(kind: str) -> None:
    secrets = {name: value for name, value in GIVEN[kind].items() if name not in ("body", "login", "sender")}
    secret = str(secrets[next(name for name in secrets if name != "account_sid")])
    for how, echo in ECHOES.items():
        with raw_server(echoing(f"Bad gateway: GET /send?apikey={echo(secret)}&to=x failed")) as url:
            adapter = make_adapter(kind, {"url": url, **GIVEN[kind]})
            assert isinstance(adapter, HttpAdapter)
            outcome = sent(adapter)
            words = check(adapter, timeout=5, options=ConnectionOptions()).words
        assert outcome.detail == f"Bad gateway: GET /send?apikey={MASK}&to=x failed", (kind, how)
        assert echo(secret) not in words, (kind, how)


def test_a_header_of_basic_is_a_secret_too() -> None:
    adapter = make_adapter("http", {"url": "http://127.0.0.1:9", **GIVEN["http"], "secret": "hush-hush"})
    assert adapter.masking.hide("Authorization: Basic dXM6aHVzaC1odXNo?") == f"Authorization: Basic {MASK}?"


def test_a_secret_that_is_cut_at_the_end_is_not_half_kept() -> None:
    cut = ("x" * 180 + " key=a-token-of-ours")[: DETAIL_LENGTH - 4]
    text = "y" * (DETAIL_LENGTH - len(cut)) + cut
    hidden = Masking(["a-token-of-ours-that-is-longer"]).hide(text)
    assert len(text) == DETAIL_LENGTH
    assert hidden.endswith(f" key={MASK}")


def test_words_without_secrets_stay_as_they_are() -> None:
    for masking in (Masking([]), Masking(["abc", ""]), Masking(["hush-hush"])):
        assert masking.hide("an abc error, hush") == "an abc error, hush"
