"""Who plays in these tests: settings, and an SMSC of ours that does what a function says, good or hostile."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from vestnik.gateways.channel import Answer, ConnectionOptions
from vestnik.gateways.smpp import SmppChannel
from vestnik.gateways.smpp.settings import Settings
from vestnik.smpp.fields import Address, Bind, Message, write_message
from vestnik.smpp.pdu import Command, Framer, Pdu, encode

SETTINGS = Settings(host="127.0.0.1", bind=Bind("vestnik", "secret", ""), sender=Address(5, 0, "Vestnik"))
PHONE = 79_000_000_001


class Client:
    """One session as the SMSC sees it. ``pdus``: all that came."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.pdus: list[Pdu] = []
        self._framer = Framer()
        self._waiting: list[Pdu] = []
        self._sequence = 1_000

    def send(self, command: int, sequence: int, body: bytes = b"", status: int = 0) -> None:
        """Send one PDU."""
        self.sock.sendall(encode(command, sequence, body, status))

    def next(self) -> Pdu:
        """The next PDU; EOFError when the client has gone."""
        while not self._waiting:
            data = self.sock.recv(65_536)
            if not data:
                raise EOFError
            self._waiting = self._framer.feed(data)
            self.pdus += self._waiting
        return self._waiting.pop(0)

    def expect(self, command: int) -> Pdu:
        """The next PDU that is this one; tests of the link are answered."""
        while True:
            pdu = self.next()
            if pdu.command == command:
                return pdu
            if pdu.command == Command.ENQUIRE_LINK:
                self.send(Command.ENQUIRE_LINK_RESP, pdu.sequence)

    def bind(self, status: int = 0) -> Pdu:
        """Take the bind, or refuse it."""
        pdu = self.expect(Command.BIND_TRANSCEIVER)
        self.send(Command.BIND_TRANSCEIVER_RESP, pdu.sequence, b"smsc\0", status)
        return pdu

    def accept(self, pdu: Pdu, identifier: str = "1") -> None:
        """Take a submit."""
        self.send(Command.SUBMIT_SM_RESP, pdu.sequence, identifier.encode() + b"\0")

    def deliver(self, message: Message) -> int:
        """Deliver something; its sequence number."""
        self._sequence += 1
        self.send(Command.DELIVER_SM, self._sequence, write_message(message))
        return self._sequence


@contextmanager
def smsc(play: Callable[[Client], None], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """``play(client)`` for each connection, in a thread of its own, closed afterwards; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(sock: socket.socket) -> None:
        with sock, suppress(OSError, EOFError):
            if tls is None:
                play(Client(sock))
            else:
                with tls.wrap_socket(sock, server_side=True) as secure:
                    play(Client(secure))

    def accept() -> None:
        with suppress(OSError):
            while True:
                sock, _ = listener.accept()
                sock.settimeout(30)
                threading.Thread(target=serve, args=(sock,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(30)


@contextmanager
def channel(
    port: int,
    *,
    concurrency: int = 100,
    timeout: float = 20.0,
    max_unacknowledged: int = 1_000,
    options: ConnectionOptions | None = None,
    **settings: Any,
) -> Iterator[SmppChannel]:
    """A channel to an SMSC on this machine."""
    opened = SmppChannel(
        replace(SETTINGS, port=port, **settings), concurrency=concurrency, timeout=timeout,
        options=options or ConnectionOptions(),
        max_unacknowledged=max_unacknowledged,
    )  # fmt: skip
    try:
        yield opened
    finally:
        opened.close()


def until(opened: SmppChannel, condition: Callable[[], object], *, seconds: float = 20.0) -> list[Answer]:
    """Poll until a condition holds; the answers that came meanwhile."""
    answers: list[Answer] = []
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not become true"
        answers += opened.poll(0.05)
    return answers


def sent(opened: SmppChannel, *texts: str, timeout: float = 20.0) -> list[Answer]:
    """Hand over a message for each text, with the ids 1, 2, …; their answers by id."""
    answers: list[Answer] = []
    waiting = list(enumerate(texts, 1))
    end = time.monotonic() + 30
    while len(answers) < len(texts):
        assert time.monotonic() < end, f"{len(answers)} of {len(texts)} answers"
        while waiting and opened.free:
            number, text = waiting.pop(0)
            opened.hand_over(number, PHONE, opened.prepare(text, expires_at=time.time() + 3_600), timeout)
        answers += opened.poll(0.2)
    assert opened.in_flight == 0
    return sorted(answers, key=lambda answer: answer.message_id)
