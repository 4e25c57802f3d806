"""``python -m bench.slow_sink``: answers every request a fixed time after it came, for thousands of connections.

``GET /delay/0.1`` sets the time, in seconds, for all that come later.

One loop and one queue: all answers wait equally long, so the first in is the first out, and one timer does for all.
"""

import argparse
import asyncio
from collections import deque
from typing import cast

import uvloop

_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\r\n{"code":0,"message":"OK"}'
_SET_DELAY = b"GET /delay/"
#: Seconds between two looks at the queue: a hundredth of the shortest delay that is measured.
_TICK = 0.0002


class _Queue:
    """Answers that wait for their time."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[float, asyncio.Transport]] = deque()
        self._set = False

    def set_delay(self, delay: float) -> None:
        """From now on; nothing is to be waiting when it becomes less."""
        self._delay = delay

    def put(self, transport: asyncio.Transport) -> None:
        self._waiting.append((self._loop.time() + self._delay, transport))
        if not self._set:
            self._set = True
            self._loop.call_at(self._waiting[0][0], self._answer)

    def _answer(self) -> None:
        now = self._loop.time()
        waiting = self._waiting
        while waiting and waiting[0][0] <= now:
            transport = waiting.popleft()[1]
            if not transport.is_closing():
                transport.write(_ANSWER)
        self._set = bool(waiting)
        if waiting:
            self._loop.call_at(max(waiting[0][0], now + _TICK), self._answer)


class _Connection(asyncio.Protocol):
    """One keep-alive connection with one request at a time, as libcurl uses it."""

    def __init__(self, queue: _Queue) -> None:
        self._queue = queue
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, of that shape

    def data_received(self, data: bytes) -> None:
        self._data = self._data + data if self._data else data
        head, separator, body = self._data.partition(b"\r\n\r\n")
        if separator and len(body) >= _length(head):
            self._data = b""
            if head.startswith(_SET_DELAY):
                self._queue.set_delay(float(head[len(_SET_DELAY) :].split(b" ", 1)[0]))
            self._queue.put(self._transport)


def _length(head: bytes) -> int:
    """Bytes of the body; 0 where the head does not say."""
    start = head.find(b"Content-Length: ")
    return 0 if start < 0 else int(head[start + 16 :].split(b"\r", 1)[0])


async def _serve(port: int) -> None:
    queue = _Queue(0.0)
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(queue), "127.0.0.1", port, backlog=8192)
    await server.serve_forever()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="bench.slow_sink")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    uvloop.run(_serve(options.port))


if __name__ == "__main__":
    main()
