"""The front of the web server, which starts and replaces the workers behind it."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from vestnik.cluster.processes import stop
from vestnik.errors import ClusterError
from vestnik.front.answers import STARTING, json_answer
from vestnik.front.connection import Connection
from vestnik.front.limits import Limits, connections_for_this_process
from vestnik.front.request import Request
from vestnik.front.server import Front
from vestnik.front.workers import Workers
from vestnik.web.body_limits import FILES, MAX_BYTES

#: Requests that a worker process serves at once: each of its threads keeps a connection to the ledger.
THREADS = 8
#: Connections at once, if the system lets us open so many files.
CONNECTIONS = 8192
#: Seconds that requests get to finish at a stop, and then the workers.
DRAIN_SECONDS, STOP_SECONDS = 1.5, 2.0
#: Seconds between the end of the workers' server and its next start, and between two looks.
_RESTART, _LOOK = 0.5, 0.1
_LIVE = b"/health/live"

log = logging.getLogger(__name__)


class Web:
    """Answers what is asked of the web: whether it lives by itself, all else through the workers.

    Args:
        workers: the way to them.
        servers: theirs.
    """

    def __init__(self, workers: Workers, servers: Sequence["WorkerServer"]) -> None:
        self._workers = workers
        self._servers = servers

    @property
    def alive(self) -> bool:
        """Return whether a worker has answered whose server has not ended since."""
        return any(server.answers for server in self._servers)

    def answer(self, connection: Connection, request: Request) -> None:
        """Answer, or pass the request on. The REST API answers pages of other origins, also about health."""
        if request.path == _LIVE and request.method in {b"GET", b"HEAD"} and not request.from_browser:
            self._answer_live(connection, request)
        elif self.alive:
            self._workers.submit(connection, request)
        else:
            connection.fail(STARTING, begun=False)

    def check(self, now: float) -> None:
        """End what takes too long."""
        self._workers.check(now)

    def _answer_live(self, connection: Connection, request: Request) -> None:
        status, word = (200, "alive") if self.alive else (503, "starting")
        head_only, close = request.method == b"HEAD", not request.keep_alive
        connection.relay(json_answer(status, {"status": word}, head_only=head_only, close=close))
        connection.answered()


class WorkerServer:
    """The process that runs a worker; started again whenever it ends.

    Args:
        socket: that the worker listens on.
    """

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.answers = False
        self._command = [sys.executable, "-m", "vestnik.cluster.web_workers", "--socket", str(socket)]
        self._command += ["--threads", str(THREADS), "--parent", str(os.getpid())]
        self._process = self._start()

    async def keep(self) -> None:
        """Start it again when it ends, and see whether it answers, until cancelled."""
        while True:
            if self._process.poll() is not None:
                self.answers = False
                log.error("the server of a worker ended with status %s: it is started again", self._process.returncode)
                await asyncio.sleep(_RESTART)
                self._process = self._start()
            elif not self.answers:
                self.answers = await self._ask()
            await asyncio.sleep(_LOOK)

    async def stop(self) -> None:
        """Ask it to end; kill it and its worker after a while."""
        await asyncio.to_thread(stop, self._process, by=signal.SIGTERM, seconds=STOP_SECONDS)

    def _start(self) -> subprocess.Popen[bytes]:
        self.socket.unlink(missing_ok=True)
        return subprocess.Popen(self._command, stdin=subprocess.DEVNULL, start_new_session=True)

    async def _ask(self) -> bool:
        """Return whether the worker answers."""
        try:
            async with asyncio.timeout(30):
                reader, writer = await asyncio.open_unix_connection(str(self.socket))
                try:
                    writer.write(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % _LIVE)
                    return b" 200 " in await reader.readline()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return False


async def serve(*, host: str, port: int, workers: int, sockets: Path, spool: Path, proxies: int) -> None:
    """Serve the REST API and all other pages until SIGTERM or SIGINT.

    Args:
        host: an address.
        port: of it.
        workers: processes.
        sockets: the folder of the workers' sockets; private to us.
        spool: the folder of what waits on the disk.
        proxies: how many stand before us.

    Raises:
        ClusterError: the port is not to be had.
    """
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    limits = Limits(
        workers=workers * THREADS,
        connections=connections_for_this_process(CONNECTIONS),
        body=MAX_BYTES,
        bodies={path.encode(): most for path, most in FILES.items()},
        folder=spool,
        proxies=proxies,
    )
    servers = [WorkerServer(sockets / f"web-{number}.sock") for number in range(1, workers + 1)]
    web = Web(Workers([server.socket for server in servers], limits, loop.time), servers)
    front = Front(limits, web)
    try:
        await front.listen(host, port)
    except OSError as error:
        await _stop(servers)
        raise ClusterError(f"Port {port} of {host} cannot be listened on ({error.strerror}).") from error
    keeping = [loop.create_task(server.keep()) for server in servers]
    await stopping.wait()
    for task in keeping:
        task.cancel()
    await front.close(seconds=DRAIN_SECONDS)
    await _stop(servers)


async def _stop(servers: Sequence[WorkerServer]) -> None:
    await asyncio.gather(*(server.stop() for server in servers))
