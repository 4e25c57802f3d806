"""Starts real simulator processes for tests."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vestnik.cluster.processes import last_lines, spawn, stop, wait_for
from vestnik.gateway.simulator.client import SimulatorClient
from vestnik.gateway.simulator.token import make_token


@contextmanager
def running_simulator(folder: Path, *options: str, tls: Path | None = None) -> Iterator[SimulatorClient]:
    """A simulator on a free port, for as long as the block lasts; its output is a log in ``folder``.

    ``tls``: a certificate, with its key in ``key.pem`` beside it.
    """
    secret = secrets.token_urlsafe(32)
    log = folder / "simulator.out"
    command = [sys.executable, "-m", "vestnik.gateway.simulator", "--port", "0", *options]
    if tls is not None:
        command += ["--cert", str(tls), "--key", str(tls.with_name("key.pem"))]
    process = spawn(command, env={**os.environ, "SIMULATOR_SECRET": secret}, log=log)
    try:
        yield SimulatorClient(_ready_url(process, log), make_token(secret), tls)
    finally:
        stop(process, by=signal.SIGTERM, seconds=5)


def _ready_url(process: "subprocess.Popen[bytes]", log: Path) -> str:
    ready = wait_for(lambda: "ready " in log.read_text() or process.poll() is not None, seconds=20)
    assert ready, "the simulator did not start"
    assert process.poll() is None, last_lines(log)
    return log.read_text().split()[1]
