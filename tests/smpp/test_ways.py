"""The way to an SMSC: TLS, proxies, names. What fails before the session is open was not sent."""

import socket
import ssl
import threading
import time

import pytest

from tests.gateways.certificates import Authority
from tests.smpp.cast import Client, channel, sent, smsc, until
from tests.sockets import closed_port
from vestnik.gateways.channel import ConnectionOptions
from vestnik.gateways.outcome import Kind
from vestnik.smpp.fields import Address, Message
from vestnik.smpp.pdu import Command

LONG = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 20
THEM, US = Address(1, 1, "79000000001"), Address(5, 0, "Vestnik")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def server_side(authority: Authority, *names: str, **options: object) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate(*names, **options))  # type: ignore[arg-type]
    return context


def taking(client: Client) -> None:
    """An SMSC that takes everything and brings one text."""
    client.bind()
    client.deliver(Message(source=THEM, destination=US, content=b"hi"))
    while True:
        pdu = client.next()
        if pdu.command == Command.SUBMIT_SM:
            client.accept(pdu, "77")


def test_a_session_over_tls(authority: Authority) -> None:
    options = ConnectionOptions(verify_file=str(authority.file))
    with smsc(taking, server_side(authority, "127.0.0.1")) as port, channel(port, tls=True, options=options) as opened:
        answers = sent(opened, "x", LONG)
        assert [answer.outcome.kind for answer in answers] == [Kind.SUCCESS] * 2
        found: list[object] = []
        until(opened, lambda: found.extend(opened.received()) or found)


@pytest.mark.parametrize(("name", "self_signed"), [("example.org", False), ("127.0.0.1", True)])
def test_a_certificate_that_does_not_fit_gets_nothing(authority: Authority, name: str, self_signed: bool) -> None:
    options = ConnectionOptions(verify_file=str(authority.file))
    came: list[Client] = []
    context = server_side(authority, name, self_signed=self_signed)
    with smsc(came.append, context) as port, channel(port, tls=True, options=options) as opened:
        (answer,) = sent(opened, "x")
    assert (answer.outcome.kind, answer.outcome.code) == (Kind.NOT_SENT, "tls")
    assert came == []


def test_a_server_without_tls_gets_no_password() -> None:
    came: list[bytes] = []

    def play(client: Client) -> None:
        came.append(client.sock.recv(1_000))
        client.sock.sendall(b"\0\0\0\x10\x80\0\0\0\0\0\0\3\0\0\0\0")

    with smsc(play) as port, channel(port, tls=True) as opened:
        (answer,) = sent(opened, "x")
    assert (answer.outcome.kind, answer.outcome.code) == (Kind.NOT_SENT, "tls")
    assert b"secret" not in came[0]


def test_a_session_over_tls_that_is_cut_leaves_what_was_written_in_doubt(authority: Authority) -> None:
    def play(client: Client) -> None:
        client.bind()
        client.expect(Command.SUBMIT_SM)

    options = ConnectionOptions(verify_file=str(authority.file))
    context = server_side(authority, "127.0.0.1")
    with smsc(play, context) as port, channel(port, tls=True, options=options, timeout=5.0) as opened:
        (answer,) = sent(opened, "x")
    assert (answer.outcome.kind, answer.outcome.code) == (Kind.AMBIGUOUS, "reset")


def proxying(target: int, heads: list[bytes], status: bytes = b"200 OK") -> tuple[socket.socket, int]:
    """A proxy that opens the way to one port, or refuses it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def accept() -> None:
        try:
            while True:
                client, _ = listener.accept()
                head = b""
                while b"\r\n\r\n" not in head:
                    head += client.recv(65_536)
                heads.append(head)
                client.sendall(b"HTTP/1.1 %b\r\n\r\n" % status)
                if not status.startswith(b"2"):
                    client.close()
                    continue
                there = socket.create_connection(("127.0.0.1", target))
                for pair in ((client, there), (there, client)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()
        except OSError:
            return

    threading.Thread(target=accept, daemon=True).start()
    return listener, listener.getsockname()[1]


def test_a_session_through_a_proxy() -> None:
    heads: list[bytes] = []
    with smsc(taking) as port:
        listener, proxy = proxying(port, heads)
        options = ConnectionOptions(proxy=f"http://me:hush@127.0.0.1:{proxy}")
        with listener, channel(port, host="smpp.example.org", options=options) as opened:
            (answer,) = sent(opened, "x")
    assert answer.outcome.kind is Kind.SUCCESS
    assert heads[0].startswith(b"CONNECT smpp.example.org:%d HTTP/1.1\r\n" % port)
    assert b"Proxy-Authorization: Basic " in heads[0]


def test_a_proxy_that_refuses() -> None:
    listener, proxy = proxying(1, [], b"407 Proxy Authentication Required")
    options = ConnectionOptions(proxy=f"http://127.0.0.1:{proxy}")
    with listener, channel(1, host="smpp.example.org", options=options) as opened:
        (answer,) = sent(opened, "x")
    assert (answer.outcome.kind, answer.outcome.code) == (Kind.NOT_SENT, "proxy")


def test_a_name_is_looked_up_and_all_its_addresses_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with smsc(taking) as port:
        addresses = [("127.0.0.2", port), ("127.0.0.1", port)]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
        monkeypatch.setattr("vestnik.gateways.transport.names.socket.getaddrinfo", lambda *_, **__: found)
        with channel(port, host="smpp.example.org") as opened:
            (answer,) = sent(opened, "x")
    assert answer.outcome.kind is Kind.SUCCESS


def test_a_name_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("vestnik.gateways.transport.names.socket.getaddrinfo", unknown)
    with channel(closed_port(), host="nowhere.example.org") as opened:
        (answer,) = sent(opened, "x")
    assert (answer.outcome.kind, answer.outcome.code) == (Kind.NOT_SENT, "dns")


def test_a_server_that_is_not_there_yet_is_found_once_it_is() -> None:
    port = closed_port()
    with channel(port) as opened:
        (answer,) = sent(opened, "x")
        assert answer.outcome.kind is Kind.NOT_SENT
        with socket.create_server(("127.0.0.1", port)) as listener:
            began = time.monotonic()
            listener.settimeout(0.05)
            while True:
                opened.poll(0.05)
                try:
                    listener.accept()[0].close()
                    break
                except TimeoutError:
                    assert time.monotonic() - began < 20
