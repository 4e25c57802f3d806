"""The transport and a gateway that a test plays, on one thread: the test says what comes before what.

Nothing sleeps. The test's gateway keeps every byte that it reads, and when the block ends it is checked that it read
the request of each message at most once, and of a message that was *not sent* none.
"""

import re
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from harness.probe import probe_transport
from tests.gateways.peer import Peer
from vestnik.gateways.outcome import SUCCESS, Kind, Outcome
from vestnik.gateways.transport import Answer, Transport

FIRST = 96_000_000_000_000
PHONE = 79110000001
TEXT = "Привет 👋"
OK_BODY = b'{"code":0,"message":"OK"}'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n" + OK_BODY
#: Answers a later message, so that a success which belongs to an earlier one is not mistaken for its own.
SEVEN = b'HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n{"code":7,"message":"bad"}'
#: Seconds that a test waits for what must happen: a limit against hanging.
PATIENCE = 10.0


class Stage:
    """One transport, the listeners that it may reach, and all connections that they accepted.

    Args:
        made: the transport.
        listeners: where it may connect to.
        tls: gives each accepted connection its TLS; None: plain.
        read_at_most: bytes that are read of each connection.
    """

    def __init__(
        self, made: Transport, listeners: list[socket.socket], *, tls: Any = None, read_at_most: int = 1 << 30
    ) -> None:
        self.made = made
        self.listeners = listeners
        self.peers: list[Peer] = []
        self.answers: list[Answer] = []
        self.all_answers: list[Answer] = []
        self.tls = tls
        self._read_at_most = read_at_most
        self._seen = 0
        self._next = FIRST

    # -- the dispatcher's side

    def hand_over(self, text: str = TEXT, timeout: float = 5.0) -> int:
        """Hand over the next message; its id."""
        message_id, self._next = self._next, self._next + 1
        self.made.hand_over(message_id, PHONE, self.made.prepare(text, expires_at=0), timeout)
        return message_id

    def turn(self, wait: float = 0.0) -> None:
        """Let the transport act once, and read what has arrived."""
        answers = self.made.poll(wait)
        self.answers += answers
        self.all_answers += answers
        self.read()

    def outcome(self) -> Outcome:
        """The outcome that comes next."""
        self.until(lambda: bool(self.answers))
        return self.answers.pop(0).outcome

    def outcome_of_new(self, **more: Any) -> Outcome:
        """The outcome of a new message to which nobody needs to answer."""
        self.hand_over(**more)
        return self.outcome()

    # -- the gateway's side

    def read(self) -> None:
        """Accept and read what is there."""
        for listener in self.listeners:
            while (connection := _accept(listener)) is not None:
                self.peers.append(Peer(connection, listener, self.tls, self._read_at_most))
        for peer in self.peers:
            peer.read()

    def peer(self) -> Peer:
        """The next connection, once it is made."""
        count = len(self.peers)
        self.until(lambda: len(self.peers) > count)
        return self.peers[-1]

    def request(self) -> Peer:
        """The connection over which one more whole request has come."""
        self._seen += 1
        self.until(lambda: sum(peer.requests for peer in self.peers) >= self._seen)
        return max(self.peers, key=lambda peer: peer.last_request)

    def send(self, peer: Peer, *pieces: bytes) -> None:
        """Send everything, or as much as is taken until there is an outcome or the other side closes."""
        for piece in pieces:
            left = peer.sealed(piece)
            while left and not self.answers:
                left = peer.push(left)
                if left:
                    self.turn(0.001)

    def send_for_ever(self, peer: Peer, piece: bytes) -> None:
        """Send the same again and again until there is an outcome."""
        until = time.monotonic() + PATIENCE
        while not self.answers:
            self.send(peer, piece)
            self.turn()
            assert time.monotonic() < until, "no outcome"

    def until(self, condition: Callable[[], bool]) -> None:
        """Act until something has happened."""
        until = time.monotonic() + PATIENCE
        while not condition():
            self.turn(0.002)
            assert time.monotonic() < until, f"it does not happen; {self.all_answers}"

    # -- the end

    def ids(self) -> Counter[int]:
        """How many requests of each message were read."""
        found = (re.findall(rb"POST \S*/send/(\d+) HTTP/1\.[01]\r\n", bytes(peer.plain)) for peer in self.peers)
        return Counter(int(each) for ids in found for each in ids)

    def check(self) -> None:
        """Nothing was sent twice; nothing was sent of what was *not sent*; a success was sent."""
        self.read()
        ids = self.ids()
        assert max(ids.values(), default=0) <= 1, f"sent twice: {ids}"
        for answer in self.all_answers:
            if answer.outcome.kind is Kind.NOT_SENT:
                assert ids[answer.message_id] == 0, "it says not sent, and was"
            if answer.outcome is SUCCESS:
                assert ids[answer.message_id] == 1, "it says success, and was not sent"


def _accept(listener: socket.socket) -> socket.socket | None:
    try:
        return listener.accept()[0]
    except BlockingIOError:
        return None


@contextmanager
def stage(
    *,
    tls: Any = None,
    url: str | None = None,
    listeners: list[socket.socket] | None = None,
    read_at_most: int = 1 << 30,
    **options: Any,
) -> Iterator[Stage]:
    """A stage for as long as the block lasts.

    Args:
        tls: an ``ssl.SSLContext`` of a server; None: plain HTTP.
        url: of the gateway, with ``{port}`` for the first listener's; None: by its address, or by its name with TLS.
        listeners: None: one at 127.0.0.1.
        read_at_most: bytes that are read of each connection.
        options: of the transport.
    """
    heard = [socket.create_server(("127.0.0.1", 0))] if listeners is None else listeners
    for listener in heard:
        listener.setblocking(False)
    port = heard[0].getsockname()[1] if heard else 0
    base = url or ("http://127.0.0.1:{port}" if tls is None else "https://localhost:{port}")
    options = {"token": "t", "concurrency": 1, "timeout": 5.0, **options}
    if "proxy" in options:
        options["proxy"] = options["proxy"].replace("{port}", str(port))
    made = probe_transport(url=base.replace("{port}", str(port)), **options)
    running = Stage(made, heard, tls=tls, read_at_most=read_at_most)
    try:
        yield running
        running.check()
    finally:
        made.close()
        for each in (*running.peers, *heard):
            each.close()
