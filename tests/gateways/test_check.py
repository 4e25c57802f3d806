"""A check of a gateway says what is wrong in words that name the setting, whatever stands at the address."""

import json
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.gateways.certificates import Authority, server
from tests.sockets import closed_port, raw_server, read_request
from vestnik.gateways.adapter import Adapter, Checked, ConnectionOptions, HttpAnswer, Request
from vestnik.gateways.adapters.probe import Probe
from vestnik.gateways.check import ask, check
from vestnik.gateways.outcome import Outcome

OPTIONS = ConnectionOptions()


class Asked(Probe):
    """A provider that tells about the account."""

    title = "Example SMS"

    def check_request(self) -> Request | None:
        return Request(
            method="GET", target="/balance", headers=(("Authorization", f"Bearer {self.settings['token']}"),)
        )

    def checked(self, answer: HttpAnswer) -> Checked:
        if answer.status == 200 and answer.body.startswith(b"{"):
            return Checked(good=True, words="OK", balance=str(json.loads(answer.body)["balance"]))
        return Checked(good=False, words=self.outcome(answer).detail)


def adapter(url: str, kind: Callable[[Mapping[str, Any]], Probe] = Asked) -> Probe:
    return kind({"url": url, "token": "hush-hush"})


def checked(play: Callable[[socket.socket], None], kind: Callable[[Mapping[str, Any]], Probe] = Asked) -> Checked:
    with raw_server(play) as url:
        return check(adapter(url, kind), timeout=5, options=OPTIONS)


def answers(head: str, body: str = "") -> Callable[[socket.socket], None]:
    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    return play


def test_a_right_account_is_good_and_shows_its_balance() -> None:
    seen = []

    def play(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"balance": 1.5}')

    assert checked(play) == Checked(good=True, words="Example SMS accepts our settings.", balance="1.5")
    assert len(seen) == 1
    assert seen[0].startswith(b"GET /balance HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"Authorization: Bearer hush-hush\r\n" in seen[0]


@pytest.mark.parametrize(
    ("head", "body", "said"),
    [
        ("401 No", '{"message": "bad token"}', "does not accept our login, key or token (bad token)"),
        ("403 No", "", "does not accept our login, key or token (403 Forbidden)"),
        ("404 No", "", "is not Example SMS. Check the address (404 Not Found)"),
        ("302 Found", "", "is not Example SMS"),
        ("200 OK", "<html>Welcome to nginx!</html>", "is not Example SMS"),
        ("503 No", "", "reports a problem"), ("429 No", "", "asks to wait"),
        ("422 No", '{"message": "no such sender"}', "does not accept our settings (no such sender)"),
    ],
)  # fmt: skip
def test_what_the_other_side_says_is_told_in_words(head: str, body: str, said: str) -> None:
    found = checked(answers(head, body))
    assert not found.good
    assert said in found.words
    assert "hush" not in found.words


def test_without_a_question_any_answer_shows_that_the_address_is_right() -> None:
    found = checked(answers("404 No"), Probe)
    assert found.good
    assert "send a test message" in found.words


def test_an_address_where_nobody_listens_is_named_so() -> None:
    found = check(adapter(f"http://127.0.0.1:{closed_port()}"), timeout=5, options=OPTIONS)
    assert not found.good
    assert "Nothing can be reached at this address" in found.words


def test_a_name_that_does_not_exist_is_named_so() -> None:
    found = check(adapter("http://nowhere.invalid"), timeout=5, options=OPTIONS)
    assert not found.good
    assert "No host has this name" in found.words
    assert "nowhere.invalid" in found.words


def test_a_server_that_never_answers_is_not_waited_for_longer_than_was_said() -> None:
    def play(connection: socket.socket) -> None:
        while connection.recv(65_536):
            pass

    with raw_server(play) as url:
        found = check(adapter(url), timeout=0.3, options=OPTIONS)
    assert "No answer in time" in found.words


@pytest.mark.parametrize(
    ("said", "words"), [(b"220 smtp.example ESMTP\r\n", "does not speak HTTP"), (b"", "closed the connection")]
)
def test_something_else_than_http_is_named_so(said: bytes, words: str) -> None:
    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(said)

    assert words in checked(play).words


def over_tls(certificate: Path, authority: Authority | None) -> Checked:
    context = server(certificate)

    def play(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as safe:
            read_request(safe)
            safe.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"balance": 1.5}')

    options = OPTIONS if authority is None else ConnectionOptions(verify_file=str(authority.file))
    with raw_server(play) as url:
        return check(adapter(url.replace("http://127.0.0.1", "https://localhost")), timeout=5, options=options)


def test_a_certificate_that_is_not_trusted_or_of_another_host_is_named_so(authority: Authority) -> None:
    assert over_tls(authority.certificate("localhost"), authority).good
    for found in (
        over_tls(authority.certificate("localhost"), None),
        over_tls(authority.certificate("other.example"), authority),
    ):
        assert not found.good
        assert "No secure connection" in found.words


def test_https_to_a_port_without_it_is_named_so() -> None:
    def play(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n")

    with raw_server(play) as url:
        found = check(adapter(url.replace("http://", "https://")), timeout=5, options=OPTIONS)
    assert "not a port for https" in found.words


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (ConnectionOptions(verify_file="/nowhere.pem"), "file of certificates cannot be read"),
        (ConnectionOptions(proxy="socks5://127.0.0.1:1"), "address cannot be used"),
    ],
)
def test_options_that_cannot_be_used_are_named_so(options: ConnectionOptions, said: str) -> None:
    found = check(adapter("https://gateway.example"), timeout=1, options=options)
    assert not found.good
    assert said in found.words


class Session(Adapter):
    """A kind without HTTP."""

    kind, title, facts, fields = "session", "Session", Probe.facts, ()

    def open(self, **_: Any) -> Any:
        raise NotImplementedError

    def max_rate(self) -> int | None:
        return None


def test_a_kind_without_http_answers_for_itself() -> None:
    assert "test message" in check(Session({}), timeout=1, options=OPTIONS).words


def test_a_question_that_is_no_check_gets_its_answer_or_the_reason() -> None:
    request = Request(method="POST", target="/status", body=b"id=1")
    with raw_server(answers("200 OK", "delivered")) as url:
        answer = ask(adapter(url), request, timeout=5, options=OPTIONS)
        assert isinstance(answer, HttpAnswer)
        assert (answer.status, answer.body) == (200, b"delivered")
    nothing = ask(adapter(url), request, timeout=5, options=OPTIONS)
    assert isinstance(nothing, Outcome)
    assert nothing.code == "connect"
