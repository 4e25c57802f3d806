"""The listening socket of the simulated gateway, which can be shut for a while."""

import asyncio
import ssl
from collections.abc import Callable

#: Connections that the kernel keeps until we accept them; it takes less where its own limit is lower.
BACKLOG = 4_096
#: Seconds for the answer to ``refuse`` to leave before the socket closes.
_LAST_WORD = 0.01


class Listener:
    """Listens, refuses for a while, and listens again on the same port. Lives in one event loop.

    Args:
        connect: makes what serves an accepted connection.
        tls: serve HTTPS with this context.
        refusing: called when the socket has closed because connections are refused.
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
        """Listen; returns the real port.

        Raises:
            OSError: the address is taken or not ours.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._connect, host, port, ssl=self._tls, backlog=BACKLOG)
        self._server = server
        self._host, self._port = host, int(server.sockets[0].getsockname()[1])
        return self._port

    def close(self) -> None:
        """Close the socket; connections that are open stay open."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def refuse(self, seconds: float) -> None:
        """Refuse connections for so long, beginning in a moment."""
        loop = asyncio.get_running_loop()
        loop.call_later(_LAST_WORD, self._start_refusing)
        if self._reopening is not None:
            self._reopening.cancel()
        self._reopening = loop.call_later(_LAST_WORD + seconds, self.stop_refusing)

    def stop_refusing(self) -> None:
        """Listen again, if connections are refused."""
        if self._reopening is None:
            return
        self._reopening.cancel()
        self._reopening = None
        if self._server is None:
            task = asyncio.get_running_loop().create_task(self._open_again())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _start_refusing(self) -> None:
        if self._reopening is not None:
            self.close()
            self._refusing()

    async def _open_again(self) -> None:
        await self.open(self._host, self._port)
