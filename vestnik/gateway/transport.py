"""HTTP by libcurl's multi interface over its socket API: one epoll, a thousand requests in flight.

libcurl itself repeats a POST when a reused connection closes under it (one transfer, up to six receipts were seen).
So bodies go through a READFUNCTION without a seek function: libcurl cannot rewind it, the transfer fails with error 65
(CURLE_SEND_FAIL_REWIND), and the caller decides.
"""

import os
import select
import time
from typing import Any, NamedTuple

import pycurl

from vestnik.gateway.outcome import Outcome, classify_answer, classify_failure

#: Bytes of an answer that are kept; more are read and dropped.
MOST_ANSWER = 65_536
#: Seconds after which an idle connection is not used again: a gateway that closes it meanwhile would cost a request.
IDLE_CONNECTION = 20
#: Seconds to connect, TLS included.
CONNECT_TIMEOUT = 5.0
_EPOLL_OF_CURL = {
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}


class Answer(NamedTuple):
    """What became of one request. ``latency`` in seconds."""

    message_id: int
    outcome: Outcome
    latency: float


class _Request:
    """An easy handle, used again and again, and what belongs to the request it carries."""

    __slots__ = ("body", "curl", "message_id", "received", "size", "started")

    def __init__(self) -> None:
        self.curl = pycurl.Curl()
        self.message_id = 0
        self.started = 0.0
        self.body = b""
        self.size = 0
        self.received: list[bytes] = []

    def read(self, most: int) -> bytes:
        """READFUNCTION: gives the body out once; there is no way back to its beginning."""
        piece, self.body = self.body[:most], self.body[most:]
        return piece

    def write(self, data: bytes) -> int:
        """WRITEFUNCTION: keeps the beginning of the answer's body."""
        self.size += len(data)
        if self.size <= MOST_ANSWER:
            self.received.append(data)
        return len(data)


class Transport:
    """Hands messages over to the gateway and tells what became of them. Belongs to one thread, but for ``wake``.

    Args:
        url: base URL of the gateway; the message goes to ``{url}/send/{id}``.
        token: the JWT for the Authorization header.
        concurrency: most requests in flight.
        timeout: seconds a whole request may take, where hand_over says no less.
        connect_timeout: seconds to connect, TLS included.
        verify_file: certificate authorities, where not the system's.
    """

    def __init__(
        self,
        *,
        url: str,
        token: str,
        concurrency: int,
        timeout: float,
        connect_timeout: float = CONNECT_TIMEOUT,
        verify_file: str | None = None,
    ) -> None:
        self._base = f"{url.rstrip('/')}/send/"
        self._timeout = timeout
        self._concurrency = concurrency
        self._connect_timeout = connect_timeout
        self._verify_file = verify_file
        self._headers = [
            f"Authorization: Bearer {token}",
            "Content-Type: application/json",
            "Accept: application/json",
            "Expect:",
        ]
        self._idle: list[_Request] = []
        self._busy: dict[pycurl.Curl, _Request] = {}
        self._epoll = select.epoll()
        self._registered: set[int] = set()
        self._waker = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._waker, select.EPOLLIN)
        self._timer_at: float | None = None
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, concurrency + 16)
        self._multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, concurrency)

    @property
    def in_flight(self) -> int:
        """Requests handed over without an answer."""
        return len(self._busy)

    @property
    def free(self) -> int:
        """How many more may be handed over now."""
        return self._concurrency - len(self._busy)

    def hand_over(self, message_id: int, phone: int, text_json: bytes, timeout: float) -> None:
        """Start the request of one message; ``poll`` sends it.

        Args:
            message_id: also the gateway's id.
            phone: as a number.
            text_json: the text, encoded as a JSON string.
            timeout: seconds for the whole request (the least of this and the transport's counts).
        """
        request = self._idle.pop() if self._idle else self._new_request()
        body = b'{"id":%d,"phone":%d,"text":%b}' % (message_id, phone, text_json)
        request.message_id = message_id
        request.body = body
        request.received = []
        request.size = 0
        request.started = time.monotonic()
        curl = request.curl
        curl.setopt(pycurl.URL, f"{self._base}{message_id}")
        curl.setopt(pycurl.POSTFIELDSIZE, len(body))
        curl.setopt(pycurl.TIMEOUT_MS, max(1, int(min(timeout, self._timeout) * 1_000)))
        self._busy[curl] = request
        self._multi.add_handle(curl)

    def poll(self, wait: float) -> list[Answer]:
        """Drive all transfers; return as soon as there are answers, after a ``wake``, or after ``wait`` seconds."""
        until = time.monotonic() + wait
        while True:
            now = time.monotonic()
            left = until - now
            if self._timer_at is not None:
                left = min(left, self._timer_at - now)
            events = self._epoll.poll(max(0.0, left))
            woken = self._act(events)
            answers = self._answers()
            if answers or woken or time.monotonic() >= until:
                return answers

    def wake(self) -> None:
        """Make a running or the next ``poll`` return. May be called from any thread."""
        try:
            os.eventfd_write(self._waker, 1)
        except (BlockingIOError, ValueError, OSError):
            return  # full, so it will wake anyhow; or closed, so nobody polls

    def close(self) -> None:
        """Drop what is in flight, and all connections."""
        for request in self._busy.values():
            self._multi.remove_handle(request.curl)
            request.curl.close()
        for request in self._idle:
            request.curl.close()
        self._busy.clear()
        self._idle.clear()
        self._multi.close()
        self._epoll.close()
        waker, self._waker = self._waker, -1
        os.close(waker)

    # -- libcurl's callbacks and the event loop

    def _on_socket(self, what: int, descriptor: int, _multi: Any, _data: Any) -> None:
        if what == pycurl.POLL_REMOVE:
            if descriptor in self._registered:
                self._registered.discard(descriptor)
                try:
                    self._epoll.unregister(descriptor)
                except OSError:
                    return  # closed already: the kernel has forgotten it, too
        elif descriptor in self._registered:
            self._epoll.modify(descriptor, _EPOLL_OF_CURL[what])
        else:
            self._registered.add(descriptor)
            self._epoll.register(descriptor, _EPOLL_OF_CURL[what])

    def _on_timer(self, milliseconds: int) -> None:
        self._timer_at = None if milliseconds < 0 else time.monotonic() + milliseconds / 1_000

    def _act(self, events: list[tuple[int, int]]) -> bool:
        woken = False
        action = self._multi.socket_action
        for descriptor, event in events:
            if descriptor == self._waker:
                os.eventfd_read(self._waker)
                woken = True
                continue
            mask = 0
            if event & select.EPOLLIN:
                mask |= pycurl.CSELECT_IN
            if event & select.EPOLLOUT:
                mask |= pycurl.CSELECT_OUT
            if event & (select.EPOLLERR | select.EPOLLHUP):
                mask |= pycurl.CSELECT_ERR
            action(descriptor, mask)
        if self._timer_at is not None and time.monotonic() >= self._timer_at:
            self._timer_at = None
            action(pycurl.SOCKET_TIMEOUT, 0)
        return woken

    def _answers(self) -> list[Answer]:
        answers: list[Answer] = []
        while True:
            queued, good, bad = self._multi.info_read()
            for curl in good:
                answers.append(self._good(self._busy.pop(curl)))
            for curl, number, message in bad:
                answers.append(self._bad(self._busy.pop(curl), number, message))
            if not queued:
                return answers

    def _good(self, request: _Request) -> Answer:
        curl = request.curl
        status = curl.getinfo(pycurl.RESPONSE_CODE)
        retry_after = curl.getinfo(pycurl.RETRY_AFTER) if status in {429, 503} else 0
        body = request.received[0] if len(request.received) == 1 else b"".join(request.received)
        outcome = classify_answer(status, body, float(retry_after) if retry_after else None)
        return self._done(request, outcome)

    def _bad(self, request: _Request, number: int, message: str) -> Answer:
        size = request.curl.getinfo(pycurl.REQUEST_SIZE)
        return self._done(request, classify_failure(number, message, request_size=size))

    def _done(self, request: _Request, outcome: Outcome) -> Answer:
        self._multi.remove_handle(request.curl)
        self._idle.append(request)
        return Answer(request.message_id, outcome, time.monotonic() - request.started)

    def _new_request(self) -> _Request:
        request = _Request()
        curl = request.curl
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.POST, 1)
        curl.setopt(pycurl.HTTPHEADER, self._headers)
        curl.setopt(pycurl.READFUNCTION, request.read)
        curl.setopt(pycurl.WRITEFUNCTION, request.write)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, int(self._connect_timeout * 1_000))
        curl.setopt(pycurl.MAXAGE_CONN, IDLE_CONNECTION)
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        curl.setopt(pycurl.PROXY, "")
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.TCP_NODELAY, 1)
        curl.setopt(pycurl.SSL_VERIFYPEER, 1)
        curl.setopt(pycurl.SSL_VERIFYHOST, 2)
        curl.setopt(pycurl.USERAGENT, "vestnik")
        if self._verify_file:
            curl.setopt(pycurl.CAINFO, self._verify_file)
        return request
