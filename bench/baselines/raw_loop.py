"""``python -m bench.baselines.raw_loop``: libcurl's multi interface and nothing else, as fast as Python can drive it.

No database, no leases, no outcome table: it only counts answers with status 200. Several processes share the work as
dispatchers do. This is the limit that a dispatcher is measured against.
"""

import argparse
import json
import os
import select
import subprocess
import sys
import time
from typing import Any

import orjson
import pycurl

from bench.cluster import TOKEN
from bench.processes import cpu_of
from bench.sinks import Sink
from harness.rest import TEXT

_IN, _OUT = select.EPOLLIN, select.EPOLLOUT
_WANTED = {pycurl.POLL_IN: _IN, pycurl.POLL_OUT: _OUT, pycurl.POLL_INOUT: _IN | _OUT}
#: Ids and phones as long as those of the ledger.
_FIRST_ID, _FIRST_PHONE = 90_000_000_000_000, 79_000_000_000


class RawLoop:
    """Posts so many messages with so many requests in flight."""

    def __init__(self, url: str, concurrency: int) -> None:
        self._base = f"{url}/send/".encode()
        self._text = orjson.dumps(TEXT)
        self._epoll = select.epoll()
        self._known: set[int] = set()
        self._due: float | None = None
        self._multi: Any = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, concurrency)
        self._handles = [self._handle() for _ in range(concurrency)]
        self.answered = 0

    def _handle(self) -> Any:
        curl = pycurl.Curl()
        headers = [f"Authorization: Bearer {TOKEN}", "Content-Type: application/json", "Expect:"]
        curl.setopt(pycurl.HTTPHEADER, headers)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.TCP_NODELAY, 1)
        curl.setopt(pycurl.PROXY, "")
        # A C method that takes the body and says "all of it".
        curl.setopt(pycurl.WRITEFUNCTION, [].append)
        return curl

    def run(self, messages: int) -> None:
        """Send them all and wait for the answers."""
        started = 0
        idle = self._handles.copy()
        while self.answered < messages:
            while idle and started < messages:
                self._start(idle.pop(), started)
                started += 1
            self._drive()
            _, done, failed = self._multi.info_read()
            assert not failed, failed[0]
            for curl in done:
                assert curl.getinfo(pycurl.RESPONSE_CODE) == 200
                self._multi.remove_handle(curl)
                idle.append(curl)
            self.answered += len(done)

    def _start(self, curl: Any, number: int) -> None:
        message = _FIRST_ID + number
        curl.setopt(pycurl.URL, b"%b%d" % (self._base, message))
        body = b'{"id":%d,"phone":%d,"text":%b}' % (message, _FIRST_PHONE + number, self._text)
        curl.setopt(pycurl.POSTFIELDS, body)
        self._multi.add_handle(curl)

    def _drive(self) -> None:
        wait = 1.0 if self._due is None else max(0.0, self._due - time.monotonic())
        act = self._multi.socket_action
        for fd, events in self._epoll.poll(wait, 1_024):
            act(fd, (pycurl.CSELECT_IN if events & _IN else 0) | (pycurl.CSELECT_OUT if events & _OUT else 0))
        if self._due is not None and self._due <= time.monotonic():
            self._due = None
            act(pycurl.SOCKET_TIMEOUT, 0)

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


class Run:
    """One measured run: messages per second over all processes, and seconds of processor time of senders and sink."""

    def __init__(self, rate: float, sender_cpu: float, sink_cpu: float) -> None:
        self.rate = rate
        self.sender_cpu = sender_cpu
        self.sink_cpu = sink_cpu


def run(sink: Sink, *, messages: int, processes: int, concurrency: int = 256) -> Run:
    """Send ``messages`` with so many processes at once; the time counts from when all are ready to the last answer."""
    command = [sys.executable, "-m", "bench.baselines.raw_loop", sink.url, str(messages // processes)]
    children = [
        subprocess.Popen(
            [*command, "--concurrency", str(concurrency)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    before, start = cpu_of(sink.processes()), time.time() + 0.1
    for child in children:
        assert child.stdin is not None
        child.stdin.write(f"{start}\n")
        child.stdin.flush()
    reports = [json.loads(child.communicate()[0]) for child in children]
    seconds = max(report["ended"] for report in reports) - start
    sent = sum(report["messages"] for report in reports)
    return Run(sent / seconds, sum(report["cpu"] for report in reports), cpu_of(sink.processes()) - before)


def main() -> None:
    """Say ready, wait for the start (unix seconds on stdin), send, report."""
    parser = argparse.ArgumentParser(prog="bench.baselines.raw_loop")
    parser.add_argument("url")
    parser.add_argument("messages", type=int)
    parser.add_argument("--concurrency", type=int, default=256)
    options = parser.parse_args()
    loop = RawLoop(options.url, options.concurrency)
    print("ready", flush=True)
    time.sleep(max(0.0, float(sys.stdin.readline()) - time.time()))
    before = os.times()
    loop.run(options.messages)
    after = os.times()
    cpu = after.user + after.system - before.user - before.system
    print(json.dumps({"messages": loop.answered, "ended": time.time(), "cpu": cpu}))


if __name__ == "__main__":
    main()
