"""A worker of the web: granian on a Unix socket that only the front reaches.

By default granian ends when its worker is killed. When granian itself is killed, the worker stays on the socket.
"""

import argparse
import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from vestnik.cluster.processes import tie_to
from vestnik.cluster.reported import reported

#: Seconds that the worker may take to finish its requests at a stop.
STOP_SECONDS = 2
#: Milliseconds that the front may leave a connection unused; it closes it long before.
_IDLE = 60_000
#: What the front says of a request, as WSGI names it: :data:`PEER_HEADER` and :data:`UNREAD_HEADER` of vestnik.front.
_PEER, _UNREAD = "HTTP_X_VESTNIK_PEER", "HTTP_X_VESTNIK_UNREAD"
#: Bytes read at once of a body that the application left.
_PIECE = 2**16

WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]


def serve(*, socket: Path, threads: int) -> None:
    """Serve the REST API and all other pages until SIGTERM or SIGINT, by one process; it is replaced when it dies.

    Args:
        socket: where.
        threads: requests that are served at once.
    """
    Granian(
        "vestnik.cluster.web_workers:make_application",
        factory=True,
        uds=socket,
        uds_permissions=0o600,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=1,
        blocking_threads=threads,
        backlog=1024,
        http1_settings=HTTP1Settings(header_read_timeout=_IDLE),
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=STOP_SECONDS,
    ).serve()


def make_application() -> WSGI:
    """The WSGI application, made in a worker process, which from now on ends when the server does."""
    parent = multiprocessing.parent_process()
    tie_to(parent.pid if parent is not None and parent.pid else os.getppid(), signal.SIGKILL)
    # Django is loaded in the workers only: the server itself stays small and forks cheaply.
    gc.disable()  # as in vestnik.workers.app
    from vestnik.wsgi import application  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    return behind_front(application)


class _Counted:
    """A body, with the number of bytes that were read of it."""

    def __init__(self, body: Any) -> None:
        self.count = 0
        self._body = body

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes at most; -1: all that is left."""
        piece: bytes = self._body.read(size)
        self.count += len(piece)
        return piece

    def readline(self, size: int = -1) -> bytes:
        """Read a line."""
        piece: bytes = self._body.readline(size)
        self.count += len(piece)
        return piece


def behind_front(application: WSGI) -> WSGI:
    """The application, as it is called by the front over the Unix socket.

    It gets the address that a request came from. What it left of a body is read before the answer leaves: a refusal
    (401, 404) does not look at the body, the server closes a connection that has unread bytes, and such a close resets
    it and takes the answer along (RFC 9112, 9.6). A body that the front itself does not read never comes.
    """

    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["REMOTE_ADDR"] = environ.pop(_PEER, "")
        comes = not environ.pop(_UNREAD, "")
        body = environ["wsgi.input"] = _Counted(environ["wsgi.input"])
        answer = application(environ, start_response)
        # To read what is not there would cost as much as to read what is.
        while comes and body.count < int(environ.get("CONTENT_LENGTH") or 0) and body.read(_PIECE):
            pass
        return answer

    return call


def main() -> None:
    """``python -m vestnik.cluster.web_workers --socket FILE --threads N``: ends when what started it does."""
    parser = argparse.ArgumentParser(prog="vestnik.cluster.web_workers")
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    options = parser.parse_args()
    tie_to(options.parent, signal.SIGKILL)
    serve(socket=options.socket, threads=options.threads)


if __name__ == "__main__":
    reported(main)
