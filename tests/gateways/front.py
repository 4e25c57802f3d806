"""Servers that stand before others: one ends TLS, one is a proxy by CONNECT. Real sockets, in a thread."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_PIECE = 65_536
_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Front:
    """Where it listens, and what came: names in clients' certificates (empty: none), and heads of CONNECT."""

    port: int = 0
    clients: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)


@contextmanager
def tls_front(target: int, context: ssl.SSLContext) -> Iterator[Front]:
    """Ends TLS, and passes on to a port of this machine."""
    front = Front()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown = writer.get_extra_info("peercert") or {}
        front.clients.append(dict(pair for rdn in shown.get("subject", ()) for pair in rdn).get("commonName", ""))
        await _pass_on(reader, writer, target)

    with _serving(front, serve, context):
        yield front


@contextmanager
def proxy_front(authorization: str) -> Iterator[Front]:
    """A proxy that wants this ``Proxy-Authorization``; whatever host is named, it goes to that port of this machine."""
    front = Front()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        front.heads.append(head)
        if f"Proxy-Authorization: {authorization}\r\n" not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await _pass_on(reader, writer, int(head.split()[1].rpartition(":")[2]))

    with _serving(front, serve, None):
        yield front


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await asyncio.gather(_pump(reader, other_writer), _pump(other_reader, writer))
    finally:
        other_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(_PIECE):
            writer.write(data)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.close()


@contextmanager
def _serving(front: Front, serve: _Serve, context: ssl.SSLContext | None) -> Iterator[None]:
    loop, ready = asyncio.new_event_loop(), threading.Event()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=context)
        front.port = server.sockets[0].getsockname()[1]
        ready.set()
        with suppress(asyncio.CancelledError):
            await server.serve_forever()

    def work() -> None:
        asyncio.set_event_loop(loop)
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        rest = asyncio.all_tasks(loop)
        for each in rest:
            each.cancel()
        loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        loop.close()

    task = loop.create_task(run())
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)
