"""The loop: hundreds of requests at once over non-blocking sockets and one epoll, in one thread.

The hot path of the product. A usual message costs one ``send``, one ``recv``, its share of an ``epoll_wait``, and one
comparison of bytes.
"""

import os
import select
import threading
import time
from collections.abc import Callable
from functools import partial

from vestnik.gateways.channel import Answer, Compose, ConnectionOptions
from vestnik.gateways.descriptors import allow_descriptors
from vestnik.gateways.limits import CONNECT_SECONDS, IDLE_CONNECTION
from vestnik.gateways.outcome import SUCCESS, classify_failure
from vestnik.gateways.transport.endpoint import Endpoint
from vestnik.gateways.transport.failures import TransportError
from vestnik.gateways.transport.link import ASSIGNED, BUSY, CLOSED, DIALLING, IDLE, OPENING, READ, WRITE, Link
from vestnik.gateways.transport.opening import Opener
from vestnik.gateways.transport.protocol import HttpProtocol, outcome_of

#: Bytes read at once; an answer is some hundred.
_PIECE = 16_384
_NEVER = float("inf")
_make = tuple.__new__


class Transport:
    """Sends messages as an adapter writes them, and gives back outcomes as it reads them.

    Belongs to one thread; only :meth:`wake` may be called from others. A message handed over is written to the network
    at most once. A kept connection that the gateway closed before anything was written on it is replaced.

    Args:
        adapter: writes requests and reads answers; it says where the gateway is.
        concurrency: requests in flight, at most.
        timeout: seconds for a whole request, at most.
        connect_timeout: seconds for name, connection, proxy and TLS together.
        options: certificates, proxy. No proxy: none, not even one that the environment names.

    Raises:
        SettingError: the process may not open so many connections.
        OSError: a file of certificates cannot be read.
        ValueError: an address is none.
    """

    def __init__(
        self,
        *,
        adapter: HttpProtocol,
        concurrency: int,
        timeout: float,
        connect_timeout: float = CONNECT_SECONDS,
        options: ConnectionOptions | None = None,
    ) -> None:
        allow_descriptors(concurrency)
        self._adapter = adapter
        self._usual_bodies = adapter.usual_bodies
        self._endpoint = Endpoint(adapter.url, options or ConnectionOptions())
        self._timeout, self._connect_timeout = timeout, connect_timeout
        self._concurrency = self._allowed = concurrency
        self._in_flight = 0
        self._links: dict[int, Link] = {}
        self._idle: list[Link] = []
        self._to_write: list[Link] = []
        self._answers: list[Answer] = []
        self._next_due = _NEVER
        self._now = time.monotonic()
        self._epoll = select.epoll()
        self._closing = threading.Lock()
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake_fd, READ)
        self._opener = Opener(self._endpoint, self._epoll, self._links, self._broken)

    @property
    def in_flight(self) -> int:
        """Requests handed over whose outcome :meth:`poll` has not given back."""
        return self._in_flight

    @property
    def free(self) -> int:
        """How many more may be handed over now."""
        return self._allowed - self._in_flight

    @property
    def places_used(self) -> int:
        """Requests that the provider has of us, at most."""
        return self._in_flight

    def allow(self, places: int) -> None:
        """Have no more requests than so many in flight from now on; no more than ``concurrency`` in any case."""
        self._allowed = min(self._concurrency, places)

    def prepare(self, text: str, *, expires_at: float) -> Compose:
        """Make a text ready to be sent: what writes the request for a message.

        Args:
            text: 1 to 2,000 characters.
            expires_at: unix seconds; the provider should not deliver it later.
        """
        return self._adapter.compose_bytes(text, expires_at=expires_at)

    def prepare_own(self, *, expires_at: float) -> Callable[[str], Compose]:
        """What makes texts ready of which each is one message's own: nothing is kept of them."""
        write = self._adapter.compose_own(expires_at=expires_at)
        return lambda text: partial(write, text)

    def hand_over(self, message_id: int, phone: int, text: Compose, timeout: float) -> None:
        """Start the request for one message; the network is touched by the next :meth:`poll`.

        Args:
            message_id: the ledger's and the gateway's id.
            phone: eleven digits.
            text: made by :meth:`prepare`.
            timeout: seconds for the whole request; the transport's own holds where it is less.

        Raises:
            IndexError: no request is free.
        """
        if self._in_flight >= self._concurrency:
            raise IndexError("no request is free")
        request = text(message_id, phone)
        self._in_flight += 1
        now = time.monotonic()
        idle = self._idle
        link = None
        if idle:
            link = idle.pop()
            if link.phase == IDLE and now < link.due:
                link.phase = ASSIGNED
            else:
                self._cut(link)
                link = self._kept(now)
        if link is None:
            link = Link(self._epoll)
            link.connect_by = now + self._connect_timeout
        link.request = request
        link.message_id = message_id
        link.started = now
        link.sent = False
        link.deadline = link.due = due = now + min(timeout, self._timeout)
        self._next_due = min(self._next_due, due)
        self._to_write.append(link)

    def poll(self, wait: float) -> list[Answer]:
        """Drive all requests until at least one has its outcome, :meth:`wake` is called or ``wait`` seconds passed."""
        until = time.monotonic() + wait
        woken = False
        while True:
            # With something to write it only looks: what the gateway has closed meanwhile is not written to.
            idle = 0.0 if self._to_write else min(until, self._next_due) - time.monotonic()
            woken = self._look(idle) or woken
            if self._to_write:
                self._write_all()
            if self._now >= self._next_due:
                self._act_on_time()
            if self._answers or woken or self._now >= until:
                answers, self._answers = self._answers, []
                return answers

    def wake(self) -> None:
        """Make the running or the next :meth:`poll` return. May be called from any thread, also after the close."""
        with self._closing:
            if self._wake_fd >= 0:
                os.eventfd_write(self._wake_fd, 1)

    def close(self) -> None:
        """Drop what is in flight and every connection. The transport cannot be used again."""
        with self._closing:
            if self._wake_fd < 0:
                return
            os.close(self._wake_fd)
            self._wake_fd = -1
        for link in {*self._links.values()}:
            self._cut(link)
        self._idle.clear()
        self._to_write.clear()
        self._opener.close()
        self._epoll.close()

    def _kept(self, now: float) -> Link | None:
        """The connection that was used last, if it is not too old; the others are older."""
        while self._idle:
            link = self._idle.pop()
            if link.phase == IDLE and now < link.due:
                link.phase = ASSIGNED
                return link
            self._cut(link)
        return None

    # -- what sockets and the clock say

    def _look(self, wait: float) -> bool:
        """Wait for sockets and act on what they say; True when woken.

        No socket is opened meanwhile, so that a descriptor stands for one socket as long as its events are looked at.
        """
        woken = False
        links = self._links
        heard = self._epoll.poll(max(0.0, wait), self._concurrency + 2)
        self._now = time.monotonic()
        for descriptor, events in heard:
            link = links.get(descriptor)
            if link is None:
                woken = self._hear(descriptor) or woken
            elif link.phase >= ASSIGNED and events == READ:  # nearly always
                self._read(link)
            elif link.phase == DIALLING:
                if self._opener.dialled(link, descriptor):
                    self._connected(link)
                else:
                    self._to_write.append(link)  # the next address, once all events are looked at
            else:
                if events & WRITE:
                    link.flush()
                if events & ~WRITE:
                    self._read(link)
        return woken

    def _hear(self, descriptor: int) -> bool:
        if descriptor == self._wake_fd:
            os.eventfd_read(descriptor)
            return True
        if descriptor == self._opener.names.fd:
            self._to_write += self._opener.looked_up()
        return False

    def _act_on_time(self) -> None:
        """Give up what is late, and learn when to look again."""
        now = self._now
        self._opener.names.refresh(now)
        for link in {*self._links.values(), *self._opener.nameless}:
            if link.due <= now:
                self._act_on(link, now)
        self._idle = [link for link in self._idle if link.phase == IDLE]
        waiting = [link for link in (*self._links.values(), *self._opener.nameless) if link.phase != CLOSED]
        self._next_due = min((link.due for link in waiting), default=_NEVER)

    def _act_on(self, link: Link, now: float) -> None:
        if link.phase == IDLE:
            self._cut(link)
        elif link.deadline <= now:
            self._broken(link, TransportError("timeout", f"no answer within {link.deadline - link.started:.3g} s"))
        elif link.connect_by <= now and link.phase <= OPENING:
            self._broken(link, TransportError("timeout", f"no connection within {self._connect_timeout:.3g} s"))
        elif link.phase == DIALLING:
            self._opener.dial_next(link, now)

    # -- writing

    def _write_all(self) -> None:
        links, self._to_write = self._to_write, []
        for link in links:
            if link.phase == ASSIGNED:
                try:
                    link.write()
                except TransportError as error:
                    self._broken(link, error)
            elif link.phase != CLOSED:
                if link.phase == DIALLING:
                    self._opener.dial_next(link, self._now)
                else:
                    self._opener.open(link, self._now)
                self._next_due = min(self._next_due, link.due)

    # -- reading

    def _connected(self, link: Link) -> None:
        try:
            link.connection.open()
            link.go_on()
        except TransportError as error:
            self._broken(link, error)

    def _read(self, link: Link) -> None:
        try:
            data = link.sock.recv(_PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._broken(link, link.connection.lost(error.strerror))
            return
        try:
            if link.phase != BUSY:
                self._read_unasked(link, data)
            elif (link.receive or link.connection.receive)(data) if data else link.connection.end():
                self._answered(link)
            elif link.receive is None:
                link.go_on()
        except TransportError as error:
            self._broken(link, error)

    def _read_unasked(self, link: Link, data: bytes) -> None:
        """Something came on a connection that has no request, or none of which a byte is written."""
        connection = link.connection
        if link.phase == OPENING and data:
            if connection.receive(data):
                raise TransportError("garbage", "the gateway answered before it was asked")
        elif link.phase == OPENING:
            connection.end()
        elif not data or not connection.receive_unasked(data):
            raise connection.lost("the gateway closed the connection")
        link.go_on()

    def _answered(self, link: Link) -> None:
        connection = link.connection
        reader = connection.reader
        usual = reader.status == 200 and reader.body in self._usual_bodies
        outcome = SUCCESS if usual else outcome_of(self._adapter, reader)
        # What a named tuple's own constructor does, at half the price.
        self._answers.append(_make(Answer, (link.message_id, outcome, self._now - link.started)))
        self._in_flight -= 1
        if link.fresh:
            link.fresh = False
            self._endpoint.remember(connection)
        if not reader.keep or link.unsent or link.retired:
            self._cut(link)
            return
        link.phase = IDLE
        link.due = due = self._now + IDLE_CONNECTION
        self._next_due = min(self._next_due, due)
        self._idle.append(link)

    # -- ends

    def _broken(self, link: Link, error: TransportError) -> None:
        """The connection is gone. A request of which nothing was written on a kept one gets another, once."""
        phase = link.phase
        if phase == CLOSED:
            return
        link.say_why()
        self._cut(link)
        if phase == IDLE:
            return
        if phase == ASSIGNED and not link.fresh and link.deadline > self._now:
            self._replace(link)
            return
        outcome = classify_failure(error.code, error.detail, sent=link.sent and not error.not_sent)
        self._answers.append(Answer(link.message_id, outcome, self._now - link.started))
        self._in_flight -= 1

    def _replace(self, link: Link) -> None:
        other = Link(self._epoll)
        other.message_id, other.request = link.message_id, link.request
        other.started, other.deadline = link.started, link.deadline
        other.connect_by = self._now + self._connect_timeout
        self._to_write.append(other)

    def _cut(self, link: Link) -> None:
        """Close the sockets of a link."""
        connected = link.is_connected
        link.phase = CLOSED
        self._opener.hang_up(link)
        if connected:
            self._links.pop(link.sock.fileno(), None)
            link.sock.close()
