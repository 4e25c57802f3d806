"""Worker processes of ours alone, on the session's ledger, with a broker that a test may spoil."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from vestnik.cluster.plan import worker_options
from vestnik.cluster.processes import last_lines, spawn, stop, wait_for
from vestnik.queues import DISPATCH_QUEUE, WORK_QUEUE


@dataclass(frozen=True, slots=True)
class Worker:
    """One process, and where it writes."""

    process: "Popen[bytes]"
    log: Path

    def said(self, words: str) -> int:
        """How often it has said so."""
        return self.log.read_text(errors="replace").count(words)


@contextmanager
def running_worker(folder: Path, env: Mapping[str, str], *, name: str = "worker", app: str = "") -> Iterator[Worker]:
    """``vestnik worker`` on both queues, ready, until the block ends.

    Args:
        folder: where its log goes.
        env: settings beside this session's.
        name: of the log.
        app: the module of Celery's app; empty: the product's own, by ``vestnik worker``.
    """
    ready, log = folder / f"{name}.ready", folder / f"{name}.log"
    celery = ["celery", "-A", app, "worker", *worker_options(DISPATCH_QUEUE, WORK_QUEUE)]
    command = [sys.executable, "-m", *(celery if app else ["vestnik.cli", "worker"])]
    whole = {**os.environ, **env, "VESTNIK_READY_FILE": str(ready)}
    process = spawn(command, env=whole, log=log, death_signal=signal.SIGKILL)
    try:
        wait_for(lambda: ready.exists() or process.poll() is not None, seconds=60)
        assert ready.exists(), last_lines(log, 20)
        yield Worker(process, log)
    finally:
        stop(process, by=signal.SIGTERM, seconds=15)
