"""The listening socket of the simulator, which can be closed for some time."""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

#: The length of the kernel's queue of new connections. The kernel's own limit may be lower.
BACKLOG = 4_096


class Listener:
    """Listens on a port. It can refuse connections for some time, and then listen on the same port again.

    Belongs to one event loop.

    Args:
        connect: Creates the protocol of an accepted connection.
        tls: The context for HTTPS.
        refusing: Called after the socket was closed to refuse connections, and for each one that is still served.
    """

    def __init__(
        self, connect: Callable[[], asyncio.Protocol], tls: ssl.SSLContext | None, refusing: Callable[[], None]
    ) -> None:
        self._connect = connect
        self._tls = tls
        self._refusing = refusing
        self._host, self._port = "", 0
        self._server: asyncio.Server | None = None
        self._reopening: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> int:
        """Start to listen. Return the actual port.

        Raises:
            OSError: The address is in use or not on this machine.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._connect, host, port, ssl=self._tls, backlog=BACKLOG)
        self._server = server
        self._host, self._port = host, int(server.sockets[0].getsockname()[1])
        return self._port

    def close(self) -> None:
        """Close the socket. Open connections stay open."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def refuse(self, seconds: float) -> None:
        """Refuse connections for this many seconds. The socket is closed when this returns.

        Connections that the kernel has accepted already are served: closed with the socket, they would be reset, and
        what was sent over them would be in doubt.
        """
        if self._reopening is not None:
            self._reopening.cancel()
        self._reopening = asyncio.get_running_loop().call_later(seconds, self.stop_refusing)
        for connection in self._waiting():
            self._begin(self._serve(connection))
        self.close()
        self._refusing()

    def stop_refusing(self) -> None:
        """Listen again if connections are being refused."""
        if self._reopening is None:
            return
        self._reopening.cancel()
        self._reopening = None
        if self._server is None:
            self._begin(self._open_again())

    async def _open_again(self) -> None:
        await self.open(self._host, self._port)

    def _waiting(self) -> Iterator[socket.socket]:
        """The connections that nobody has taken from the kernel's queue yet."""
        for listening in self._server.sockets if self._server else ():
            with socket.socket(fileno=os.dup(listening.fileno())) as same:
                while True:
                    try:
                        connection, _ = same.accept()
                    except OSError:  # none is left
                        break
                    connection.setblocking(False)
                    yield connection

    async def _serve(self, connection: socket.socket) -> None:
        await asyncio.get_running_loop().connect_accepted_socket(self._connect, connection, ssl=self._tls)
        self._refusing()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
