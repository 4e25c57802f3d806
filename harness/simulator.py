"""Real simulator processes."""

import os
import secrets
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.simulator_client import SimulatorClient
from vestnik.cluster.processes import last_lines, spawn, stop, wait_for
from vestnik.simulator.token import make_token

#: A certificate for localhost, one for another host, and the key of both.
TLS = Path(__file__).parent / "tls"


@contextmanager
def running_simulator(
    folder: Path, *options: str, tls: Path | None = None, port: int = 0, secret: str | None = None
) -> Iterator[SimulatorClient]:
    """A simulator for as long as the block lasts; its output is a log in ``folder``.

    Args:
        folder: where the log goes.
        options: more of its command line.
        tls: a certificate, with its key in ``key.pem`` beside it.
        port: 0: a free one.
        secret: of its tokens; None: a new one.
    """
    chosen = secret or secrets.token_urlsafe(32)
    log = folder / f"simulator-{secrets.token_hex(3)}.log"
    command = [sys.executable, "-m", "vestnik.simulator", "--port", str(port), *options]
    if tls is not None:
        command += ["--cert", str(tls), "--key", str(tls.with_name("key.pem"))]
    process = spawn(command, env={**os.environ, "SIMULATOR_SECRET": chosen}, log=log)
    try:
        wait_for(lambda: "ready " in log.read_text() or process.poll() is not None, seconds=20)
        words = log.read_text().split()
        assert words[:1] == ["ready"], f"the simulator did not start: {last_lines(log)}"
        smpp_port = int(words[2].rpartition(":")[2]) if words[2:] else 0
        yield SimulatorClient(words[1], make_token(chosen), tls, smpp_port=smpp_port)
    finally:
        stop(process, by=signal.SIGTERM, seconds=5)


def sent_twice(*simulators: SimulatorClient) -> Mapping[tuple[str, str], int]:
    """Phone and text of what all of them together delivered more than once, and how often.

    Providers know no id of ours. Messages by Probe count where the simulator was started with ``--bills``.
    """
    found = Counter((bill["phone"], bill["text"]) for simulator in simulators for bill in simulator.bills())
    return {message: times for message, times in found.items() if times > 1}
