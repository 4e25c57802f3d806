"""Twilio's answer is lost, so nobody knows what became of the message; its receipt, which carries our id, says it."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from harness.simulator import running_simulator
from harness.stepping import AtOnce, begin
from tests.receipts.test_applying import apply, states
from vestnik.db.connection import Connection
from vestnik.dispatch.dispatcher import Dispatcher
from vestnik.dispatch.settings import DispatchSettings
from vestnik.gateways.adapter import ConnectionOptions
from vestnik.gateways.adapters.twilio import Twilio
from vestnik.ledger.check import check_totals
from vestnik.models import DEFAULT_GATEWAY, Gateway, Mailing
from vestnik.receipts import callbacks
from vestnik.routing.connections import Way
from vestnik.routing.receipts_address import receipts_path
from vestnik.upkeep.restored import hold_if_restored

PATIENCE = 30.0
Posted = tuple[str, dict[str, str], bytes]


@pytest.fixture
def posted() -> Iterator[tuple[str, list[Posted]]]:
    """An address that takes what is posted to it, and what came: path, headers, body."""
    came: list[Posted] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((self.path, dict(self.headers.items()), body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", came
    server.shutdown()
    server.server_close()
    thread.join()


def dispatch(ledger: Connection, adapter: Twilio, mailing: Mailing) -> None:
    """Send all of it over the real transport."""
    made = DispatchSettings(
        name="test", adapter=adapter, concurrency=8, timeout=10, idempotent=False, max_rate=None
    )  # fmt: skip
    transport = adapter.open(concurrency=8, timeout=10, options=ConnectionOptions())
    dispatcher = Dispatcher(made, transport, on_connect=hold_if_restored, executor=AtOnce())
    until = time.monotonic() + PATIENCE
    try:
        while "queued" in states(ledger, mailing).values() and time.monotonic() < until:
            dispatcher.ask_ledger()
            dispatcher.step()
    finally:
        dispatcher.close()


def test_the_receipt_of_a_message_in_doubt_settles_it(
    ledger: Connection, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, posted: tuple[str, list[Posted]]
) -> None:
    address, came = posted
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, public_url=address)
    path = receipts_path(Gateway.objects.get(id=DEFAULT_GATEWAY))
    with running_simulator(tmp_path, "--bills") as simulator:
        adapter = Twilio(
            {
                "url": f"{simulator.base_url}/twilio", "account_sid": "AC" + "0a" * 16, "auth_token": simulator.token,
                "sender": "+15005550006", "callback_url": address + path,
            }
        )  # fmt: skip
        monkeypatch.setattr(callbacks, "way_to", lambda _: Way(adapter, ConnectionOptions(), 10, None))
        callbacks._doors.clear()
        simulator.faults(shares={"reset": 1}, taken=1)
        mailing = begin(ledger, 3)
        dispatch(ledger, adapter, mailing)
        assert list(states(ledger, mailing).values()) == ["unknown"] * 3
        assert ledger.execute("SELECT count(*) FROM vestnik_provider_message").fetchone() == (0,)
        until = time.monotonic() + PATIENCE
        while len(came) < 6 and time.monotonic() < until:
            time.sleep(0.01)
    for called, headers, body in came:
        named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        forged = {**named, "HTTP_X_TWILIO_SIGNATURE": "x"}
        assert Client().generic("POST", called, body, headers["Content-Type"], **forged).status_code == 403
        assert Client().generic("POST", called, body, headers["Content-Type"], **named).status_code == 200
    apply(ledger)
    assert list(states(ledger, mailing).values()) == ["delivered"] * 3
    assert check_totals(ledger) == []
