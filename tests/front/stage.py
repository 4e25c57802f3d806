"""A front with short limits in a thread, and a worker behind it that does what a test says."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvloop

from tests.sockets import read_request
from vestnik.front.connection import Connection
from vestnik.front.limits import Limits
from vestnik.front.request import Request
from vestnik.front.server import Front
from vestnik.front.workers import Workers

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
#: How a worker answers a request: it gets the request's bytes and the connection.
Play = Callable[[bytes, socket.socket], None]


class _Handler:
    def __init__(self, workers: Workers) -> None:
        self.workers = workers

    def answer(self, connection: Connection, request: Request) -> None:
        self.workers.submit(connection, request)

    def check(self, now: float) -> None:
        self.workers.check(now)


class Stage:
    """``port``: of the front.

    ``asked``: requests that reached a worker. ``by_lane``: how many each. ``ended``: connections to them that ended.
    """

    def __init__(self, folder: Path, limits: Limits, play: Play, lanes: int) -> None:
        self.asked: list[bytes] = []
        self.by_lane = [0] * lanes
        self.ended = 0
        self.front: Front
        self.port = 0
        self._limits, self._play = limits, play
        self._paths = [folder / f"w{lane}.sock" for lane in range(lanes)]
        self._listeners = [self._listening(path) for path in self._paths]
        self._loop = uvloop.new_event_loop()
        self._ready = threading.Event()
        for lane in range(lanes):
            threading.Thread(target=self._accept, args=(lane,), daemon=True).start()
        threading.Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(60)

    def connect(self, sent: bytes = b"", *, small: bool = False, source: str = "127.0.0.1") -> socket.socket:
        made = socket.socket()
        made.bind((source, 0))
        if small:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.settimeout(60)
        made.connect(("127.0.0.1", self.port))
        made.sendall(sent)
        return made

    def stop(self) -> None:
        future = asyncio.run_coroutine_threadsafe(self.front.close(seconds=0.2), self._loop)
        future.result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        for listener in self._listeners:
            listener.close()

    def end_lane(self, lane: int) -> None:
        """Its process ends: nobody listens there any more."""
        self._paths[lane].unlink()

    @staticmethod
    def _listening(path: Path) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(64)
        return listener

    def _run(self) -> None:
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        self.front = Front(self._limits, _Handler(Workers(self._paths, self._limits, self._loop.time)))
        await self.front.listen("127.0.0.1", 0)
        self.port = self.front.port

    def _accept(self, lane: int) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listeners[lane].accept()
                threading.Thread(target=self._serve, args=(connection, lane), daemon=True).start()

    def _serve(self, connection: socket.socket, lane: int) -> None:
        with connection, suppress(OSError, StopIteration):
            while request := read_head_or_all(connection):
                self.asked.append(request)
                self.by_lane[lane] += 1
                self._play(request, connection)
        self.ended += 1


def read_head_or_all(connection: socket.socket) -> bytes:
    """A request; its head alone where its body is not handed on."""
    first = connection.recv(65_536, socket.MSG_PEEK)
    head = first.partition(b"\r\n\r\n")[0].lower()
    if b"content-length" in head and b"999999999" not in head:
        return read_request(connection)
    data = b""
    while b"\r\n\r\n" not in data and (part := connection.recv(65_536)):
        data += part
    return data


def say_ok(_request: bytes, connection: socket.socket) -> None:
    connection.sendall(OK)


def everything(connection: socket.socket) -> bytes:
    """What comes until the other side ends it, however it does."""
    data = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            data += part
    return data


@contextmanager
def stage(folder: Path, play: Play = say_ok, *, lanes: int = 1, **limits: float) -> Iterator[Stage]:
    made = Stage(folder, Limits(**limits), play, lanes)  # type: ignore[arg-type]  # whole numbers stay whole
    try:
        yield made
    finally:
        made.stop()
