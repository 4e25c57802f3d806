"""Load on an HTTP server: so many connections, each with one request after the other, and how long each took.

Driven by libcurl: a request costs the load some 50 µs, a hundredth of what it costs the server.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

import pycurl

from vestnik.errors import ClusterError

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Load:
    """Requests per second, and milliseconds that half and 99 of 100 took at most."""

    rate: float
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask: ``body`` makes the n-th body of a POST; None: a GET. ``status``: what a good answer has.

    ``key``: begins the ``Idempotency-Key`` of each POST, which ends with its number; empty: it has none.
    """

    url: str
    headers: tuple[str, ...] = ()
    body: Callable[[int], bytes] | None = None
    status: int = 200
    key: str = ""


def load(request: Request, *, count: int, first: int = 0, connections: int = CONNECTIONS) -> Load:
    """Ask ``count`` times; bodies are numbered from ``first``.

    Raises:
        ClusterError: an answer was not a good one.
    """
    multi = pycurl.CurlMulti()
    multi.setopt(pycurl.M_MAXCONNECTS, connections)
    idle = [_handle(request) for _ in range(connections)]
    took: list[float] = []
    asked = 0
    began = time.perf_counter()
    while len(took) < count:
        while idle and asked < count:
            _ask(multi, idle.pop(), request, first + asked)
            asked += 1
        multi.select(0.1)
        multi.perform()
        _, done, failed = multi.info_read()
        if failed:
            raise ClusterError(f"{request.url}: {failed[0][2]}")
        for curl in done:
            if curl.getinfo(pycurl.RESPONSE_CODE) != request.status:
                raise ClusterError(f"{request.url} answered {curl.getinfo(pycurl.RESPONSE_CODE)}: {curl.chunks[:1]}")
            took.append(curl.getinfo(pycurl.TOTAL_TIME) * 1_000)
            curl.chunks.clear()
            multi.remove_handle(curl)
            idle.append(curl)
    cuts = quantiles(took, n=100)
    return Load(count / (time.perf_counter() - began), cuts[49], cuts[98])


def _handle(request: Request) -> Any:
    curl = pycurl.Curl()
    curl.chunks = []
    curl.setopt(pycurl.URL, request.url)
    curl.setopt(pycurl.HTTPHEADER, _headers(request))
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.PROXY, "")
    curl.setopt(pycurl.WRITEFUNCTION, curl.chunks.append)
    return curl


def _headers(request: Request) -> list[str]:
    return ["Content-Type: application/json", "Expect:", *request.headers]


def _ask(multi: Any, curl: Any, request: Request, number: int) -> None:
    if request.body is not None:
        curl.setopt(pycurl.POSTFIELDS, request.body(number))
    if request.key:
        curl.setopt(pycurl.HTTPHEADER, [*_headers(request), f"Idempotency-Key: {request.key}-{number}"])
    multi.add_handle(curl)
