"""Runs hundreds of requests at once over one epoll, by libcurl's multi interface and its socket API.

The hot path of the product, so what is not needed for each request is done once: handles, connections and headers are
reused, no header is parsed in Python, and a usual answer costs a comparison of bytes.
"""

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any, NamedTuple

import pycurl

from vestnik.gateway.concurrency import ConcurrencyLimit, ProcessorQueue
from vestnik.gateway.handles import allow_descriptors, handle_options
from vestnik.gateway.limits import CONNECT_SECONDS
from vestnik.gateway.liveness import Liveness
from vestnik.gateway.outcome import Outcome, classify_answer, classify_failure

_READ, _WRITE, _ERROR = select.EPOLLIN, select.EPOLLOUT, select.EPOLLERR | select.EPOLLHUP
#: What libcurl wants to know of a socket (CURL_POLL_IN, OUT, INOUT), as epoll says it.
_WANTED = {pycurl.POLL_IN: _READ, pycurl.POLL_OUT: _WRITE, pycurl.POLL_INOUT: _READ | _WRITE}


class Answer(NamedTuple):
    """What came of one message handed over. ``latency`` is in seconds, from the hand-over."""

    message_id: int
    outcome: Outcome
    latency: float


class _Slot:
    """One easy handle and what belongs to the request that it carries."""

    __slots__ = ("body", "chunks", "curl", "message_id", "started", "timeout_ms")

    def __init__(self) -> None:
        self.curl: Any = pycurl.Curl()
        self.curl.slot = self
        self.body = b""
        self.chunks: list[bytes] = []
        self.message_id = 0
        self.started = 0.0
        self.timeout_ms = 0


class Transport:
    """Posts messages to ``{url}/send/{id}`` and gives back outcomes.

    Belongs to one thread; only :meth:`wake` may be called from others. A message handed over is written to the
    network at most once: libcurl would repeat a POST by itself when a reused connection closes, so bodies come
    from a function that cannot rewind; and a kept connection that the gateway has closed is not written to.

    Args:
        url: the gateway's base, without a slash at the end.
        token: goes into ``Authorization: Bearer``.
        concurrency: requests in flight, at most.
        timeout: seconds for a whole request, at most.
        connect_timeout: seconds for name, connection and TLS together.
        verify_file: certificates to trust instead of the machine's.

    Raises:
        SettingError: the process may not open so many connections.
    """

    def __init__(
        self,
        *,
        url: str,
        token: str,
        concurrency: int,
        timeout: float,
        connect_timeout: float = CONNECT_SECONDS,
        verify_file: str | None = None,
    ) -> None:
        allow_descriptors(concurrency)
        self._base = f"{url}/send/".encode()
        self._timeout = timeout
        self._concurrency = concurrency
        self._limit = ConcurrencyLimit(concurrency)
        self._processor_queue = ProcessorQueue()
        self._epoll = select.epoll()
        self._watched: dict[int, int] = {}
        self._parked: set[int] = set()
        self._due: float | None = None
        self._closing = threading.Lock()
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake_fd, _READ)
        self._multi: Any = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, concurrency)
        self._add: Callable[[Any], None] = self._multi.add_handle
        self._slots = [_Slot() for _ in range(concurrency)]
        self._liveness = Liveness([slot.curl for slot in self._slots])
        options = handle_options(token, connect_timeout, verify_file)
        for slot in self._slots:
            self._configure(slot, options)
        self._idle = self._slots.copy()

    @property
    def in_flight(self) -> int:
        """Requests handed over whose outcome :meth:`poll` has not given back."""
        return self._concurrency - len(self._idle)

    @property
    def free(self) -> int:
        """How many more may be handed over now; more are taken, but would not come faster."""
        return max(0, self._limit.now - self.in_flight)

    def hand_over(self, message_id: int, phone: int, text_json: bytes, timeout: float) -> None:
        """Start the request for one message; the network is touched by the next :meth:`poll`.

        Args:
            message_id: the ledger's and the gateway's id.
            phone: eleven digits.
            text_json: the text as a JSON string, quotes included, UTF-8.
            timeout: seconds for the whole request; the transport's own holds where it is less.

        Raises:
            IndexError: no request is free.
        """
        slot = self._idle.pop()
        curl = slot.curl
        body = slot.body = b'{"id":%d,"phone":%d,"text":%b}' % (message_id, phone, text_json)
        slot.message_id = message_id
        curl.setopt(pycurl.URL, b"%b%d" % (self._base, message_id))
        curl.setopt(pycurl.POSTFIELDSIZE, len(body))
        curl.setopt(pycurl.READFUNCTION, BytesIO(body).read)
        milliseconds = max(1, int(min(timeout, self._timeout) * 1_000))
        if milliseconds != slot.timeout_ms:
            slot.timeout_ms = milliseconds
            curl.setopt(pycurl.TIMEOUT_MS, milliseconds)
        slot.started = time.monotonic()
        self._add(curl)

    def poll(self, wait: float) -> list[Answer]:
        """Drive all requests until at least one has its outcome, :meth:`wake` is called or ``wait`` seconds passed."""
        deadline = time.monotonic() + wait
        while True:
            woken = self._drive(deadline)
            answers = self._collect()
            if answers or woken or time.monotonic() >= deadline:
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
        for slot in self._slots:
            if slot.curl.multi() is not None:
                self._multi.remove_handle(slot.curl)
            slot.curl.slot = None
            slot.curl.close()
        self._idle.clear()
        self._multi.close()
        self._epoll.close()
        self._processor_queue.close()

    def _configure(self, slot: _Slot, options: dict[int, Any]) -> None:
        for option, value in options.items():
            slot.curl.setopt(option, value)
        # A C method as the callback: None means "all taken", and no Python frame is made.
        slot.curl.setopt(pycurl.WRITEFUNCTION, slot.chunks.append)
        slot.curl.setopt(pycurl.SOCKOPTFUNCTION, self._on_new_socket)

    # -- libcurl's side

    def _on_socket(self, what: int, fd: int, _multi: Any, _data: Any) -> None:
        """What libcurl wants to know of a socket from now on; nothing, between two requests.

        Then it stays registered, to notice a close, since the next request will want the same: no call of the kernel.
        If it was closed meanwhile the kernel has forgotten it, and the next of that number is announced as a new one.
        """
        wanted = _WANTED.get(what, 0)
        if not wanted:
            if self._watched.get(fd) != _READ:  # of an answer that came before libcurl waited for it
                self._watch_for_goodbye(fd)
            self._parked.add(fd)
            return
        known = self._watched.get(fd)
        if known is None:
            self._epoll.register(fd, wanted)
        elif known != wanted:
            self._epoll.modify(fd, wanted)
        self._parked.discard(fd)
        self._watched[fd] = wanted

    def _on_new_socket(self, fd: int, _purpose: int) -> int:
        """Libcurl has opened a socket: if one of that number was known, it is closed, and the kernel forgot it."""
        self._parked.discard(fd)
        self._watched.pop(fd, None)
        return int(pycurl.SOCKOPT_OK)

    def _watch_for_goodbye(self, fd: int) -> None:
        with contextlib.suppress(OSError):
            self._epoll.modify(fd, _READ)
            self._watched[fd] = _READ

    def _unwatch(self, fd: int) -> None:
        """A socket that nobody asks about has something to say: the gateway has closed it. Libcurl finds out itself."""
        self._parked.discard(fd)
        del self._watched[fd]
        with contextlib.suppress(OSError):  # closed already: then the kernel has forgotten it, too
            self._epoll.unregister(fd)

    def _on_timer(self, milliseconds: int) -> None:
        self._due = None if milliseconds < 0 else time.monotonic() + milliseconds / 1_000

    def _drive(self, deadline: float) -> bool:
        """Wait for sockets or libcurl's timer until ``deadline``, and let libcurl act. True when woken."""
        woken = False
        heard = []
        self._liveness.trust_again()
        for fd, events in self._wait(deadline):
            if fd == self._wake_fd:
                os.eventfd_read(fd)
                woken = True
            elif fd in self._parked:
                self._liveness.distrust()
                self._unwatch(fd)
            else:
                heard.append((fd, events))
        act = self._multi.socket_action
        if self._due is not None and self._due <= time.monotonic():
            # New requests first: the gateway has something to do while its answers are read.
            self._due = None
            act(pycurl.SOCKET_TIMEOUT, 0)
        for fd, events in heard:
            mask = (pycurl.CSELECT_IN if events & _READ else 0) | (pycurl.CSELECT_OUT if events & _WRITE else 0)
            act(fd, mask | (pycurl.CSELECT_ERR if events & _ERROR else 0))
        return woken

    def _wait(self, deadline: float) -> list[tuple[int, int]]:
        """Wait for sockets until ``deadline`` or until libcurl's timer is due; what they have to say."""
        began, queued = time.monotonic(), self._processor_queue.seconds()
        until = deadline if self._due is None else min(deadline, self._due)
        heard = self._epoll.poll(max(0.0, until - began), self._concurrency + 1)
        ended = time.monotonic()
        waited = ended - began - (self._processor_queue.seconds() - queued)
        self._limit.note_wait(waited, until=ended, reached=self.in_flight >= self._limit.now)
        return heard

    def _collect(self) -> list[Answer]:
        _, done, failed = self._multi.info_read()
        if not done and not failed:
            return []
        now = time.monotonic()
        answers = []
        for curl in done:
            slot = curl.slot
            if curl.getinfo(pycurl.NUM_CONNECTS):
                self._liveness.remember(curl)
            body = b"".join(slot.chunks)
            status = curl.getinfo(pycurl.RESPONSE_CODE)
            outcome = _outcome(curl, status, body)
            answers.append(Answer(slot.message_id, outcome, now - slot.started))
            self._release(slot)
        for curl, number, words in failed:
            slot = curl.slot
            if number == pycurl.E_ABORTED_BY_CALLBACK and self._try_again(slot, now):
                continue
            outcome = classify_failure(number, words, curl.getinfo(pycurl.REQUEST_SIZE))
            answers.append(Answer(slot.message_id, outcome, now - slot.started))
            self._release(slot)
        return answers

    def _try_again(self, slot: _Slot, now: float) -> bool:
        """The kept connection was gone and nothing was written to it: take another, in what is left of the time."""
        left = slot.timeout_ms - int((now - slot.started) * 1_000)
        if left <= 0:
            return False
        self._multi.remove_handle(slot.curl)
        slot.timeout_ms = left
        slot.curl.setopt(pycurl.TIMEOUT_MS, left)
        slot.curl.setopt(pycurl.READFUNCTION, BytesIO(slot.body).read)
        self._add(slot.curl)
        return True

    def _release(self, slot: _Slot) -> None:
        slot.chunks.clear()
        self._multi.remove_handle(slot.curl)
        self._idle.append(slot)


def _outcome(curl: Any, status: int, body: bytes) -> Outcome:
    if status == 200:
        return classify_answer(status, body, None, 0.0)
    # libcurl reads both forms of Retry-After itself: no header passes through Python.
    seconds = curl.getinfo(pycurl.RETRY_AFTER)
    return classify_answer(status, body, str(seconds) if seconds > 0 else None, time.time())
