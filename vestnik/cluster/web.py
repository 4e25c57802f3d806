"""The web server: a front that takes connections, and workers behind it."""

import argparse
import logging.config
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from vestnik.cluster.reported import reported
from vestnik.environment import read_environment
from vestnik.logs import logging_config

#: Worker processes.
WORKERS = 2
_METRICS = "PROMETHEUS_MULTIPROC_DIR"


def main() -> None:
    """``python -m vestnik.cluster.web --host H --port P``."""
    parser = argparse.ArgumentParser(prog="vestnik.cluster.web")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--sockets", help="a private folder for the workers' socket; default: a temporary one")
    options = parser.parse_args()
    settings = read_environment()
    logging.config.dictConfig(logging_config(settings.log_format, level=settings.log_level, messages=False))
    metrics = _folder(os.environ.get(_METRICS), setting=_METRICS)
    with metrics, _folder(options.sockets) as sockets:
        # prometheus-client looks for the folder when it is loaded, and then never again.
        from vestnik.cluster.web_front import serve  # noqa: PLC0415

        # Below the home, where there is one: the system's folder for temporary files may be memory.
        spool = Path(settings.home) / "run" if settings.home else sockets
        uvloop.run(
            serve(
                host=options.host, port=options.port, workers=options.workers, sockets=sockets, spool=spool,
                proxies=settings.num_proxies,
            )
        )  # fmt: skip


@contextmanager
def _folder(given: str | None, *, setting: str = "") -> Iterator[Path]:
    """The folder that was given, or one of our own until the server ends, passed to all processes as ``setting``."""
    if given:
        yield Path(given)
        return
    with TemporaryDirectory(prefix="vestnik-web-") as own:
        if setting:
            os.environ[setting] = own
        yield Path(own)


if __name__ == "__main__":
    reported(main)
