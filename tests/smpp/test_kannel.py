"""A client that was not written here sends to the simulator's SMSC: Kannel, which many providers run (Debian's kannel).

Kannel's own SMSC of tests (drive_smpp) takes no transceiver, so its gateway is the one that checks us here.
"""

import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from tests.programs import needed
from tests.smpp.test_simulator import SECRET
from tests.sockets import closed_port
from vestnik.cluster.processes import wait_for

LONG = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 5
CONFIGURATION = """
group = core
admin-port = {admin}
smsbox-port = {box}
admin-password = hush
log-level = 0
sms-resend-freq = 1

group = smsc
smsc = smpp
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = kannel
smsc-password = {secret}
system-type = ""
enquire-link-interval = 2
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
global-sender = Vestnik

group = sendsms-user
username = me
password = hush
max-messages = 20
concatenation = true

group = sms-service
keyword = default
text = ""
"""


class Kannel:
    """A running Kannel: what it is told to send, and the delivery reports that it makes of our receipts."""

    def __init__(self, send_port: int, reports_port: int, reports: list[str]) -> None:
        self._send, self._reports_port = send_port, reports_port
        self.reports = reports

    def send(self, phone: str, text: str) -> None:
        """Send a text in UCS-2, and ask for all reports (8: accepted by the SMSC, 1: delivered, 2: not)."""
        query = {
            "username": "me", "password": "hush", "to": phone, "text": text, "charset": "UTF-8", "coding": "2",
            "dlr-mask": "31", "dlr-url": f"http://127.0.0.1:{self._reports_port}/{phone}/%d",
        }  # fmt: skip
        url = f"http://127.0.0.1:{self._send}/cgi-bin/sendsms?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            assert answer.status == 202


@contextmanager
def reporting() -> Iterator[tuple[int, list[str]]]:
    paths: list[str] = []

    class Reports(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Reports)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, paths
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[SimulatorClient]:
    with running_simulator(tmp_path, "--smpp-port", "0", secret=SECRET) as client:
        yield client


@pytest.fixture
def kannel(simulator: SimulatorClient, tmp_path: Path) -> Iterator[Kannel]:
    programs = [needed(name, package="kannel") for name in ("bearerbox", "smsbox")]
    ports = {name: closed_port() for name in ("admin", "box", "send")}
    file, log = tmp_path / "kannel.conf", tmp_path / "kannel.log"
    file.write_text(CONFIGURATION.format(**ports, smsc=simulator.smpp_port, secret=SECRET[:8]))
    started: list[subprocess.Popen[bytes]] = []
    with reporting() as (reports_port, reports), log.open("w") as output:
        try:
            for program, ready in zip(programs, (ports["box"], ports["send"]), strict=True):
                started.append(subprocess.Popen([program, file], stdout=output, stderr=output, cwd=tmp_path))
                assert wait_for(lambda ready=ready: _listens(ready), seconds=30), log.read_text()[-3_000:]
            yield Kannel(ports["send"], reports_port, reports)
        finally:
            for process in reversed(started):
                process.kill()
                process.wait()


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_long_cyrillic_text_of_kannels_arrives_whole_and_its_receipts_reach_it(
    simulator: SimulatorClient, kannel: Kannel
) -> None:
    kannel.send("79000000001", LONG)
    assert wait_for(lambda: list(simulator.bills()), seconds=30)
    (bill,) = simulator.bills()
    assert (bill["phone"], bill["text"], bill["parts"]) == ("79000000001", LONG, 5)
    # Kannel asks for a receipt of the last part only: it was on its way, and it was delivered.
    assert wait_for(lambda: simulator.receipt_counts()["kept"] == 2, seconds=30), simulator.receipt_counts()
    assert wait_for(lambda: "/79000000001/1" in kannel.reports, seconds=30), kannel.reports


def test_kannel_waits_when_it_is_throttled_and_loses_nothing(simulator: SimulatorClient, kannel: Kannel) -> None:
    simulator.faults(shares={"429": 1}, first=2)
    kannel.send("79000000002", "Привет")
    assert wait_for(lambda: list(simulator.bills()), seconds=60)
    assert simulator.totals()["by_answer"]["429"] == 2
