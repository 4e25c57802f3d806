"""The web server: granian, whose workers end with it.

Of itself granian ends when a worker is killed, and leaves its workers on the port when it is killed itself.
"""

import argparse
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from vestnik.cluster.processes import tie_to
from vestnik.cluster.reported import reported

#: Worker processes, and requests that each serves at once (each thread keeps a connection to the ledger).
WORKERS, THREADS = 2, 6
#: Seconds that a worker may take to finish its requests at a stop.
STOP_SECONDS = 2

WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]


def serve(*, host: str, port: int, workers: int = WORKERS) -> None:
    """Serve the REST API and all other pages until SIGTERM or SIGINT; a worker that dies is replaced."""
    Granian(
        "vestnik.cluster.web:make_application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=workers,
        blocking_threads=THREADS,
        backlog=1024,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=STOP_SECONDS,
    ).serve()


def make_application() -> WSGI:
    """The WSGI application, made in a worker process, which from now on ends when the server does."""
    parent = multiprocessing.parent_process()
    tie_to(parent.pid if parent is not None and parent.pid else os.getppid(), signal.SIGKILL)
    # Django is loaded in the workers only: the server itself stays small and forks cheaply.
    from vestnik.wsgi import application  # noqa: PLC0415

    return application


def main() -> None:
    """``python -m vestnik.cluster.web --host H --port P``."""
    parser = argparse.ArgumentParser(prog="vestnik.cluster.web")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=WORKERS)
    options = parser.parse_args()
    with _metrics_folder() as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        serve(host=options.host, port=options.port, workers=options.workers)


@contextmanager
def _metrics_folder() -> Iterator[str]:
    """Where the workers count: the cluster's folder, or one of their own until the server ends."""
    shared = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if shared:
        yield shared
        return
    with TemporaryDirectory(prefix="vestnik-metrics-") as own:
        yield own


if __name__ == "__main__":
    reported(main)
