"""``python -m bench.baselines.raw_loop``: libcurl's multi interface and nothing else, as fast as Python can drive it.

No database, no leases, no outcome table: it only counts answers with status 200. Several processes share the work as
dispatchers do. Which form is the fastest depends on the machine, so :func:`fastest` looks before each measurement:
``perform`` with libcurl's own waiting, or the socket API over epoll, with 16 to 256 requests in flight.
"""

import argparse
import select
import sys
import time
from statistics import mean
from typing import Any, NamedTuple

import orjson
import pycurl

from bench.cluster import TOKEN
from bench.senders import FIRST_ID, FIRST_PHONE, Run, run_senders, send_at_the_start
from bench.sinks import Sink
from harness.rest import TEXT

_IN, _OUT = select.EPOLLIN, select.EPOLLOUT
_WANTED = {pycurl.POLL_IN: _IN, pycurl.POLL_OUT: _OUT, pycurl.POLL_INOUT: _IN | _OUT}
#: Requests in flight that are tried in each process, and how often each form is.
IN_FLIGHT, ROUNDS = (16, 32, 64, 128, 256), 2


class Form(NamedTuple):
    """How libcurl is driven, and requests in flight in each process."""

    api: str
    in_flight: int

    def __str__(self) -> str:
        return f"{self.api}, {self.in_flight} in flight"


class PerformLoop:
    """Posts so many messages with so many requests in flight, by ``perform`` and libcurl's own waiting."""

    def __init__(self, url: str, in_flight: int) -> None:
        self._base = f"{url}/send/".encode()
        self._text = orjson.dumps(TEXT)
        self._multi: Any = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, in_flight)
        self._handles = [_handle() for _ in range(in_flight)]

    def run(self, messages: int) -> int:
        """Send them all and wait for the answers; how many there were."""
        started = answered = 0
        idle = self._handles.copy()
        remove = self._multi.remove_handle
        while answered < messages:
            while idle and started < messages:
                self._start(idle.pop(), started)
                started += 1
            self._drive()
            _, done, failed = self._multi.info_read()
            assert not failed, failed[0]
            for curl in done:
                assert curl.getinfo(pycurl.RESPONSE_CODE) == 200
                remove(curl)
                idle.append(curl)
            answered += len(done)
            if not done:
                self._wait()
        return answered

    def _start(self, curl: Any, number: int) -> None:
        message = FIRST_ID + number
        curl.setopt(pycurl.URL, b"%b%d" % (self._base, message))
        body = b'{"id":%d,"phone":%d,"text":%b}' % (message, FIRST_PHONE + number, self._text)
        curl.setopt(pycurl.POSTFIELDS, body)
        self._multi.add_handle(curl)

    def _drive(self) -> None:
        self._multi.perform()

    def _wait(self) -> None:
        self._multi.select(1.0)


class SocketLoop(PerformLoop):
    """The same by libcurl's socket API over epoll."""

    def __init__(self, url: str, in_flight: int) -> None:
        super().__init__(url, in_flight)
        self._epoll = select.epoll()
        self._known: set[int] = set()
        self._due: float | None = None
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)

    def _drive(self) -> None:
        wait = 1.0 if self._due is None else max(0.0, self._due - time.monotonic())
        act = self._multi.socket_action
        for fd, events in self._epoll.poll(wait, 1_024):
            act(fd, (pycurl.CSELECT_IN if events & _IN else 0) | (pycurl.CSELECT_OUT if events & _OUT else 0))
        if self._due is not None and self._due <= time.monotonic():
            self._due = None
            act(pycurl.SOCKET_TIMEOUT, 0)

    def _wait(self) -> None:
        """The next look at the sockets waits."""

    def _on_socket(self, what: int, fd: int, _multi: Any, _data: Any) -> None:
        wanted = _WANTED.get(what, 0)
        if not wanted:
            if fd in self._known:
                self._known.discard(fd)
                self._epoll.unregister(fd)
        elif fd in self._known:
            self._epoll.modify(fd, wanted)
        else:
            self._known.add(fd)
            self._epoll.register(fd, wanted)

    def _on_timer(self, milliseconds: int) -> None:
        self._due = None if milliseconds < 0 else time.monotonic() + milliseconds / 1_000


_LOOPS = {"perform": PerformLoop, "socket": SocketLoop}


def _handle() -> Any:
    curl = pycurl.Curl()
    headers = [
        f"Authorization: Bearer {TOKEN}",
        "Content-Type: application/json",
        "Accept: application/json",
        "Expect:",
    ]
    curl.setopt(pycurl.USERAGENT, "vestnik")
    curl.setopt(pycurl.HTTPHEADER, headers)
    curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.TCP_NODELAY, 1)
    curl.setopt(pycurl.PROXY, "")
    # A C method that takes the body and says "all of it".
    curl.setopt(pycurl.WRITEFUNCTION, [].append)
    return curl


def run(sink: Sink, *, messages: int, processes: int, form: Form) -> Run:
    """Send ``messages`` with so many processes at once."""
    command = [sys.executable, "-m", "bench.baselines.raw_loop", "--api", form.api, "--in-flight", str(form.in_flight)]
    return run_senders(sink, command, processes=processes, messages=messages)


def fastest(sink: Sink, *, messages: int, processes: int) -> tuple[Form, dict[str, float]]:
    """The form that is the fastest here and now, and messages per second of every form that was tried."""
    forms = [Form(api, in_flight) for api in _LOOPS for in_flight in IN_FLIGHT]
    rates: dict[Form, list[float]] = {form: [] for form in forms}
    for _ in range(ROUNDS):
        for form in forms:
            rates[form].append(run(sink, messages=messages, processes=processes, form=form).rate)
    means = {form: mean(found) for form, found in rates.items()}
    return max(forms, key=means.__getitem__), {str(form): round(rate) for form, rate in means.items()}


def main() -> None:
    """One of the processes."""
    parser = argparse.ArgumentParser(prog="bench.baselines.raw_loop")
    parser.add_argument("url")
    parser.add_argument("messages", type=int)
    parser.add_argument("--api", choices=sorted(_LOOPS), required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    options = parser.parse_args()
    loop = _LOOPS[options.api](options.url, options.in_flight)
    send_at_the_start(lambda: loop.run(options.messages))


if __name__ == "__main__":
    main()
